// @ts-check
// `npm run bench`: every benchmark that needs nothing but this checkout, in turn, and the charts. Words select: parts by path, and
// whole servers beside others, the scale of one installation, pauses, charts and the capacity table, which are programs of their own.

import { spawn } from 'node:child_process';
import { benchmarksOfParts } from './checks/benchmarks.mjs';
import { forwardSignals } from './install/signals.mjs';

const help = `Usage: npm run bench --                     parts, scale, pauses and charts, one after the other: more than an hour
       npm run bench -- parts               the benchmarks of single parts; other words select some of them by path
       npm run bench -- scale               what zones, players, watchers and sleeping zones cost: bench/results/scale.json
       npm run bench -- pauses              what players notice of moves, killed shards and restarts: bench/results/pauses.json
       npm run bench -- --peers <folder>    whole servers beside what one would use instead: bench/results/crowd.json
       npm run bench -- charts              the pictures of docs/performance.md from those results
       npm run bench -- capacity            the tables of docs/capacity.md from those results
       npm run bench -- --peers --help      (or scale, pauses, charts, capacity) the options of that

--smoke shows that it works, in a second or two for each part; its figures mean nothing. Of everything, --reps <count> says how
often the scale is measured: once takes a little over half an hour.
`;

/** @type {Readonly<Record<string, string>>} */
const programs = {
  scale: 'bench/scale/main.ts',
  pauses: 'bench/pauses/main.ts',
  charts: 'bench/charts/main.ts',
  capacity: 'bench/capacity/main.ts',
};

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

/**
 * @param {readonly string[]} wanted words that select by path; none: all of them
 * @returns {Promise<boolean>}
 */
async function runParts(wanted) {
  const files = benchmarksOfParts().filter(
    (file) => wanted.length === 0 || wanted.some((word) => file.includes(word)),
  );
  if (files.length === 0) {
    process.stderr.write(`overworld: no benchmark has ${wanted.join(' or ')} in its path.\n`);
    process.exitCode = 1;
  }
  for (const file of files) {
    process.stdout.write(`\n== ${file}\n`);
    const flags = words.includes('--smoke') ? ['--smoke'] : [];
    if (!(await run(['--expose-gc', '--import', 'tsx', file, ...flags]))) return false;
  }
  return true;
}

async function runEverything() {
  if (!(await runParts([]))) return;
  for (const name of ['scale', 'pauses', 'charts']) {
    process.stdout.write(`\n== ${name}\n`);
    const given = words.filter((word) => word === '--smoke' || name === 'scale');
    if (!(await run(['--import', 'tsx', programs[name] ?? '', ...given]))) return;
  }
}

const isAboutPeers = words.some((word) => word === '--peers' || word.startsWith('--peers='));
const isEverything = words.every(
  (word, index) =>
    word === '--smoke' ||
    (word === '--reps' && /^\d+$/.test(words[index + 1] ?? '')) ||
    (words[index - 1] === '--reps' && /^\d+$/.test(word)),
);
const isHelpAsked = words.includes('--help') || words.includes('-h');
const [first = '', ...rest] = words;
const program = Object.hasOwn(programs, first) ? programs[first] : undefined;
if (program !== undefined) await run(['--import', 'tsx', program, ...rest]);
else if (isAboutPeers) await run(['bench/peers/main.ts', ...(isHelpAsked ? ['--help'] : words)]);
else if (isHelpAsked) process.stdout.write(help);
else if (isEverything) await runEverything();
else if (words.some((word) => word.startsWith('-') && word !== '--smoke')) {
  process.stderr.write(`overworld: ${words.join(' ')} has an option that is not known.\n${help}`);
  process.exitCode = 2;
} else await runParts(words.filter((word) => word !== '--smoke' && word !== 'parts'));
