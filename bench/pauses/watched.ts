export interface PlayersSetting {
  readonly port: number;
  readonly players: number;
  readonly world: string;
}

/** What one player has seen since all of them were asked last. */
export interface Watched {
  /** The longest time between two frames, milliseconds; one that has not come yet counts, too. */
  readonly gapMs: number;
  /** Of the newest frame. */
  readonly epoch: number;
  readonly isClosed: boolean;
}

/** The longest time between two of the moments that it is told of. */
export class GapWatch {
  #lastMs = performance.now();
  #gapMs = 0;

  saw(): void {
    const nowMs = performance.now();
    this.#gapMs = Math.max(this.#gapMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  /** Since it was taken last. What has not ended yet counts, too. */
  takeMs(): number {
    const gapMs = Math.max(this.#gapMs, performance.now() - this.#lastMs);
    this.#gapMs = 0;
    return gapMs;
  }
}
