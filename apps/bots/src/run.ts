import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Counts, Crew, NO_COUNTS, sumOf } from './crew.ts';
import { Latencies } from './latencies.ts';
import type { BotsOptions } from './options.ts';
import { type BotsReport, reportOf } from './report.ts';
import { readMetrics } from './server-metrics.ts';

const PROGRESS_MS = 1_000;

/** How far a run is. */
export interface Progress {
  readonly phase: 'joining' | 'playing' | 'resting';
  readonly seconds: number;
  readonly counts: Counts;
  readonly p99Ms: number;
}

/** A crew in this process or in another one. */
export interface CrewHandle {
  join(): Promise<void>;
  play(): Promise<void>;
  rest(): Promise<void>;
  leave(): Promise<void>;
  state(): Promise<CrewState>;
  end(): void;
}

export interface CrewState {
  readonly counts: Counts;
  readonly latencies: readonly (readonly [index: number, count: number])[];
  readonly failures: readonly (readonly [reason: string, count: number])[];
}

export function stateOf(crew: Crew): CrewState {
  return { counts: crew.counts(), latencies: crew.latencies.pack(), failures: [...crew.failures] };
}

function localCrew(options: BotsOptions, first: number, count: number): CrewHandle {
  const crew = new Crew(options, first, count);
  return {
    join: () => crew.join(),
    play: async () => crew.play(),
    rest: () => crew.rest(),
    leave: () => crew.leave(),
    state: async () => stateOf(crew),
    end: () => undefined,
  };
}

/** What goes to a worker process; it answers each with the same id. */
export interface WorkerRequest {
  readonly id: number;
  readonly call: 'join' | 'play' | 'rest' | 'leave' | 'state';
}

function forkedCrew(options: BotsOptions, first: number, count: number): CrewHandle {
  const script = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const child = fork(script, [JSON.stringify({ options, first, count })]);
  const waiting = new Map<number, (answer: CrewState) => void>();
  let failed: ((error: Error) => void) | undefined;
  const broken = new Promise<never>((_, reject) => {
    failed = reject;
  });
  broken.catch(() => undefined);
  child.on('message', ({ id, state }: { id: number; state: CrewState }) => waiting.get(id)?.(state));
  child.on('exit', (code) => failed?.(new Error(`a process of bots ended with ${code}`)));
  let next = 0;
  const ask = (call: WorkerRequest['call']): Promise<CrewState> => {
    const id = next++;
    const answered = new Promise<CrewState>((resolve) => waiting.set(id, resolve));
    child.send({ id, call } satisfies WorkerRequest);
    return Promise.race([answered, broken]);
  };
  return {
    join: async () => void (await ask('join')),
    play: async () => void (await ask('play')),
    rest: async () => void (await ask('rest')),
    leave: async () => void (await ask('leave')),
    state: () => ask('state'),
    end: () => void child.kill(),
  };
}

function crewsOf(options: BotsOptions): CrewHandle[] {
  const { players, workers } = options;
  if (workers === 1) return [localCrew(options, 0, players)];
  return Array.from({ length: Math.min(workers, players) }, (_, index) => {
    const first = Math.floor((index * players) / workers);
    const end = Math.floor(((index + 1) * players) / workers);
    return forkedCrew(options, first, end - first);
  });
}

class Run {
  readonly #crews: readonly CrewHandle[];
  readonly #tell: (progress: Progress) => void;
  readonly #startedMs = performance.now();
  #phase: Progress['phase'] = 'joining';
  counts: Counts = NO_COUNTS;
  latencies = new Latencies();
  joinFailures = new Map<string, number>();

  constructor(crews: readonly CrewHandle[], tell: (progress: Progress) => void) {
    this.#crews = crews;
    this.#tell = tell;
  }

  /** Does something with all crews, telling how far they are meanwhile. */
  async phase(phase: Progress['phase'], work: (crew: CrewHandle) => Promise<void>): Promise<void> {
    this.#phase = phase;
    const timer = setInterval(() => void this.look().catch(() => undefined), PROGRESS_MS);
    try {
      await Promise.all(this.#crews.map(work));
    } finally {
      clearInterval(timer);
    }
    await this.look();
  }

  async look(): Promise<void> {
    const states = await Promise.all(this.#crews.map((crew) => crew.state()));
    const latencies = new Latencies();
    const failures = new Map<string, number>();
    for (const state of states) {
      latencies.merge(state.latencies);
      for (const [reason, count] of state.failures) failures.set(reason, (failures.get(reason) ?? 0) + count);
    }
    this.counts = sumOf(states.map((state) => state.counts));
    this.latencies = latencies;
    this.joinFailures = failures;
    const seconds = (performance.now() - this.#startedMs) / 1000;
    this.#tell({ phase: this.#phase, seconds, counts: this.counts, p99Ms: latencies.percentile(0.99) });
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Lets bots play against a running server and gives the account of it. Leaves nobody behind in the world. `signal` ends
 * the play early, the account is then of the time until there.
 */
export async function runBots(
  options: BotsOptions,
  tell: (progress: Progress) => void = () => undefined,
  signal?: AbortSignal,
): Promise<BotsReport> {
  const crews = crewsOf(options);
  const run = new Run(crews, tell);
  try {
    const joiningMs = performance.now();
    await run.phase('joining', (crew) => crew.join());
    const joinSeconds = (performance.now() - joiningMs) / 1000;
    const atStart = run.counts;
    const before = await readMetrics(options.url);
    const playingMs = performance.now();
    await run.phase('playing', async (crew) => {
      await crew.play();
      // When nobody is in there is nothing to wait for.
      await pause(atStart.joined === 0 ? 0 : options.seconds * 1000, signal);
    });
    const seconds = (performance.now() - playingMs) / 1000;
    const after = await readMetrics(options.url);
    await run.phase('resting', (crew) => crew.rest());
    const { counts, latencies, joinFailures } = run;
    await Promise.all(crews.map((crew) => crew.leave()));
    return reportOf(options, {
      counts,
      atStart,
      latencies,
      joinSeconds,
      seconds,
      joinFailures,
      before,
      after,
    });
  } finally {
    for (const crew of crews) crew.end();
  }
}
