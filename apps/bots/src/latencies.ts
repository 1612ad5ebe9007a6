/** Counts by half a millisecond up to two minutes: percentiles at a fixed size, which add up over processes. */
const STEP_MS = 0.5;
const FINE_STEPS = 4_000;
const COARSE_MS = 50;
const COARSE_STEPS = 2_400;

export class Latencies {
  #counts: number[] = new Array(FINE_STEPS + COARSE_STEPS).fill(0);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const fine = Math.floor(ms / STEP_MS);
    const coarse = Math.min(COARSE_STEPS - 1, Math.floor((ms - FINE_STEPS * STEP_MS) / COARSE_MS));
    const index = fine < FINE_STEPS ? Math.max(0, fine) : FINE_STEPS + coarse;
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#count += 1;
  }

  /** The upper edge of the step that the percentile (0 to 1) falls into, milliseconds; 0 without a sample. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(this.#count * share));
    let seen = 0;
    for (let index = 0; index < this.#counts.length && this.#count > 0; index++) {
      seen += this.#counts[index] as number;
      if (seen >= wanted) return Latencies.#upperEdge(index);
    }
    return 0;
  }

  static #upperEdge(index: number): number {
    if (index < FINE_STEPS) return (index + 1) * STEP_MS;
    return FINE_STEPS * STEP_MS + (index - FINE_STEPS + 1) * COARSE_MS;
  }

  /** The steps that are not empty, for another process. */
  pack(): [index: number, count: number][] {
    return [...this.#counts.entries()].filter(([, count]) => count > 0);
  }

  merge(packed: readonly (readonly [index: number, count: number])[]): void {
    for (const [index, count] of packed) {
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
      this.#count += count;
    }
  }
}
