import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, faultsOf, tableOf, type TrialRow } from './comparison.ts';
import { forwardSignals } from '../../scripts/install/signals.mjs';
import { machine } from '../machine.ts';
import { BASELINES, type BenchOptions, readOptions, type Series, USAGE } from './options.ts';
import { measureTogether, tableOfTogether, type Together } from './together.ts';

const SYSTEMS = fileURLToPath(new URL('systems.ts', import.meta.url));
const RAW = 'results/raw/crowd.jsonl';
/** To start and stop the servers and to let the players in, on top of what is asked for. */
const AROUND_A_TRIAL_S = 12;

function fail(sentence: string): never {
  process.stderr.write(`overworld: ${sentence}\n`);
  process.exit(1);
}

function optionsOrExit(words: readonly string[]): BenchOptions {
  try {
    const options = readOptions(words);
    if (options !== 'help') return options;
  } catch (error) {
    fail(`${error instanceof Error ? error.message : error}. See npm run bench -- --help`);
  }
  process.stdout.write(USAGE);
  process.exit(0);
}

function checkPeers(folder: string): void {
  if (!existsSync(join(folder, 'run.js')))
    fail(`${folder} has no run.js: --peers names the folder of the peers`);
  if (!existsSync(join(folder, 'node_modules')))
    fail(`${folder} has no node_modules: run npm ci in it first`);
}

/** Runs the peers' own program, which measures the systems in turn and appends a row for each trial to its raw results. */
async function measure(options: BenchOptions, { sizeM, players }: Series, tag: string): Promise<void> {
  const settings = {
    n: players.join(','),
    size: sizeM,
    reps: options.repetitions,
    warmup: options.warmupSeconds,
    measure: options.measureSeconds,
    tag,
  };
  const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, ['run.js', 'crowd', ...options.systems, ...words], {
    cwd: options.peers,
    stdio: 'inherit',
    env: { ...process.env, BENCH_SYSTEMS: SYSTEMS },
  });
  const stopForwarding = forwardSignals(child);
  const code = await new Promise<number | null>((ended, failed) => {
    child.once('error', failed);
    child.once('exit', ended);
  });
  stopForwarding();
  if (code !== 0) fail(`the peers' program ended with ${code === null ? 'a signal' : `code ${code}`}`);
}

function rowsOf(peers: string, tag: string): TrialRow[] {
  const file = join(peers, RAW);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TrialRow)
    .filter((row) => row.tag === tag);
}

function announce(options: BenchOptions): void {
  const sizes = options.series.reduce((sum, { players }) => sum + players.length, 0);
  const trials = sizes * options.systems.length * options.repetitions;
  const seconds = trials * (options.warmupSeconds + options.measureSeconds + AROUND_A_TRIAL_S);
  const load = loadavg().map((value) => value.toFixed(1));
  process.stdout.write(
    `${trials} trials, about ${Math.ceil(seconds / 60)} min; load average ${load.join(' ')}\n`,
  );
}

function write(output: string | undefined, whole: object): void {
  if (output === undefined) return;
  const file = resolve(output);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`);
  process.stdout.write(`\n${output} has every figure of every run.\n`);
}

/** All systems at once. The last of them is what the others are compared with, unless a usual one is among them. */
async function compareTogether(options: BenchOptions): Promise<void> {
  const output = options.output === undefined ? undefined : resolve(options.output);
  process.env.BENCH_SYSTEMS = SYSTEMS;
  const measuredAt = new Date().toISOString();
  const all: Together[] = [];
  for (const series of options.series) {
    for (const players of series.players) all.push(await measureTogether(options, series, players));
  }
  const usual = BASELINES.find((name) => options.systems.includes(name));
  const baseline = usual ?? (options.systems.at(-1) as string);
  process.stdout.write(`\n${tableOfTogether(all, options.systems, baseline)}\n`);
  write(output, { measuredAt, machine: machine(), load: loadavg(), baseline, together: all });
}

async function main(): Promise<void> {
  const asked = optionsOrExit(process.argv.slice(2));
  const options = { ...asked, peers: resolve(asked.peers) };
  checkPeers(options.peers);
  if (options.isTogether) return compareTogether(options);
  announce(options);
  const measuredAt = new Date().toISOString();
  const loadBefore = loadavg();
  const tag = `overworld-${measuredAt}`;
  for (const series of options.series) await measure(options, series, tag);
  const rows = rowsOf(options.peers, tag);
  const baselines = BASELINES.filter((name) => options.systems.includes(name));
  const results = compare(rows, baselines);
  process.stdout.write(`\n${tableOf(results, baselines)}\n`);
  const { series, repetitions, warmupSeconds, measureSeconds, isSmoke } = options;
  const settings = { series, repetitions, warmupSeconds, measureSeconds, isSmoke };
  const load = { before: loadBefore, after: loadavg() };
  write(options.output, { measuredAt, machine: machine(), load, settings, results, rows });
  const faults = faultsOf(rows, options.systems);
  for (const fault of faults) process.stderr.write(`overworld: ${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

await main();
