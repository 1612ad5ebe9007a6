import { expect, it } from 'vitest';
import { tableOfTogether } from './together.ts';

it('compares what was used in the same windows, not the medians of each', () => {
  const windows = [
    { ours: 0.1, theirs: 0.2 },
    { ours: 0.3, theirs: 0.3 },
    { ours: 0.2, theirs: 0.5 },
  ];
  const table = tableOfTogether([{ sizeM: 1000, players: 200, windows }], ['ours', 'theirs'], 'theirs');
  expect(table.split('\n').slice(2)).toEqual([
    '| ours | 1000 | 200 | 3 | 0.200 (0.100-0.300) | 0.50 (0.40-1.00) |',
    '| theirs | 1000 | 200 | 3 | 0.300 (0.200-0.500) | 1.00 (1.00-1.00) |',
  ]);
});
