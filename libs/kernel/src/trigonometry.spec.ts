import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atan2, cos, cosTurn, PI, sin, sinTurn, TAU, turnDelta, turnOf } from './trigonometry.ts';

const angle = fc.double({ min: -1e5, max: 1e5, noNaN: true });
const coordinate = fc.double({ min: -1e9, max: 1e9, noNaN: true });
const turn = fc.integer({ min: 0, max: 65_535 });

describe('sin, cos and atan2', () => {
  it('are off by less than 1e-9 for angles below 1e5', () => {
    fc.assert(
      fc.property(angle, (radians) => {
        expect(Math.abs(sin(radians) - Math.sin(radians))).toBeLessThan(1e-9);
        expect(Math.abs(cos(radians) - Math.cos(radians))).toBeLessThan(1e-9);
      }),
      { numRuns: 5000 },
    );
  });

  it('hold where the quadrants meet', () => {
    for (let quarter = -40; quarter <= 40; quarter++) {
      for (const nudge of [-1e-12, 0, 1e-12]) {
        const radians = (quarter * PI) / 4 + nudge;
        expect(Math.abs(sin(radians) - Math.sin(radians))).toBeLessThan(1e-12);
        expect(Math.abs(cos(radians) - Math.cos(radians))).toBeLessThan(1e-12);
      }
    }
  });

  it('are NaN for no finite angle', () => {
    for (const radians of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect([sin(radians), cos(radians)]).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it('turn vectors into angles', () => {
    fc.assert(
      fc.property(coordinate, coordinate, (y, x) => {
        // Zeros without a sign: where the built-in tells -0 from 0, these do not.
        expect(Math.abs(atan2(y, x) - Math.atan2(y + 0, x + 0))).toBeLessThan(1e-9);
      }),
      { numRuns: 5000 },
    );
    expect([atan2(0, 0), atan2(0, 1), atan2(0, -1), atan2(1, 0), atan2(-1, 0)]).toEqual([
      0,
      0,
      PI,
      PI / 2,
      -PI / 2,
    ]);
  });

  it('give these bits on every engine, for ever', () => {
    expect([sin(0.5), sin(1234.5), cos(2), cos(-99_999), atan2(1, 3), atan2(-7, -2)]).toMatchInlineSnapshot(`
      [
        0.479425538604203,
        0.14539565052293643,
        -0.4161468365471424,
        -0.5098753724179009,
        0.3217505543966422,
        -1.849095985800008,
      ]
    `);
  });
});

describe('turns', () => {
  it('are exact at the quarters, without a negative zero', () => {
    expect([0, 16_384, 32_768, 49_152].map(sinTurn)).toEqual([0, 1, 0, -1]);
    expect([0, 16_384, 32_768, 49_152].map(cosTurn)).toEqual([1, 0, -1, 0]);
  });

  it('agree with the angle they stand for', () => {
    fc.assert(
      fc.property(turn, (value) => {
        const radians = (value / 65_536) * TAU;
        expect(Math.abs(sinTurn(value) - Math.sin(radians))).toBeLessThan(1e-12);
        expect(Math.abs(cosTurn(value) - Math.cos(radians))).toBeLessThan(1e-12);
        expect(turnOf(sinTurn(value), cosTurn(value))).toBe(value);
      }),
    );
    expect(turnOf(0, 0)).toBe(0);
  });

  it('differ by the shortest way', () => {
    fc.assert(
      fc.property(turn, turn, (from, to) => {
        const delta = turnDelta(from, to);
        expect((from + delta) & 0xffff).toBe(to);
        expect(delta >= -32_768 && delta <= 32_767).toBe(true);
      }),
    );
    expect(turnDelta(65_000, 200)).toBe(736);
  });
});
