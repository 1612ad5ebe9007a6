// @ts-check
// `npm run bench`: every benchmark in turn; words select those whose path holds one of them.

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const words = process.argv.slice(2);
const files = globSync('{bench,{libs,libs/rulesets,apps}/*/bench}/**/*.bench.ts')
  .sort()
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));

if (files.length === 0) {
  process.stderr.write(`overworld: no benchmark has ${words.join(' or ')} in its path.\n`);
  process.exitCode = 1;
}

for (const file of files) {
  process.stdout.write(`\n== ${file}\n`);
  const { status } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', file], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
