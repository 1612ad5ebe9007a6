import { expect, it } from 'vitest';
import { calmWindows, tableOfTogether } from './together.ts';

it('compares what was used in the same windows, not the medians of each', () => {
  const windows = [
    { ours: 0.1, theirs: 0.2 },
    { ours: 0.3, theirs: 0.3 },
    { ours: 0.2, theirs: 0.5 },
  ];
  const table = tableOfTogether(
    [{ sizeM: 1000, players: 200, windows, leftOut: 1 }],
    ['ours', 'theirs'],
    'theirs',
  );
  expect(table.split('\n').slice(2)).toEqual([
    '| ours | 1000 | 200 | 3 of 4 | 0.200 (0.100-0.300) | 0.50 (0.40-1.00) |',
    '| theirs | 1000 | 200 | 3 of 4 | 0.300 (0.200-0.500) | 1.00 (1.00-1.00) |',
  ]);
});

it('leaves out windows in which the machine was away, and measures others for them, so long as that helps', async () => {
  const steal = [0.3, 0.01, 0.2, 0, 0.05];
  const measure = async () => ({ shares: { ours: steal.length }, steal: steal.shift() ?? 1 });
  expect(await calmWindows(measure, 3, 0.05)).toEqual({
    windows: [{ ours: 4 }, { ours: 2 }, { ours: 1 }],
    leftOut: 2,
  });
  expect(await calmWindows(measure, 3, 0.05)).toEqual({ windows: [], leftOut: 12 });
});
