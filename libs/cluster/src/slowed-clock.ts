import type { Clock } from '@overworld/ports';

/** A clock on which the time runs so many times slower: whoever goes by it keeps all proportions, and acts more seldom. */
export class SlowedClock implements Clock {
  readonly #clock: Clock;
  readonly #times: number;

  constructor(clock: Clock, times: number) {
    this.#clock = clock;
    this.#times = times;
  }

  now(): number {
    return this.#clock.now() / this.#times;
  }

  wall(): number {
    return this.#clock.wall();
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#clock.after(delayMs * this.#times, callback);
  }
}
