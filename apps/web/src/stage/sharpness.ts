const LOOK_MS = 1_500;
const SLOW_FPS = 32;
const FAST_FPS = 55;
const LEAST = 0.5;
const STEP = 0.8;

/** Draws fewer pixels on machines that cannot keep up, and more again when they can. */
export class Sharpness {
  readonly #most: number;
  #ratio: number;
  #pictures = 0;
  #sinceMs = 0;
  /** Going up again has failed before: it is tried less often each time. */
  #patience = 1;
  #fastLooks = 0;

  /** @param most pixels for each CSS pixel at best. */
  constructor(most: number) {
    this.#most = most;
    this.#ratio = most;
  }

  get ratio(): number {
    return this.#ratio;
  }

  /** Counts a picture; true when the ratio has changed. */
  drawn(nowMs: number): boolean {
    this.#pictures += 1;
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < LOOK_MS) return false;
    const fps = (this.#pictures * 1000) / elapsedMs;
    this.#pictures = 0;
    this.#sinceMs = nowMs;
    // A page that was in the background says nothing about the machine.
    if (elapsedMs > LOOK_MS * 4) return false;
    return this.#judge(fps);
  }

  #judge(fps: number): boolean {
    const before = this.#ratio;
    this.#fastLooks = fps > FAST_FPS ? this.#fastLooks + 1 : 0;
    if (fps < SLOW_FPS) {
      this.#ratio = Math.max(LEAST, before * STEP);
      this.#patience *= 2;
    } else if (this.#fastLooks >= this.#patience * 2) {
      this.#ratio = Math.min(this.#most, before / STEP);
      this.#fastLooks = 0;
    }
    return this.#ratio !== before;
  }
}
