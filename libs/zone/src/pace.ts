import { assert } from '@overworld/kernel';

export interface PaceOptions {
  readonly tickHz: number;
  /** How many ticks one `due` may ask for; the rest of a delay is time that the zone loses. */
  readonly maxCatchUpTicks: number;
}

/**
 * When ticks are due. Tick n is due at `origin + n * tickMs`, computed without accumulating, so that late calls do not
 * drift. A delay beyond the catch-up bound moves the origin: the zone's time runs slower than the wall's (dilation).
 */
export class Pace {
  readonly tickMs: number;
  readonly #maxCatchUpTicks: number;
  #originMs = 0;
  #executed = 0;

  constructor(options: PaceOptions) {
    assert(options.maxCatchUpTicks >= 1, 'at least the tick that is due is executed');
    this.tickMs = 1000 / options.tickHz;
    this.#maxCatchUpTicks = options.maxCatchUpTicks;
  }

  /**
   * The first tick is due at once, so that a zone that changes hands pauses no longer than it must; those after it lie on a
   * raster of ticks over the clock, which `phase` in [0, 1) shifts against those of other zones.
   */
  start(nowMs: number, phase = 0): void {
    const shiftMs = phase * this.tickMs;
    this.#originMs = Math.floor((nowMs - shiftMs) / this.tickMs) * this.tickMs + shiftMs;
    this.#executed = 0;
  }

  get nextDueMs(): number {
    return this.#originMs + this.#executed * this.tickMs;
  }

  /** The next tick is due at once, and those after it follow from there: for a zone whose time nobody sees go faster. */
  hasten(nowMs: number): void {
    this.#originMs -= Math.max(0, this.nextDueMs - nowMs);
  }

  /** How many ticks to execute now: 0 to the catch-up bound. Call `dilate` first to give up what is beyond it. */
  due(nowMs: number): number {
    return Math.min(this.#behind(nowMs), this.#maxCatchUpTicks);
  }

  /** Gives up the ticks beyond the catch-up bound; returns how many. */
  dilate(nowMs: number): number {
    const lost = Math.max(0, this.#behind(nowMs) - this.#maxCatchUpTicks);
    this.#originMs += lost * this.tickMs;
    return lost;
  }

  executed(): void {
    this.#executed += 1;
  }

  /** Gives up every tick that is due: the zone stands still. Returns how many. */
  skip(nowMs: number): number {
    const lost = this.#behind(nowMs);
    this.#originMs += lost * this.tickMs;
    return lost;
  }

  #behind(nowMs: number): number {
    return nowMs < this.nextDueMs ? 0 : Math.floor((nowMs - this.nextDueMs) / this.tickMs) + 1;
  }
}
