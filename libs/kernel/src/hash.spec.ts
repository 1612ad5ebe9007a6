import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Hash64 } from './hash.ts';

const digestOf = (feed: (hash: Hash64) => void): string => {
  const hash = new Hash64();
  feed(hash);
  return hash.digest();
};

function bitsSet(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}

describe('Hash64', () => {
  it('gives these hashes on every engine, for ever', () => {
    expect(digestOf(() => {})).toMatchInlineSnapshot(`"92e378531e90e9da"`);
    expect(digestOf((hash) => hash.u32(1))).toMatchInlineSnapshot(`"e3fa19ce01a7599a"`);
    expect(digestOf((hash) => hash.f64(0.1))).toMatchInlineSnapshot(`"4c76baf59ef4d4cc"`);
    expect(digestOf((hash) => hash.text('overworld'))).toMatchInlineSnapshot(`"4a1edc308f3bfdf8"`);
    expect(
      digestOf((hash) => hash.bytes(Uint8Array.from({ length: 3000 }, (_, i) => i))),
    ).toMatchInlineSnapshot(`"e2cee1fd0fc2896f"`);
  });

  it('counts -0 as 0 and refuses NaN', () => {
    expect(digestOf((hash) => hash.f64(-0))).toBe(digestOf((hash) => hash.f64(0)));
    expect(() => digestOf((hash) => hash.f64(Number.NaN))).toThrow();
  });

  it('can be looked at on the way without a change of the outcome', () => {
    const watched = digestOf((hash) => {
      for (let value = 0; value < 1000; value++) {
        hash.u32(value);
        if (value % 7 === 0) hash.digest();
      }
    });
    const unwatched = digestOf((hash) => {
      for (let value = 0; value < 1000; value++) hash.u32(value);
    });
    expect(watched).toBe(unwatched);
  });

  it('starts over at reset, and differs by seed', () => {
    const hash = new Hash64();
    const fresh = hash.digest();
    hash.text('anything');
    hash.reset();
    expect(hash.digest()).toBe(fresh);
    hash.reset(1);
    expect(hash.digest()).not.toBe(fresh);
  });

  it('reads the same bytes alike at every offset of a larger array', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 9 }), (bytes, shift) => {
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        const view = moved.subarray(shift);
        expect(digestOf((hash) => hash.bytes(view))).toBe(digestOf((hash) => hash.bytes(bytes)));
      }),
    );
  });

  it('tells neighbours apart: where one value ends matters', () => {
    const seen = new Set<string>();
    for (const parts of [['ab', 'c'], ['a', 'bc'], ['abc', ''], ['', 'abc'], ['abc']]) {
      const asText = new Hash64();
      const asBytes = new Hash64();
      for (const part of parts) {
        asText.text(part);
        asBytes.bytes(new TextEncoder().encode(part));
      }
      seen.add(asText.digest());
      seen.add(asBytes.digest());
    }
    expect(seen.size).toBe(10);
    const zeros = new Set(
      [0, 1, 4, 8, 9].map((count) => digestOf((hash) => hash.bytes(new Uint8Array(count)))),
    );
    expect(zeros.size).toBe(5);
  });

  it('flips about half of its bits for any flipped bit of the input', () => {
    let flipped = 0;
    let tries = 0;
    const hash = new Hash64();
    for (let base = 0; base < 64; base++) {
      for (let bit = 0; bit < 32; bit++) {
        hash.reset();
        hash.u32(base);
        const { lo, hi } = hash;
        hash.reset();
        hash.u32(base ^ (1 << bit));
        const changed = bitsSet(hash.lo ^ lo) + bitsSet(hash.hi ^ hi);
        expect(changed).toBeGreaterThan(8);
        flipped += changed;
        tries++;
      }
    }
    expect(flipped / tries / 64).toBeCloseTo(0.5, 1);
  });

  it('has no collision in either half over small structured inputs', () => {
    const seen = new Set<string>();
    for (let a = 0; a < 200; a++) {
      for (let b = 0; b < 200; b++) {
        seen.add(
          digestOf((hash) => {
            hash.f64(a * 0.5);
            hash.f64(b * 0.5);
          }),
        );
      }
    }
    expect(seen.size).toBe(40_000);
  });
});
