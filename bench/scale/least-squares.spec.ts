import { describe, expect, it } from 'vitest';
import { type FitRow, fitCosts, predict } from './least-squares.ts';

function row(counts: Record<string, number>, measured: number): FitRow {
  return { counts, measured };
}

const GRID = [1, 2, 4, 8].flatMap((zones) => [10, 80, 300].map((clients) => ({ one: 1, zones, clients })));

describe('the cost model', () => {
  it('finds the costs that the rows were made with', () => {
    const rows = GRID.map((counts) => row(counts, 500 + 30 * counts.zones + 7 * counts.clients));
    const { terms, explained, worstShare } = fitCosts(rows, ['one', 'zones', 'clients']);
    expect(terms.one).toBeCloseTo(500, 6);
    expect(terms.zones).toBeCloseTo(30, 6);
    expect(terms.clients).toBeCloseTo(7, 6);
    expect(explained).toBeCloseTo(1, 9);
    expect(worstShare).toBeLessThan(1e-9);
  });

  it('tells how far each row is from what the costs say', () => {
    const rows = [row({ a: 1 }, 10), row({ a: 1 }, 20)];
    const { terms, residuals } = fitCosts(rows, ['a']);
    expect(residuals).toEqual([10 - predict(terms, { a: 1 }), 20 - predict(terms, { a: 1 })]);
  });

  it('lets a row of a quiet server count as much as one of a busy server', () => {
    const rows = [row({ a: 1 }, 100), row({ a: 1000 }, 200_000)];
    const { terms } = fitCosts(rows, ['a']);
    // 200 if the larger one decided.
    expect(terms.a).toBeCloseTo(120, 6);
  });

  it('has no cost below zero', () => {
    const rows = [1, 2, 3, 4].map((count) => row({ one: 1, count, back: 10 - count }, 100 - count));
    const { terms } = fitCosts(rows, ['one', 'count', 'back']);
    expect(Math.min(...Object.values(terms))).toBeGreaterThanOrEqual(0);
  });

  it('leaves out what cannot be told apart', () => {
    const rows = [1, 2, 3].map((count) => row({ count, twice: 2 * count }, 6 * count));
    const { terms } = fitCosts(rows, ['count', 'twice']);
    expect(predict(terms, { count: 5, twice: 10 })).toBeCloseTo(30, 6);
    expect(Object.values(terms).every(Number.isFinite)).toBe(true);
  });
});
