import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { spreadOf } from '../spread.ts';
import type { BenchOptions, Series } from './options.ts';

/*
 * Two trials, one behind the other, differ by a tenth on a machine that others use, which is more than most changes win. All systems
 * at once on the one core meet the same machine: what it does falls on all of them in the same windows.
 */

const NANOSECONDS_PER_S = 1e9;
const FIRST_PORT = 26_000;
const PORTS_APART = 300;
const JOIN_TIMEOUT_MS = 120_000;
/** Windows for each that is wanted, at most. */
const TRIES = 4;
/** As the peers' programs set them. */
const WORKLOAD = { npcs: 200, hz: 20, aoi: 100 } as const;

interface Child {
  readonly pid: number;
  next(timeoutMs?: number): Promise<{ readonly pids?: readonly number[] }>;
  stop(): Promise<void>;
}

type Start = (core: number, script: string, bench: object) => Child;
type Systems = Readonly<Record<string, { server: string; driver: string; bench: object } | undefined>>;

/** The processor time of each system: shares of a core. */
type Shares = Readonly<Record<string, number>>;

interface Window {
  readonly shares: Shares;
  /** The share of the core that the hypervisor kept to itself. */
  readonly steal: number;
}

export interface Together {
  readonly sizeM: number;
  readonly players: number;
  readonly windows: readonly Shares[];
  /** Windows that do not count, because the machine was away. */
  readonly leftOut: number;
}

/** Of all threads of some processes so far, in seconds; what has ended counts no more. */
function processorSeconds(pids: readonly number[]): number {
  let nanoseconds = 0;
  for (const pid of pids) {
    try {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const [used] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
        nanoseconds += Number(used);
      }
    } catch {
      // It has ended.
    }
  }
  return nanoseconds / NANOSECONDS_PER_S;
}

interface Peers {
  readonly start: Start;
  readonly systems: Systems;
  /** In seconds since boot. */
  readonly steal: (core: number) => number;
}

async function peersModules(peers: string): Promise<Peers> {
  const load = (file: string): Promise<object> => import(pathToFileURL(join(peers, file)).href);
  const { start } = (await load('lib/proc.js')) as { start: Start };
  const { systems } = (await load('systems.js')) as { systems: Systems };
  const { steal } = (await load('lib/stats.js')) as { steal: Peers['steal'] };
  return { start, systems, steal };
}

interface Running {
  readonly name: string;
  readonly pids: readonly number[];
}

/** Runs all systems at the same time, each with players of its own, and measures as many windows as there are repetitions. */
export async function measureTogether(
  options: BenchOptions,
  { sizeM }: Series,
  players: number,
): Promise<Together> {
  process.chdir(options.peers);
  const { start, systems, steal } = await peersModules(options.peers);
  const children: Child[] = [];
  const begin = async (name: string, index: number): Promise<Running> => {
    const system = systems[name];
    if (system === undefined) throw new Error(`there is no system ${name}`);
    const port = FIRST_PORT + index * PORTS_APART;
    const bench = { ...WORKLOAD, size: sizeM, ...system.bench, port, n: players };
    const server = start(0, system.server, bench);
    children.push(server);
    const { pids = [server.pid] } = await server.next();
    const load = start(1, 'load.js', { ...bench, driver: system.driver });
    children.push(load);
    await load.next(JOIN_TIMEOUT_MS);
    process.stdout.write(`${name}: ${players} players on ${sizeM} m are in\n`);
    return { name, pids };
  };
  try {
    const running: Running[] = [];
    for (const [index, name] of options.systems.entries()) running.push(await begin(name, index));
    await wait(options.warmupSeconds * 1000);
    const measure = (): Promise<Window> => measureWindow(running, options.measureSeconds, () => steal(0));
    return { sizeM, players, ...(await calmWindows(measure, options.repetitions, options.calm ?? 1)) };
  } finally {
    for (const child of children.reverse()) await child.stop();
  }
}

/** So many windows in which the machine was there; after some tries fewer, or none. */
export async function calmWindows(
  measure: () => Promise<Window>,
  wanted: number,
  calm: number,
): Promise<Pick<Together, 'windows' | 'leftOut'>> {
  const windows: Shares[] = [];
  let leftOut = 0;
  while (windows.length < wanted && windows.length + leftOut < wanted * TRIES) {
    const { shares, steal } = await measure();
    if (steal <= calm) windows.push(shares);
    else leftOut += 1;
  }
  return { windows, leftOut };
}

async function measureWindow(
  running: readonly Running[],
  seconds: number,
  stolenSeconds: () => number,
): Promise<Window> {
  const stolenBefore = stolenSeconds();
  const before = running.map(({ pids }) => processorSeconds(pids));
  const beganMs = performance.now();
  await wait(seconds * 1000);
  const passedSeconds = (performance.now() - beganMs) / 1000;
  const used = running.map(({ name, pids }, index): [string, number] => [
    name,
    (processorSeconds(pids) - (before[index] as number)) / passedSeconds,
  ]);
  return { shares: Object.fromEntries(used), steal: (stolenSeconds() - stolenBefore) / passedSeconds };
}

/** What each system took, and in proportion to the baseline in the same windows: medians, with the range. */
export function tableOfTogether(
  all: readonly Together[],
  systems: readonly string[],
  baseline: string,
): string {
  const lines = [
    `| system | size m | N | windows | CPU (range) | CPU / ${baseline} (range) |`,
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const { sizeM, players, windows, leftOut } of all) {
    const counted =
      leftOut === 0 ? String(windows.length) : `${windows.length} of ${windows.length + leftOut}`;
    for (const system of systems) {
      const used = windows.map((window) => window[system] as number);
      const ratios = windows.map((window) => (window[system] as number) / (window[baseline] as number));
      lines.push(
        `| ${system} | ${sizeM} | ${players} | ${counted} | ${rangeOf(used, 3)} | ${rangeOf(ratios, 2)} |`,
      );
    }
  }
  return lines.join('\n');
}

function rangeOf(values: readonly number[], digits: number): string {
  const { median, low, high } = spreadOf(values);
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}
