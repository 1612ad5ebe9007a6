import { describe } from 'vitest';
import { testSeeds } from './seeds.ts';

describe('a cluster whose owners die, freeze, come back and are replaced, on wires and a journal that fail', () => {
  testSeeds(1, 251);
});
