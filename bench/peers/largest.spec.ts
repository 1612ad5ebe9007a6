import { describe, expect, it } from 'vitest';
import type { TrialRow } from './comparison.ts';
import { Largest, tableOfLargest, verdictOn } from './largest.ts';

function search(from: number, limit: number): { sizes: number[]; found: Largest } {
  const found = new Largest(from);
  const sizes: number[] = [];
  for (let size = found.next; size !== undefined; size = found.next) {
    sizes.push(size);
    found.saw(size <= limit ? 'kept-up' : 'failed');
  }
  return { sizes, found };
}

const ROW = {
  system: 'ours',
  latencySamples: 900,
  framesPerClient: 11,
  entitiesSeen: 9,
  n: 500,
  cpu: 0.5,
  latencyP50: 30,
  latencyP99: 60,
  closed: 0,
  steal: 0,
  saturated: false,
  late: false,
};
const row = (more: object): TrialRow => ({ ...ROW, ...more }) as TrialRow;

describe('the search for the most players', () => {
  it('goes up until a size fails twice, then half-way between', () => {
    const { sizes, found } = search(800, 1100);
    expect(sizes).toEqual([800, 1000, 1250, 1250, 1100, 1150, 1150]);
    expect([found.keptUp, found.failed]).toEqual([1100, 1150]);
  });

  it('goes down when the first size fails, and ends when none is kept up with', () => {
    expect(search(800, 470).found.keptUp).toBe(450);
    const { sizes, found } = search(100, 0);
    expect(found.keptUp).toBe(0);
    expect(sizes.length).toBeLessThan(10);
  });

  it('goes up from small sizes, too', () => {
    expect(search(20, 210).sizes).toEqual([50, 100, 150, 200, 250, 250]);
  });

  it('gives a size one more chance, and four more where the machine was away', () => {
    const found = new Largest(400);
    found.saw('failed');
    for (let count = 0; count < 4; count += 1) found.saw('disturbed');
    expect(found.next).toBe(400);
    found.saw('kept-up');
    expect(found.next).toBe(500);
    for (let count = 0; count < 6; count += 1) found.saw('disturbed');
    expect(found.failed).toBe(500);
  });
});

describe('a run of the search', () => {
  it('counts as disturbed only when it was late and the machine away', () => {
    expect(verdictOn(row({ steal: 0.5 }), 0.05)).toBe('kept-up');
    expect(verdictOn(row({ late: true, steal: 0.5 }), 0.05)).toBe('disturbed');
    expect(verdictOn(row({ saturated: true, steal: 0.05 }), 0.05)).toBe('failed');
    expect(verdictOn(row({ closed: 1 }), 0.05)).toBe('failed');
    expect(verdictOn(row({ entitiesSeen: 0 }), 0.05)).toBe('failed');
    expect(verdictOn(undefined, 0.05)).toBe('failed');
  });
});

it('tells what was found as multiples of the baseline', () => {
  const table = tableOfLargest(
    [
      { system: 'ours', keptUp: 500, failed: 550, rows: [row({}), row({ n: 550, late: true })] },
      { system: 'theirs', keptUp: 250, failed: 300, rows: [row({ n: 250 })] },
    ],
    'theirs',
  );
  expect(table.split('\n').slice(2)).toEqual([
    '| ours | 500 | 2.00 | 550 | 2 | 0.50 | 30 | 60 |',
    '| theirs | 250 | 1.00 | 300 | 1 | 0.50 | 30 | 60 |',
  ]);
});
