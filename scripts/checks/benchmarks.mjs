// @ts-check
import { globSync } from 'node:fs';

/** The benchmarks of single parts, by path. */
export function benchmarksOfParts() {
  return globSync('{bench,{libs,libs/rulesets,apps}/*/bench}/**/*.bench.ts').sort();
}
