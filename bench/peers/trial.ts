import type { CrowdOptions } from './crowd.ts';

/*
 * A server's side of a trial. The peers' programs start it with its parameters in the variable BENCH and speak over IPC:
 *
 *   server: { ready, pids }   peers: 'begin'   (15 s)   peers: 'end'   server: { ticks, tickP50, … }   peers: 'quit'
 */

export interface TrialParameters {
  readonly port: number;
  /** Players. */
  readonly n: number;
  readonly npcs: number;
  readonly hz: number;
  readonly aoi: number;
  readonly size: number;
  readonly motion: boolean;
  readonly everyTick: boolean;
}

/**
 * The peers have no byte budget: ours is where nobody comes near it, so that all are shown the same. And players say which
 * address they come from, for as many logins as in a trial are not let in from one.
 */
export const TRIAL_SETTINGS = { OVERWORLD_VIEW_BYTES_PER_SECOND: '64000', OVERWORLD_PROXIES: '1' };

/** Clients that come in late, or again, while the seats of those before are still kept. */
const SPARE_PLAYERS = 16;

export function trialParameters(): TrialParameters {
  const text = process.env.BENCH;
  if (text === undefined)
    throw new Error('a benchmark server is started by the benchmark: npm run bench -- --help');
  return JSON.parse(text) as TrialParameters;
}

export function crowdOptions(parameters: TrialParameters): Omit<CrowdOptions, 'ticked'> {
  const { n, npcs, hz, aoi, size, motion, everyTick } = parameters;
  return { npcs, players: n + SPARE_PLAYERS, tickHz: hz, sizeM: size, sightM: aoi, motion, everyTick };
}

/** Where the beginnings of ticks are kept, in milliseconds of the wall clock, which processes have in common. */
export interface TickTimes {
  since(beginMs: number): readonly number[];
}

export interface Trial {
  /** Every process whose processor time is the system's. */
  readonly pids: readonly number[];
  readonly ticks: TickTimes;
  stop(): Promise<void>;
}

export interface TickSummary {
  readonly ticks: number;
  readonly tickP50: number;
  readonly tickP99: number;
  readonly tickMax: number;
}

export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export function summaryOf(beginnings: readonly number[]): TickSummary {
  const intervals = beginnings.slice(1).map((atMs, index) => atMs - (beginnings[index] as number));
  const sorted = intervals.sort((left, right) => left - right);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { ticks: sorted.length, tickP50: at(0.5), tickP99: at(0.99), tickMax: at(1) };
}

/** Longer, and the peers' programs end the server themselves. */
const STOP_MS = 6000;

/** Tells that the system is ready, and answers until it is told to quit. */
export function serveTrial(trial: Trial): void {
  let beginMs = 0;
  process.on('message', (message) => {
    if (message === 'begin') beginMs = nowMs();
    if (message === 'end') process.send?.(summaryOf(trial.ticks.since(beginMs)));
    if (message === 'quit') void quit(trial);
  });
  process.on('disconnect', () => void quit(trial));
  // Who started it may have gone while the system came up.
  if (process.connected) process.send?.({ ready: true, pids: trial.pids });
  else void quit(trial);
}

async function quit(trial: Trial): Promise<void> {
  setTimeout(() => process.exit(1), STOP_MS).unref();
  await trial.stop();
  process.exit(0);
}
