/**
 * What is to be executed in a tick has to be on its way so long before the tick begins, with as much more as the way mostly takes
 * longer than it does at best.
 */
const LEAD_MS = 6;
/** So many of the last news are remembered. */
const WINDOW = 16;
/** The latest of them are left out: a process that was not let run for a moment would have everything sent early for a second. */
const LEFT_OUT = 3;
/** The first news of a new owner come off its schedule. */
const SETTLED_NEWS = 4;

/**
 * When a zone's ticks come, judged by what their news say of when theirs began: the earliest of the last messages tells, for each
 * was late by its way. How far most of them lie apart tells how late an input may be on its own. It is asked how long an input may
 * wait for company without missing a tick.
 */
export class TickPhase {
  readonly #tickMs: number;
  /** When the last ticks began, as far as their news tell, against a schedule that begins at tick zero. */
  readonly #startsMs = new Float64Array(WINDOW);
  readonly #sortedMs = new Float64Array(WINDOW);
  #earliestMs = 0;
  #spreadMs = 0;
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
    const startMs = atMs - tick * this.#tickMs;
    this.#heard += 1;
    if (this.#heard <= SETTLED_NEWS) this.#startsMs.fill(startMs);
    this.#startsMs[this.#heard % WINDOW] = startMs;
    const sorted = this.#sortedMs;
    sorted.set(this.#startsMs);
    sorted.sort();
    this.#earliestMs = sorted[0] as number;
    this.#spreadMs = (sorted[WINDOW - 1 - LEFT_OUT] as number) - this.#earliestMs;
  }

  /** Another owner has another clock. */
  forget(): void {
    this.#heard = 0;
  }

  /** Milliseconds that an input may wait and still be there for the next tick; 0 when it has to go now, or nothing is known. */
  slackMs(nowMs: number): number {
    if (this.#heard < SETTLED_NEWS) return 0;
    const sinceMs = nowMs - this.#earliestMs;
    const sinceTickMs = sinceMs - Math.floor(sinceMs / this.#tickMs) * this.#tickMs;
    return Math.max(0, this.#tickMs - sinceTickMs - LEAD_MS - this.#spreadMs);
  }
}
