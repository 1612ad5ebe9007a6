/*
 * UTF-8 by hand, because TextEncoder is no part of the ECMAScript library that the pure libs are limited to.
 * Lone surrogates are written as U+FFFD; overlong forms, surrogates and values past U+10FFFF are refused on reading.
 */

const REPLACEMENT = 0xfffd;

/** The code point at `index`, a lone surrogate being read as U+FFFD. */
function codePointAt(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  if (unit > 0xdbff || index + 1 >= text.length) return REPLACEMENT;
  const low = text.charCodeAt(index + 1);
  if (low < 0xdc00 || low > 0xdfff) return REPLACEMENT;
  return ((unit - 0xd800) << 10) + (low - 0xdc00) + 0x10000;
}

function encodedLength(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

/** The number of bytes that `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  let sizeBytes = 0;
  for (let index = 0; index < text.length; index++) {
    const codePoint = codePointAt(text, index);
    if (codePoint > 0xffff) index++;
    sizeBytes += encodedLength(codePoint);
  }
  return sizeBytes;
}

/**
 * The longest prefix of `text` that takes at most `maxBytes` in UTF-8, cut at a code point border, with lone
 * surrogates replaced by U+FFFD: what is returned survives encoding and decoding unchanged.
 */
export function fitUtf8(text: string, maxBytes: number): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  if (whole.length * 3 <= maxBytes) return whole;
  let sizeBytes = 0;
  for (let index = 0; index < whole.length; index++) {
    const codePoint = codePointAt(whole, index);
    sizeBytes += encodedLength(codePoint);
    if (sizeBytes > maxBytes) return whole.slice(0, index);
    if (codePoint > 0xffff) index++;
  }
  return whole;
}

/** Writes `text` at `offset` and returns the next offset. The caller has made room: see {@link utf8Length}. */
export function writeUtf8(bytes: Uint8Array, offset: number, text: string): number {
  let at = offset;
  for (let index = 0; index < text.length; index++) {
    const codePoint = codePointAt(text, index);
    if (codePoint < 0x80) {
      bytes[at++] = codePoint;
    } else {
      if (codePoint > 0xffff) index++;
      at = writeLongCodePoint(bytes, at, codePoint);
    }
  }
  return at;
}

function writeLongCodePoint(bytes: Uint8Array, offset: number, codePoint: number): number {
  let at = offset;
  if (codePoint < 0x800) {
    bytes[at++] = 0xc0 | (codePoint >> 6);
  } else {
    if (codePoint < 0x10000) {
      bytes[at++] = 0xe0 | (codePoint >> 12);
    } else {
      bytes[at++] = 0xf0 | (codePoint >> 18);
      bytes[at++] = 0x80 | ((codePoint >> 12) & 63);
    }
    bytes[at++] = 0x80 | ((codePoint >> 6) & 63);
  }
  bytes[at++] = 0x80 | (codePoint & 63);
  return at;
}

/** Decodes `bytes[from, to)`, or returns `undefined` when that is no valid UTF-8. The range lies inside `bytes`. */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string | undefined {
  let text = '';
  let at = from;
  while (at < to) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      text += String.fromCharCode(lead);
      at++;
      continue;
    }
    const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size === 0 || at + size > to) return undefined;
    const codePoint = readLongCodePoint(bytes, at, size);
    if (codePoint < 0) return undefined;
    text += String.fromCodePoint(codePoint);
    at += size;
  }
  return text;
}

/** The code point of `size` bytes at `offset`, or -1 when they are malformed, overlong, a surrogate or too large. */
function readLongCodePoint(bytes: Uint8Array, offset: number, size: number): number {
  let codePoint = (bytes[offset] as number) & (0x7f >> size);
  for (let index = 1; index < size; index++) {
    const next = bytes[offset + index] as number;
    if ((next & 0xc0) !== 0x80) return -1;
    codePoint = (codePoint << 6) | (next & 63);
  }
  if (encodedLength(codePoint) !== size || codePoint > 0x10ffff) return -1;
  return codePoint >= 0xd800 && codePoint <= 0xdfff ? -1 : codePoint;
}
