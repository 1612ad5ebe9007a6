import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isSmoke, readResults, resultsFile } from '../results.ts';
import type { ScaleResults } from '../scale/scale-results.ts';
import { costsOf } from './costs.ts';
import { capacityTables, withTables } from './tables.ts';

const PAGE = fileURLToPath(new URL('../../docs/capacity.md', import.meta.url));

const USAGE = `Usage: npm run bench -- capacity [--write]

What 1,000 to 1,000,000 players take, from the costs in bench/results/scale.json: it measures nothing. --write puts the tables
into docs/capacity.md.
`;

function main(words: readonly string[]): number {
  if (words.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const found = readResults<ScaleResults>('scale');
  const costs = found && costsOf(found);
  if (costs === undefined) {
    const file = resultsFile('scale');
    process.stdout.write(`${file} has not all that is needed: npm run bench -- scale makes it.\n`);
    return 1;
  }
  const tables = capacityTables(costs);
  process.stdout.write(`${tables}\n`);
  if (words.includes('--write') && !isSmoke) {
    writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), tables));
    process.stdout.write('\ndocs/capacity.md has these tables.\n');
  }
  return 0;
}

process.exitCode = main(process.argv.slice(2));
