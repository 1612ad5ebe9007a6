/**
 * Before the zone's news of a tick comes here, what is to be executed in that tick has to be on its way: the zone takes
 * its inputs, steps, and waits for its journal in between, and both ways cost time.
 */
const LEAD_MS = 12;
const WINDOW = 16;

/**
 * When a zone's ticks come, judged by when their news did: the earliest of the last messages tells, for each was late by
 * what its commit and its way took. It is asked how long an input may wait for company without missing a tick.
 */
export class TickPhase {
  readonly #tickMs: number;
  #earliest = Number.POSITIVE_INFINITY;
  #earliestBefore = Number.POSITIVE_INFINITY;
  #heard = 0;

  /** @param tickMs between two ticks of the zone */
  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  /** News of a tick has come. A zone that lost time is believed after as many messages as are remembered. */
  heard(tick: number, atMs: number): void {
    this.#earliest = Math.min(this.#earliest, atMs - tick * this.#tickMs);
    this.#heard += 1;
    if (this.#heard % WINDOW !== 0) return;
    this.#earliestBefore = this.#earliest;
    this.#earliest = Number.POSITIVE_INFINITY;
  }

  /** Another owner has another clock. */
  forget(): void {
    this.#earliest = Number.POSITIVE_INFINITY;
    this.#earliestBefore = Number.POSITIVE_INFINITY;
    this.#heard = 0;
  }

  /** Milliseconds that an input may wait and still be there for the next tick; 0 when it has to go now, or nothing is known. */
  slackMs(nowMs: number): number {
    const earliest = Math.min(this.#earliest, this.#earliestBefore);
    if (earliest === Number.POSITIVE_INFINITY) return 0;
    const sinceMs = nowMs - earliest;
    const sinceTickMs = sinceMs - Math.floor(sinceMs / this.#tickMs) * this.#tickMs;
    return Math.max(0, this.#tickMs - sinceTickMs - LEAD_MS);
  }
}
