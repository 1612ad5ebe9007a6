import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortTotal } from './sort.ts';

const ascending = (a: number, b: number): number => a - b;

describe('sortTotal', () => {
  it('sorts the first items and leaves the rest alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 100 }), fc.nat(), (items, cut) => {
        const count = items.length === 0 ? 0 : cut % (items.length + 1);
        const sorted = [...items];
        sortTotal(sorted, count, ascending);
        const expected = items.slice(0, count).sort(ascending);
        expect(sorted).toEqual([...expected, ...items.slice(count)]);
      }),
    );
  });

  it('gives one outcome whatever order the items came in', () => {
    const byKeyThenId = (a: { key: number; id: number }, b: { key: number; id: number }): number =>
      a.key - b.key || a.id - b.id;
    const items = Array.from({ length: 60 }, (_, id) => ({ key: id % 4, id }));
    const expected = [...items].sort(byKeyThenId);
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: 60 }), (shuffled) => {
        sortTotal(shuffled, 60, byKeyThenId);
        expect(shuffled).toEqual(expected);
      }),
    );
  });

  it('sorts typed arrays', () => {
    const items = Float64Array.from({ length: 500 }, (_, index) => (index * 7919) % 500);
    sortTotal(items, items.length, ascending);
    expect(items.every((item, index) => item === index)).toBe(true);
  });
});
