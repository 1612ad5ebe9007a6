/** The time in which a correction's visible part falls to a third, milliseconds. */
const DECAY_MS = 45;
/** Past this distance a correction is shown at once: it is a teleport, not an error. */
const SNAP_DISTANCE = 4;
const SETTLED = 1e-4;

/**
 * The distance between where the own entity was drawn and where it is since a correction. It decays smoothly, to a tenth
 * in about 100 ms, so that a correction never shows as a jump. One number for each axis.
 */
export class VisualOffset {
  readonly #axes: Float64Array;

  constructor(axes: number) {
    this.#axes = new Float64Array(axes);
  }

  axis(index: number): number {
    return this.#axes[index] ?? 0;
  }

  get length(): number {
    let square = 0;
    for (const value of this.#axes) square += value * value;
    return Math.sqrt(square);
  }

  /** The drawn position was `before` and would now be `after`. Returns the distance. */
  shift(before: Float64Array, after: Float64Array): number {
    let square = 0;
    for (let index = 0; index < this.#axes.length; index++) {
      const moved = (before[index] as number) - (after[index] as number);
      square += moved * moved;
      this.#axes[index] = (this.#axes[index] as number) + moved;
    }
    if (this.length > SNAP_DISTANCE) this.clear();
    return Math.sqrt(square);
  }

  decay(elapsedMs: number): void {
    const left = Math.exp(-Math.max(0, elapsedMs) / DECAY_MS);
    for (let index = 0; index < this.#axes.length; index++) {
      const value = (this.#axes[index] as number) * left;
      this.#axes[index] = Math.abs(value) < SETTLED ? 0 : value;
    }
  }

  clear(): void {
    this.#axes.fill(0);
  }
}
