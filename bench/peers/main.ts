import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, faultsOf, tableOf, type TrialRow, wantingOf } from './comparison.ts';
import { forwardSignals } from '../../scripts/install/signals.mjs';
import { machine } from '../machine.ts';
import { Largest, tableOfLargest, verdictOn } from './largest.ts';
import { BASELINES, type BenchOptions, readOptions, type Series, USAGE } from './options.ts';
import { measureTogether, tableOfTogether, type Together } from './together.ts';

const SYSTEMS = fileURLToPath(new URL('systems.ts', import.meta.url));
const RAW = 'results/raw/crowd.jsonl';
/** To start and stop the servers and to let the players in, on top of what is asked for. */
const AROUND_A_TRIAL_S = 12;
/** Further runs for each repetition that was disturbed, at most. */
const TRIES = 2;

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

type Trials = Pick<BenchOptions, 'peers' | 'systems' | 'repetitions' | 'warmupSeconds' | 'measureSeconds'>;

/** Runs the peers' own program, which measures the systems in turn and appends a row for each trial to its raw results. */
async function measure(options: Trials, { sizeM, players }: Series, tag: string): Promise<void> {
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

/** All systems at once. */
async function compareTogether(options: BenchOptions): Promise<void> {
  const output = options.output === undefined ? undefined : resolve(options.output);
  process.env.BENCH_SYSTEMS = SYSTEMS;
  const measuredAt = new Date().toISOString();
  const all: Together[] = [];
  for (const series of options.series) {
    for (const players of series.players) all.push(await measureTogether(options, series, players));
  }
  const baseline = baselineOf(options);
  process.stdout.write(`\n${tableOfTogether(all, options.systems, baseline)}\n`);
  write(output, {
    measuredAt,
    machine: machine(),
    load: loadavg(),
    baseline,
    calm: options.calm,
    together: all,
  });
}

/** Measures anew what was disturbed, until there are as many calm runs as repetitions or enough was tried. */
async function measureDisturbed(options: BenchOptions, tag: string, calm: number): Promise<void> {
  for (let round = 0; round < options.repetitions * TRIES; round += 1) {
    const wanting = wantingOf(rowsOf(options.peers, tag), options, calm);
    if (wanting.length === 0) return;
    for (const { sizeM, players, systems } of wanting) {
      process.stdout.write(`once more, the machine was away: ${systems.join(', ')}\n`);
      await measure({ ...options, systems, repetitions: 1 }, { sizeM, players: [players] }, tag);
    }
  }
}

/** With how many players each system keeps up: one run of each in turn, so that all meet the same hours. */
async function searchLargest(options: BenchOptions): Promise<void> {
  const measuredAt = new Date().toISOString();
  const [{ sizeM, players }] = options.series as readonly [Series];
  const searches = options.systems.map((system) => ({
    system,
    size: new Largest(players[0] as number),
    rows: [] as TrialRow[],
  }));
  for (let open = searches; open.length > 0; open = open.filter(({ size }) => size.next !== undefined)) {
    for (const { system, size, rows } of open) {
      const next = size.next;
      if (next === undefined) continue;
      const tag = `overworld-${measuredAt}-${system}-${rows.length}-${next}`;
      await measure({ ...options, systems: [system], repetitions: 1 }, { sizeM, players: [next] }, tag);
      const [row] = rowsOf(options.peers, tag);
      if (row !== undefined) rows.push(row);
      size.saw(verdictOn(row, options.calm ?? 1));
    }
  }
  const found = searches.map(({ system, size, rows }) => {
    const { keptUp, failed } = size;
    return { system, keptUp, failed, rows };
  });
  const baseline = baselineOf(options);
  process.stdout.write(`\n${tableOfLargest(found, baseline)}\n`);
  write(options.output, {
    measuredAt,
    machine: machine(),
    load: loadavg(),
    baseline,
    calm: options.calm,
    found,
  });
}

/** The last of the systems is what the others are compared with, unless a usual one is among them. */
function baselineOf({ systems }: BenchOptions): string {
  return BASELINES.find((name) => systems.includes(name)) ?? (systems.at(-1) as string);
}

async function main(): Promise<void> {
  const asked = optionsOrExit(process.argv.slice(2));
  const options = { ...asked, peers: resolve(asked.peers) };
  checkPeers(options.peers);
  if (options.isTogether) return compareTogether(options);
  if (options.isSearch)
    return searchLargest({ ...options, output: options.output && resolve(options.output) });
  announce(options);
  const measuredAt = new Date().toISOString();
  const loadBefore = loadavg();
  const tag = `overworld-${measuredAt}`;
  for (const series of options.series) await measure(options, series, tag);
  if (options.calm !== undefined) await measureDisturbed(options, tag, options.calm);
  const all = rowsOf(options.peers, tag);
  const rows = all.filter(({ steal }) => steal <= (options.calm ?? 1));
  const baselines = BASELINES.filter((name) => options.systems.includes(name));
  const results = compare(rows, baselines);
  process.stdout.write(`\n${tableOf(results, baselines)}\n`);
  if (rows.length < all.length) {
    const [count, share] = [`${rows.length} of ${all.length} runs count`, `${options.calm} of the core`];
    process.stdout.write(`\n${count}: in the others the hypervisor kept more than ${share} to itself\n`);
  }
  const { series, repetitions, warmupSeconds, measureSeconds, isSmoke, calm } = options;
  const settings = { series, repetitions, warmupSeconds, measureSeconds, isSmoke, calm };
  const load = { before: loadBefore, after: loadavg() };
  write(options.output, { measuredAt, machine: machine(), load, settings, results, rows: all });
  const faults = faultsOf(rows, options.systems);
  for (const fault of faults) process.stderr.write(`overworld: ${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

await main();
