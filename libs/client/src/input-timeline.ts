/** The server executes an input at most this many ticks ahead of where it is. */
const FURTHEST_AHEAD = 9;
/** Gateway and zone gather inputs for some milliseconds before a tick takes them. */
const GATHERING_MS = 12;
const JITTERS = 2;
/** How much faster or slower than the server the timeline may run to come back to its place. */
const SLEW = 0.08;
const JUMP_TICKS = 6;
/** A late input widens the lead at once; it narrows again by so many ticks a second. */
const LATE_STEP_TICKS = 0.5;
const MAX_EXTRA_TICKS = 6;
const NARROWING_PER_SECOND = 0.05;

export interface TimelineAim {
  /** The tick at which something sent now arrives. */
  readonly arrivalTick: number;
  readonly jitterMs: number;
  /** The server's tick now. */
  readonly serverTick: number;
}

/**
 * The tick that the own entity is shown at: ahead of the server by the way there and a margin, so that an input given now
 * arrives just before the tick that it names is executed. It runs smoothly and never goes back, except by a jump.
 */
export class InputTimeline {
  #tickMs: number;
  #tick = 0;
  #lastMs = 0;
  #extraTicks = 0;
  #started = false;

  constructor(tickHz: number) {
    this.#tickMs = 1000 / tickHz;
  }

  /** The current tick, with fraction. */
  get tick(): number {
    return this.#tick;
  }

  /** Ticks of margin added because inputs came late. */
  get extraTicks(): number {
    return this.#extraTicks;
  }

  restart(tickHz: number): void {
    this.#tickMs = 1000 / tickHz;
    this.#started = false;
  }

  /** An input was not executed at the tick that it named. */
  late(): void {
    this.#extraTicks = Math.min(MAX_EXTRA_TICKS, this.#extraTicks + LATE_STEP_TICKS);
  }

  /** Moves on to `nowMs`. Returns false when it had to jump: what was computed ahead is then void. */
  advance(nowMs: number, aim: TimelineAim): boolean {
    const target = this.#target(aim);
    const elapsedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    if (!this.#started) {
      this.#started = true;
      this.#tick = target;
      return false;
    }
    this.#extraTicks = Math.max(0, this.#extraTicks - (NARROWING_PER_SECOND * elapsedMs) / 1000);
    const elapsedTicks = elapsedMs / this.#tickMs;
    const error = target - (this.#tick + elapsedTicks);
    if (Math.abs(error) > JUMP_TICKS) {
      this.#tick = target;
      return false;
    }
    const most = elapsedTicks * SLEW;
    this.#tick += elapsedTicks + Math.max(-most, Math.min(most, error));
    return true;
  }

  #target(aim: TimelineAim): number {
    const marginTicks = (GATHERING_MS + JITTERS * aim.jitterMs) / this.#tickMs;
    const target = aim.arrivalTick + marginTicks + this.#extraTicks;
    return Math.min(target, aim.serverTick + FURTHEST_AHEAD);
  }
}
