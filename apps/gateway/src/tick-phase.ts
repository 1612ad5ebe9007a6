/**
 * What is to be executed in a tick has to be on its way so long before the tick begins, with as much more as the way may take
 * longer than it does at best.
 */
const LEAD_MS = 13;
/** What came since then goes once more so long before: the last that is sure to be there. */
const LAST_MS = 3;
/** So long what is due waits, while there is time, for an input that comes and takes it along: a timer that rings wakes the process. */
const GRACE_MS = 4;
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
  /** How much longer than `slackMs` answered last it may be. */
  graceMs = 0;

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

  /**
   * Milliseconds that an input may wait and still be there for the next tick: until most are sent or, behind that, until the last
   * are. 0 when it has to go now, or nothing is known.
   */
  slackMs(nowMs: number): number {
    this.graceMs = 0;
    if (this.#heard < SETTLED_NEWS) return 0;
    const earliestMs = Math.min(this.#now.earliestMs, this.#before.earliestMs);
    const spreadMs = Math.max(this.#now.latestMs, this.#before.latestMs) - earliestMs;
    if (this.#tickMs - spreadMs <= LEAD_MS) return 0;
    const sinceMs = nowMs - earliestMs;
    const sinceTickMs = sinceMs - Math.floor(sinceMs / this.#tickMs) * this.#tickMs;
    const leftMs = this.#tickMs - sinceTickMs - spreadMs;
    if (leftMs <= LEAD_MS) return Math.max(0, leftMs - LAST_MS);
    this.graceMs = GRACE_MS;
    return leftMs - LEAD_MS;
  }
}
