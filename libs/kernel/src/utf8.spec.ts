import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitUtf8, readUtf8, utf8Length, writeUtf8 } from './utf8.ts';

const anyText = fc.string({ unit: 'binary' });

describe('UTF-8', () => {
  it('is what TextEncoder writes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = new TextEncoder().encode(text);
        const bytes = new Uint8Array(utf8Length(text));
        expect(writeUtf8(bytes, 0, text)).toBe(bytes.length);
        expect(bytes).toEqual(expected);
      }),
    );
  });

  it('is read, or refused, like TextDecoder does it', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const decode = (bytes: Uint8Array): string | undefined => {
      try {
        return decoder.decode(bytes);
      } catch {
        return undefined;
      }
    };
    const nearlyText = fc
      .tuple(anyText, fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([text, at, byte]) => {
        const bytes = new TextEncoder().encode(text);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 12 }), nearlyText), (bytes) => {
        expect(readUtf8(bytes, 0, bytes.length)).toBe(decode(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses overlong forms, surrogates and values past U+10FFFF', () => {
    for (const bytes of [
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xf0, 0x80, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xff],
      [0xe2, 0x82],
      [0x80],
    ]) {
      expect(readUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBeUndefined();
    }
  });

  it('fits a text into a number of bytes at a code point border', () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 20 }), (text, maxBytes) => {
        const whole = text.toWellFormed();
        const fitted = fitUtf8(text, maxBytes);
        expect(whole.startsWith(fitted)).toBe(true);
        expect(fitted.isWellFormed()).toBe(true);
        expect(utf8Length(fitted)).toBeLessThanOrEqual(maxBytes);
        const next = String.fromCodePoint(whole.codePointAt(fitted.length) ?? 0);
        if (fitted !== whole) expect(utf8Length(fitted + next)).toBeGreaterThan(maxBytes);
      }),
    );
  });
});
