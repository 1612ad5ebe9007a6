const HEX_64 = /^[0-9a-f]{16}$/;

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/** A 64-bit value in two 32-bit words as 16 lower-case hexadecimal digits, the high word first. */
export function hex64(lo: number, hi: number): string {
  return hex32(hi) + hex32(lo);
}

/** Reads what {@link hex64} writes; `undefined` for anything but exactly 16 lower-case hexadecimal digits. */
export function parseHex64(text: string): { lo: number; hi: number } | undefined {
  if (!HEX_64.test(text)) return undefined;
  return { lo: Number.parseInt(text.slice(8), 16), hi: Number.parseInt(text.slice(0, 8), 16) };
}
