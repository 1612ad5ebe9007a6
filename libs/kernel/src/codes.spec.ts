import { describe, expect, it } from 'vitest';
import { isCode, LOBBY_ALPHABET } from './codes.ts';
import { hex64, parseHex64 } from './hex.ts';

describe('codes', () => {
  it('have no look-alikes and no vowels', () => {
    expect(new Set(LOBBY_ALPHABET).size).toBe(LOBBY_ALPHABET.length);
    expect(LOBBY_ALPHABET).not.toMatch(/[AEIOULZSB0125 8a-z]/);
  });

  it('are of one length and one alphabet', () => {
    expect(isCode('CDFG', 4)).toBe(true);
    for (const text of ['CDF', 'CDFGH', 'cdfg', 'CDF0', 'CDF ', '', 'CD\u0000G']) {
      expect(isCode(text, 4)).toBe(false);
    }
  });
});

describe('hex64', () => {
  it('is 16 digits, the high word first, and is read back', () => {
    expect(hex64(0x89abcdef, 0x01234567)).toBe('0123456789abcdef');
    expect(hex64(1, 0)).toBe('0000000000000001');
    expect(hex64(0, 0)).toBe('0000000000000000');
    expect(hex64(-1, -1)).toBe('ffffffffffffffff');
    expect(parseHex64('0123456789abcdef')).toEqual({ lo: 0x89abcdef, hi: 0x01234567 });
  });

  it('is right for many values that come again in any order', () => {
    const digits = (word: number): string => word.toString(16).padStart(8, '0');
    for (let turn = 0; turn < 20_000; turn++) {
      const lo = Math.imul(turn % 3001, 0x9e3779b1) >>> 0;
      const hi = turn % 2 === 0 ? turn % 7 : Math.imul(lo, 31) >>> 0;
      expect(hex64(lo, hi)).toBe(digits(hi) + digits(lo));
    }
  });

  it('refuses every other spelling', () => {
    for (const text of [
      '',
      '0123456789abcde',
      '0123456789ABCDEF',
      '0123456789abcdeg',
      '0123456789abcdef\n',
    ]) {
      expect(parseHex64(text)).toBeUndefined();
    }
  });
});
