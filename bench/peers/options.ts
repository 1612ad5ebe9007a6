import { parseArgs } from 'node:util';
import { systems } from './systems.ts';

/** One world size, with the numbers of players that are measured in it. */
export interface Series {
  readonly sizeM: number;
  readonly players: readonly number[];
}

export interface BenchOptions {
  /** The folder of the peers' programs, installed. */
  readonly peers: string;
  readonly systems: readonly string[];
  readonly series: readonly Series[];
  readonly repetitions: number;
  readonly warmupSeconds: number;
  readonly measureSeconds: number;
  /** All systems at the same time on the one core, instead of one after the other: processor time alone, in the same windows. */
  readonly isTogether: boolean;
  /** How many players each system keeps up with, instead of what given numbers take. */
  readonly isSearch: boolean;
  /** What was measured while the hypervisor kept more of the server's core to itself does not count; undefined: all counts. */
  readonly calm: number | undefined;
  /** Only to see that everything works: no figure of it means anything. */
  readonly isSmoke: boolean;
  /** Where the results are written; undefined: nowhere. */
  readonly output: string | undefined;
}

/** What ours is compared with. */
export const BASELINES = ['colyseus-view', 'colyseus-view-q'] as const;
const OURS = Object.keys(systems);
const DEFAULT_OUTPUT = 'bench/results/crowd.json';
const TOGETHER_OUTPUT = 'bench/results/together.json';
const LARGEST_OUTPUT = 'bench/results/largest.json';
const SEARCH_FROM = 800;
const SMOKE: Series = { sizeM: 1000, players: [20] };
/** Sparse at the size that the workload is defined with, and dense: a sixteenth of the ground. */
const DEFAULT_SERIES: readonly Series[] = [
  { sizeM: 1000, players: [200, 400] },
  { sizeM: 250, players: [200, 400] },
];

export const USAGE = `Usage: npm run bench -- --peers <folder> [options]

Measures Overworld and what one would use instead of it on the same workload, one after the other in one invocation: a
crowd of players and 200 others that walk about, 20 ticks a second, each sees 100 m.

  --peers <folder>    the folder of the peers' programs, after npm ci in it
  --systems <list>    which, between commas (default ${[...OURS, ...BASELINES].join(',')});
                      the peers have more
  --n <list>          numbers of players, each above 7 (default: 200 and 400, on 1000 m and on 250 m)
  --size <metres>     the side of the world, with --n (default 1000)
  --reps <count>      repetitions; figures are medians (default 3)
  --warmup <s>        before each measurement (default 5)
  --measure <s>       of each measurement (default 15)
  --output <file>     where the results go as JSON (default ${DEFAULT_OUTPUT})
  --together          all systems at once on the one core, measured in the same --reps windows: processor time alone,
                      but what the machine does falls on all alike; with few systems and --warmup 30
  --largest           with how many players each system keeps up, all in turn, beginning with the first of --n
                      (default ${SEARCH_FROM}): until ticks or echoes are late twice, to within 50 players or 7 %; without --reps
  --calm <share>      on a machine that others use: what was measured while its hypervisor kept more than this share
                      of the server's core to itself is measured again and left out; with --largest, a size that
                      is late then is tried up to four times more
  --smoke             a minute that shows that everything works; its figures mean nothing
  --help              this text

It needs Linux with two cores and taskset: the server gets one, the players the other. Ratios hold within one invocation
alone; the machine should have nothing else to do.
`;

const FLAGS = {
  peers: { type: 'string' },
  systems: { type: 'string' },
  n: { type: 'string' },
  size: { type: 'string' },
  reps: { type: 'string' },
  warmup: { type: 'string' },
  measure: { type: 'string' },
  output: { type: 'string' },
  together: { type: 'boolean' },
  largest: { type: 'boolean' },
  calm: { type: 'string' },
  smoke: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

type Values = { readonly [name in keyof typeof FLAGS]?: string | boolean | undefined };

/** `help` when that was asked for. Throws with a sentence that names the option, the value and what is allowed. */
export function readOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({ args: [...words], options: FLAGS, strict: true });
  if (values.help === true) return 'help';
  if (values.peers === undefined || values.peers === '')
    throw new Error("--peers is missing, allowed is the folder of the peers' programs");
  const isSmoke = values.smoke === true;
  if (values.together === true && values.largest === true)
    throw new Error('--together and --largest are two ways to measure, allowed is one of them');
  return {
    peers: values.peers,
    systems: namesOf(values.systems ?? [...OURS, ...(isSmoke ? [BASELINES[0]] : BASELINES)].join(',')),
    series: isSmoke ? [SMOKE] : seriesOf(values),
    repetitions: isSmoke ? 1 : wholeIn(values, 'reps', 3, 1, 100),
    warmupSeconds: isSmoke ? 2 : wholeIn(values, 'warmup', 5, 1, 600),
    measureSeconds: isSmoke ? 4 : wholeIn(values, 'measure', 15, 2, 3600),
    isTogether: values.together === true,
    isSearch: values.largest === true,
    calm: calmOf(values),
    isSmoke,
    output: values.output ?? outputOf(values),
  };
}

function calmOf({ calm }: Values): number | undefined {
  if (calm === undefined) return undefined;
  const share = Number(calm);
  if (calm !== '' && share >= 0 && share <= 1) return share;
  throw new Error(`--calm is "${calm}", allowed is a number from 0 to 1`);
}

function outputOf({ smoke, together, largest }: Values): string | undefined {
  if (smoke === true) return undefined;
  if (largest === true) return LARGEST_OUTPUT;
  return together === true ? TOGETHER_OUTPUT : DEFAULT_OUTPUT;
}

function namesOf(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => /^[a-z0-9-]+$/.test(name))) return [...new Set(names)];
  throw new Error(`--systems is "${text}", allowed are names between commas`);
}

function seriesOf(values: Values): readonly Series[] {
  const isSearch = values.largest === true;
  if (values.n === undefined && values.size === undefined && !isSearch) return DEFAULT_SERIES;
  const text = String(values.n ?? (isSearch ? SEARCH_FROM : '200,400'));
  const players = text.split(',').map(Number);
  // The load generator has eight players with our client among the others.
  if (!players.every((count) => Number.isInteger(count) && count >= 8 && count <= 20_000))
    throw new Error(`--n is "${text}", allowed are whole numbers from 8 to 20000 between commas`);
  return [{ sizeM: wholeIn(values, 'size', 1000, 50, 100_000), players }];
}

function wholeIn(
  values: Values,
  name: 'size' | 'reps' | 'warmup' | 'measure',
  otherwise: number,
  low: number,
  high: number,
): number {
  const text = values[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`--${name} is "${text}", allowed is a whole number from ${low} to ${high}`);
}
