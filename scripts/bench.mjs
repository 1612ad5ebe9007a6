// @ts-check
// `npm run bench`: every benchmark in turn; words select those whose path holds one of them. With --peers it is the one that
// measures whole servers, ours and others, instead.

import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { forwardSignals } from './install/signals.mjs';

const help = `Usage: npm run bench -- [words]             the benchmarks of single parts; words select some by path
       npm run bench -- --peers <folder>    whole servers beside what one would use instead
       npm run bench -- --peers --help      the options of that
`;

const words = process.argv.slice(2);

/**
 * Resolves with whether it went well.
 * @param {readonly string[]} command
 * @returns {Promise<boolean>}
 */
async function run(command) {
  const child = spawn(process.execPath, command, { stdio: 'inherit' });
  const stopForwarding = forwardSignals(child);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  stopForwarding();
  if (code !== 0) process.exitCode = 1;
  // Without a code it was ended by a signal: whoever sent it wants no further benchmark.
  return code !== null;
}

async function runParts() {
  const files = globSync('{bench,{libs,libs/rulesets,apps}/*/bench}/**/*.bench.ts')
    .sort()
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  if (files.length === 0) {
    process.stderr.write(`overworld: no benchmark has ${words.join(' or ')} in its path.\n`);
    process.exitCode = 1;
  }
  for (const file of files) {
    process.stdout.write(`\n== ${file}\n`);
    if (!(await run(['--expose-gc', '--import', 'tsx', file]))) return;
  }
}

const isAboutPeers = words.some((word) => word === '--peers' || word.startsWith('--peers='));
const isHelpAsked = words.includes('--help') || words.includes('-h');
if (isAboutPeers) await run(['bench/peers/main.ts', ...(isHelpAsked ? ['--help'] : words)]);
else if (isHelpAsked) process.stdout.write(help);
else if (words.some((word) => word.startsWith('-'))) {
  process.stderr.write(`overworld: ${words.join(' ')} has an option that is not known.\n${help}`);
  process.exitCode = 2;
} else await runParts();
