const SAMPLES = 8;
const SPACING_MS = 250;

/** The rate of a growing total over the last two seconds. */
export class RateMeter {
  readonly #times = new Float64Array(SAMPLES);
  readonly #totals = new Float64Array(SAMPLES);
  #count = 0;

  /** Call it at least once a second; calls closer than a quarter second are skipped. */
  sample(nowMs: number, total: number): void {
    const last = (this.#count + SAMPLES - 1) % SAMPLES;
    if (this.#count > 0 && nowMs - (this.#times[last] as number) < SPACING_MS) return;
    this.#times[this.#count % SAMPLES] = nowMs;
    this.#totals[this.#count % SAMPLES] = total;
    this.#count += 1;
  }

  perSecond(nowMs: number, total: number): number {
    if (this.#count === 0) return 0;
    const oldest = this.#count < SAMPLES ? 0 : this.#count % SAMPLES;
    const elapsedMs = nowMs - (this.#times[oldest] as number);
    return elapsedMs <= 0 ? 0 : ((total - (this.#totals[oldest] as number)) / elapsedMs) * 1000;
  }
}
