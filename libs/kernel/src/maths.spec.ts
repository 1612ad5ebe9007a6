import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clamp, coneContains, isqrt, length, lerp } from './maths.ts';

describe('isqrt', () => {
  it('is exact up to 2^52', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 26 }), fc.constantFrom(-1, 0, 1), (root, nudge) => {
        const value = clamp(root * root + nudge, 0, 2 ** 52);
        const found = BigInt(isqrt(value));
        expect(found * found <= BigInt(value) && (found + 1n) * (found + 1n) > BigInt(value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('length, clamp and lerp', () => {
  it('do what they say', () => {
    expect(length(3, -4)).toBe(5);
    expect([clamp(-1, 0, 5), clamp(2, 0, 5), clamp(9, 0, 5), clamp(Number.NaN, 0, 5)]).toEqual([
      0,
      2,
      5,
      Number.NaN,
    ]);
    expect([lerp(10, 20, 0), lerp(10, 20, 0.5), lerp(10, 20, 1), lerp(10, 20, 2)]).toEqual([10, 15, 20, 30]);
  });
});

describe('coneContains', () => {
  const part = fc.integer({ min: -1000, max: 1000 });

  it('agrees with the angle between offset and facing', () => {
    fc.assert(
      fc.property(
        part,
        part,
        part,
        part,
        fc.double({ min: 0.01, max: 3.1, noNaN: true }),
        (dx, dy, fx, fy, half) => {
          fc.pre((dx !== 0 || dy !== 0) && (fx !== 0 || fy !== 0));
          const between = Math.abs(Math.atan2(dx * fy - dy * fx, dx * fx + dy * fy));
          fc.pre(Math.abs(between - half) > 1e-6);
          expect(coneContains(dx, dy, fx, fy, Math.cos(half))).toBe(between < half);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('holds on its edges', () => {
    expect(coneContains(0, 0, 1, 0, 0.9)).toBe(true);
    expect(coneContains(0, 0, 1, 0, -0.9)).toBe(true);
    expect(coneContains(0, 5, 1, 0, 0)).toBe(true);
    expect(coneContains(-5, 0, 1, 0, -1)).toBe(true);
    expect(coneContains(-5, 0, 1, 0, 1)).toBe(false);
    expect(coneContains(5, 0, 1, 0, 1)).toBe(true);
  });
});
