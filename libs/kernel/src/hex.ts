const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const ZEROS = '0'.repeat(16);
const CODE_0 = 48;
const CODE_9 = 57;
const CODE_A = 97;
const CODE_F = 102;

/** Ids are written and read for every input: a table costs a fifth of a number's own digits. */
function hex32(word: number): string {
  const high = (BYTES[word >>> 24] as string) + (BYTES[(word >>> 16) & 0xff] as string);
  return high + (BYTES[(word >>> 8) & 0xff] as string) + (BYTES[word & 0xff] as string);
}

/** -1 for anything but a lower-case hexadecimal digit. */
function digitOf(code: number): number {
  if (code >= CODE_0 && code <= CODE_9) return code - CODE_0;
  return code >= CODE_A && code <= CODE_F ? code - CODE_A + 10 : -1;
}

/** The eight digits from `from` on, or -1. */
function wordAt(text: string, from: number): number {
  let word = 0;
  for (let at = from; at < from + 8; at++) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit < 0) return -1;
    word = word * 16 + digit;
  }
  return word;
}

/** Texts that were made last, each in the place that its low word leads to: the same players come again and again. */
const RECENT = 1024;
const recentLo = new Uint32Array(RECENT);
const recentHi = new Uint32Array(RECENT);
const recentText: string[] = Array.from({ length: RECENT }, () => ZEROS);

/** A 64-bit value in two 32-bit words as 16 lower-case hexadecimal digits, the high word first. */
export function hex64(lo: number, hi: number): string {
  const at = (lo ^ (lo >>> 10) ^ hi) & (RECENT - 1);
  if (recentLo[at] === lo >>> 0 && recentHi[at] === hi >>> 0) return recentText[at] as string;
  const text = hex32(hi) + hex32(lo);
  recentLo[at] = lo;
  recentHi[at] = hi;
  recentText[at] = text;
  return text;
}

/** Reads what {@link hex64} writes; `undefined` for anything but exactly 16 lower-case hexadecimal digits. */
export function parseHex64(text: string): { lo: number; hi: number } | undefined {
  if (text.length !== 16) return undefined;
  const hi = wordAt(text, 0);
  const lo = wordAt(text, 8);
  return lo < 0 || hi < 0 ? undefined : { lo, hi };
}
