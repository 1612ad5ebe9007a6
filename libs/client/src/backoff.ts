export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

export const RECONNECT_LIMITS: BackoffLimits = { baseMs: 250, capMs: 5_000 };

/**
 * Exponential backoff with full jitter: each delay is drawn evenly from zero to a ceiling that doubles up to `capMs`,
 * so that the clients of a server that died do not come back in step.
 *
 * Source: Marc Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #attempts = 0;

  constructor(random: () => number, limits: BackoffLimits = RECONNECT_LIMITS) {
    this.#random = random;
    this.#limits = limits;
  }

  /** Delays handed out since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds to wait before the next attempt; at least `atLeastMs`, which the server may have asked for. */
  next(atLeastMs = 0): number {
    const doublings = Math.min(this.#attempts, 30);
    const ceiling = Math.min(this.#limits.capMs, this.#limits.baseMs * (1 << doublings));
    this.#attempts += 1;
    return Math.max(0, atLeastMs) + this.#random() * ceiling;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
