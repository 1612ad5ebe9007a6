const WINDOW = 128;

/** How long the last ticks took: percentiles over a window, and the share of the time that they take. */
export class Durations {
  readonly #window = new Float64Array(WINDOW);
  #count = 0;
  #smoothedMs = 0;

  add(durationMs: number): void {
    this.#window[this.#count % WINDOW] = durationMs;
    this.#count += 1;
    this.#smoothedMs += (durationMs - this.#smoothedMs) / Math.min(this.#count, 32);
  }

  /** Milliseconds; `share` in [0, 1]. 0 before the first. */
  percentile(share: number): number {
    const size = Math.min(this.#count, WINDOW);
    if (size === 0) return 0;
    const sorted = this.#window.slice(0, size).sort();
    return sorted[Math.min(size - 1, Math.floor(share * size))] as number;
  }

  get smoothedMs(): number {
    return this.#smoothedMs;
  }
}
