import { parseArgs } from 'node:util';

/** What has to hold for a run to pass. */
export interface Thresholds {
  /** Of inputs, from giving one to hearing that it was executed. */
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Received by one player, on average. */
  readonly kilobytesPerSecond: number;
  /** How late ticks may start, of 100 the latest but one: half an interval at 20 Hz. */
  readonly latenessP99Ms: number;
  /** Share of the server's ticks that took longer than their budget. */
  readonly overruns: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  p95Ms: 80,
  p99Ms: 100,
  kilobytesPerSecond: 2,
  latenessP99Ms: 25,
  overruns: 0.01,
};

export interface BotsOptions {
  readonly url: string;
  readonly players: number;
  readonly seconds: number;
  readonly world: string;
  /** A lobby code in place of a world. */
  readonly lobby: string | undefined;
  /** Inputs of one bot in a second. */
  readonly rate: number;
  /** The share of bots that read the state frames whole; the others read ticks and acknowledgements. */
  readonly sample: number;
  /** The share of bots that walk to the gate and through it. */
  readonly gate: number;
  readonly prefix: string;
  readonly workers: number;
  readonly json: boolean;
  readonly thresholds: Thresholds;
}

export const USAGE = `Usage: npm run bots -- [options]

Players without people: they log in, join through the real door, walk, pick up coins, pass the gate and talk a little.

  --players <n>      how many (default 200)
  --world <name>     where to (default forest)
  --lobby <code>     into a lobby instead of a world
  --seconds <s>      how long to play once all are in (default 30)
  --rate <n>         inputs a second of each (default 10)
  --url <address>    the server (default http://localhost:8080)
  --sample <share>   share that decodes the state frames whole and goes for coins (default 0.1, at least
                     one bot); the others read ticks and acknowledgements only. No bot predicts
  --gate <share>     share that walks through the gate, if the world has one (default 0.1); they decode, too
  --prefix <text>    names are <text>1, <text>2, … (default bot-)
  --workers <n>      processes to spread the bots over (default: one for each 250)
  --json             the report as JSON on the standard output
  --max-p95 <ms>     fail when the latency of inputs is above (default ${DEFAULT_THRESHOLDS.p95Ms})
  --max-p99 <ms>     the same for the 99th percentile (default ${DEFAULT_THRESHOLDS.p99Ms})
  --max-rate <kB/s>  fail when a player receives more on average (default ${DEFAULT_THRESHOLDS.kilobytesPerSecond})
  --max-lateness <ms>  fail when ticks start later than this at p99 (default ${DEFAULT_THRESHOLDS.latenessP99Ms})
  --max-overruns <share>  fail when more of the ticks took too long (default ${DEFAULT_THRESHOLDS.overruns})
  --help             this text

A run passes (exit code 0) when every bot has joined, no input was lost, no connection broke, and no threshold was passed;
else the exit code is 1 and the report says why.
`;

const FLAGS = {
  players: { type: 'string' },
  world: { type: 'string' },
  lobby: { type: 'string' },
  seconds: { type: 'string' },
  rate: { type: 'string' },
  url: { type: 'string' },
  sample: { type: 'string' },
  gate: { type: 'string' },
  prefix: { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'boolean' },
  'max-p95': { type: 'string' },
  'max-p99': { type: 'string' },
  'max-rate': { type: 'string' },
  'max-lateness': { type: 'string' },
  'max-overruns': { type: 'string' },
  help: { type: 'boolean' },
} as const;

type Values = { readonly [name in keyof typeof FLAGS]?: string | boolean };

function numberIn(
  values: Values,
  name: keyof typeof FLAGS,
  otherwise: number,
  low: number,
  high: number,
): number {
  const text = values[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (String(text).trim() !== '' && value >= low && value <= high) return value;
  throw new Error(`--${name} is "${text}", allowed is a number from ${low} to ${high}`);
}

function wholeIn(
  values: Values,
  name: keyof typeof FLAGS,
  otherwise: number,
  low: number,
  high: number,
): number {
  const value = numberIn(values, name, otherwise, low, high);
  if (Number.isInteger(value)) return value;
  throw new Error(`--${name} is "${values[name]}", allowed is a whole number from ${low} to ${high}`);
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  throw new Error(`--url is "${text}", allowed is an address such as http://localhost:8080`);
}

function thresholdsOf(values: Values): Thresholds {
  const { p95Ms, p99Ms, kilobytesPerSecond, latenessP99Ms, overruns } = DEFAULT_THRESHOLDS;
  return {
    p95Ms: numberIn(values, 'max-p95', p95Ms, 0, 60_000),
    p99Ms: numberIn(values, 'max-p99', p99Ms, 0, 60_000),
    kilobytesPerSecond: numberIn(values, 'max-rate', kilobytesPerSecond, 0, 1e6),
    latenessP99Ms: numberIn(values, 'max-lateness', latenessP99Ms, 0, 60_000),
    overruns: numberIn(values, 'max-overruns', overruns, 0, 1),
  };
}

/** `help` when that was asked for. Throws with a sentence that names the option, the value and what is allowed. */
export function readOptions(words: readonly string[]): BotsOptions | 'help' {
  const { values } = parseArgs({ args: [...words], options: FLAGS, strict: true });
  if (values.help) return 'help';
  const players = wholeIn(values, 'players', 200, 1, 10_000);
  return {
    url: urlOf(values.url ?? 'http://localhost:8080'),
    players,
    seconds: numberIn(values, 'seconds', 30, 1, 86_400),
    world: values.world ?? 'forest',
    lobby: values.lobby,
    rate: numberIn(values, 'rate', 10, 0.1, 60),
    sample: numberIn(values, 'sample', 0.1, 0, 1),
    gate: numberIn(values, 'gate', 0.1, 0, 1),
    prefix: values.prefix ?? 'bot-',
    workers: wholeIn(values, 'workers', Math.ceil(players / 250), 1, 64),
    json: values.json ?? false,
    thresholds: thresholdsOf(values),
  };
}
