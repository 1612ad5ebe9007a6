import type { Refusal } from '@overworld/contracts';
import type { Clock } from '@overworld/ports';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const MOST = 1_000;

/** The refusal of a zone that somebody has to mend before it can be opened. */
export const ZONE_FAILED = 'zone-failed';

interface Failure {
  readonly refusal: Refusal;
  readonly pauseMs: number;
  readonly untilMs: number;
}

/**
 * Which zones could not be opened, and when each may be tried again: after a second at first, then after twice as long each
 * time. Whoever asks meanwhile is answered from here, for every attempt costs a replay and a line in the log. Bounded: the
 * failure that is longest ago is forgotten first, which costs an attempt.
 */
export class FailedOpenings {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #failures = new Map<string, Failure>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Why the zone is not tried now; undefined when it may be. */
  pausing(zone: string): Refusal | undefined {
    const failure = this.#failures.get(zone);
    return failure !== undefined && this.#clock.now() < failure.untilMs ? failure.refusal : undefined;
  }

  /** Why the zone could not be opened the last time; undefined when it could. */
  known(zone: string): Refusal | undefined {
    return this.#failures.get(zone)?.refusal;
  }

  failed(zone: string, refusal: Refusal): void {
    const before = this.#failures.get(zone)?.pauseMs;
    const pauseMs = before === undefined ? FIRST_PAUSE_MS : Math.min(2 * before, LONGEST_PAUSE_MS);
    this.#failures.delete(zone);
    this.#failures.set(zone, { refusal, pauseMs, untilMs: this.#clock.now() + pauseMs });
    if (this.#failures.size <= MOST) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }

  opened(zone: string): void {
    this.#failures.delete(zone);
  }
}
