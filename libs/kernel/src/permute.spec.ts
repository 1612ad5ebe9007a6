import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mix32 } from './mix.ts';
import { permute64 } from './permute.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });

/** XTEA decryption as published, with the key that permute64 derives. */
function invert64(keyLo: number, keyHi: number, lo: number, hi: number): [number, number] {
  const key = [keyLo, keyHi, mix32(keyLo ^ 0x3c6ef372), mix32(keyHi ^ 0xdaa66d2b)];
  let v0 = lo >>> 0;
  let v1 = hi >>> 0;
  let sum = Math.imul(0x9e3779b9, 32) >>> 0;
  for (let round = 0; round < 32; round++) {
    v1 = (v1 - ((((v0 << 4) ^ (v0 >>> 5)) + v0) ^ (sum + key[(sum >>> 11) & 3]!))) >>> 0;
    sum = (sum - 0x9e3779b9) >>> 0;
    v0 = (v0 - ((((v1 << 4) ^ (v1 >>> 5)) + v1) ^ (sum + key[sum & 3]!))) >>> 0;
  }
  return [v0, v1];
}

describe('permute64', () => {
  it('is undone by XTEA decryption, so it is a bijection', () => {
    const out = new Uint32Array(2);
    fc.assert(
      fc.property(word, word, word, word, (keyLo, keyHi, lo, hi) => {
        permute64(keyLo, keyHi, lo, hi, out);
        expect(invert64(keyLo, keyHi, out[0]!, out[1]!)).toEqual([lo, hi]);
      }),
    );
  });

  it('gives these values on every engine, for ever', () => {
    const out = new Uint32Array(2);
    permute64(1, 2, 3, 4, out);
    expect([...out]).toMatchInlineSnapshot(`
      [
        1889984612,
        2865497449,
      ]
    `);
  });

  it('does not count: neighbours look unrelated, and another key gives another order', () => {
    const [one, two, other] = [new Uint32Array(2), new Uint32Array(2), new Uint32Array(2)];
    permute64(1, 2, 100, 0, one);
    permute64(1, 2, 101, 0, two);
    permute64(1, 3, 100, 0, other);
    expect(new Set([one[0], two[0], other[0]]).size).toBe(3);
    expect(new Set([one[1], two[1], other[1]]).size).toBe(3);
  });
});
