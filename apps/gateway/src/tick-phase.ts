/**
 * What is to be executed in a tick has to be on its way so long before the tick begins, with as much more as the way may take
 * longer than it does at best.
 */
const LEAD_MS = 13;
const WINDOW = 16;
/** The first news of a new owner come off its schedule. */
const SETTLED_NEWS = 4;

/** When some ticks began, as far as their news tell, against a schedule that begins at tick zero. */
interface Window {
  earliestMs: number;
  latestMs: number;
}

const nothingHeard = (): Window => ({
  earliestMs: Number.POSITIVE_INFINITY,
  latestMs: Number.NEGATIVE_INFINITY,
});

/**
 * When a zone's ticks come, judged by what their news say of when theirs began: the earliest of the last messages tells, for each
 * was late by its way. How far they lie apart tells how late an input may be on its own. It is asked how long an input may wait
 * for company without missing a tick.
 */
export class TickPhase {
  readonly #tickMs: number;
  #now = nothingHeard();
  #before = nothingHeard();
  #heard = 0;

  /** @param tickMs between two ticks of the zone */
  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  /**
   * News have come of a tick that began then, but for their way. A zone that lost time is believed after as many messages as are
   * remembered.
   */
  heard(tick: number, atMs: number): void {
    if (this.#heard < SETTLED_NEWS) this.#now = nothingHeard();
    const startMs = atMs - tick * this.#tickMs;
    this.#now.earliestMs = Math.min(this.#now.earliestMs, startMs);
    this.#now.latestMs = Math.max(this.#now.latestMs, startMs);
    this.#heard += 1;
    if (this.#heard % WINDOW !== 0) return;
    this.#before = this.#now;
    this.#now = nothingHeard();
  }

  /** Another owner has another clock. */
  forget(): void {
    this.#before = nothingHeard();
    this.#now = nothingHeard();
    this.#heard = 0;
  }

  /** Milliseconds that an input may wait and still be there for the next tick; 0 when it has to go now, or nothing is known. */
  slackMs(nowMs: number): number {
    if (this.#heard < SETTLED_NEWS) return 0;
    const earliestMs = Math.min(this.#now.earliestMs, this.#before.earliestMs);
    const spreadMs = Math.max(this.#now.latestMs, this.#before.latestMs) - earliestMs;
    const sinceMs = nowMs - earliestMs;
    const sinceTickMs = sinceMs - Math.floor(sinceMs / this.#tickMs) * this.#tickMs;
    return Math.max(0, this.#tickMs - sinceTickMs - LEAD_MS - spreadMs);
  }
}
