import { expect, it } from 'vitest';
import { runSeed } from './run-seed.ts';

/** How many seeds a file of tests runs in one test: enough to keep the report short, few enough to see it move. */
const BLOCK = 25;

/** One test for each block of seeds, from `from` to below `to`. A failing seed prints its findings and how to replay it. */
export function testSeeds(from: number, to: number): void {
  for (let first = from; first < to; first += BLOCK) {
    const end = Math.min(to, first + BLOCK);
    it(`[1]-[9] hold for seeds ${first} to ${end - 1}`, async () => {
      expect(await failuresOf(first, end)).toEqual([]);
    });
  }
}

async function failuresOf(first: number, end: number): Promise<string[]> {
  const failures: string[] = [];
  for (let seed = first; seed < end; seed += 1) {
    const { findings } = await runSeed({ seed });
    for (const { invariant, detail } of findings.slice(0, 5)) {
      failures.push(
        `seed ${seed}, invariant ${invariant}: ${detail} (npm run sim -- --seed ${seed} --verbose)`,
      );
    }
  }
  return failures;
}
