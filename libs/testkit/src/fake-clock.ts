import type { Clock } from '@overworld/ports';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  active: boolean;
}

/** Lets every promise that can go on do so: a turn of the event loop ends only when no microtask is left. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Time that stands still until a test moves it. Timers run in order of their due time, then of their creation.
 * `wall()` starts at a fixed date and follows `now()`; `jumpWall` moves it alone, as an operator or NTP would.
 */
export class FakeClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  /** A binary heap, the next one to fire first. Cancelled timers stay in it until their turn comes. */
  readonly #timers: Timer[] = [];

  constructor(options: { wallMs?: number } = {}) {
    this.#wallOffsetMs = options.wallMs ?? 1_700_000_000_000;
  }

  now(): number {
    return this.#nowMs;
  }

  wall(): number {
    return Math.floor(this.#wallOffsetMs + this.#nowMs);
  }

  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback, active: true };
    this.#push(timer);
    return () => {
      timer.active = false;
    };
  }

  /** When the next timer is due; Infinity without one. */
  nextTimerMs(): number {
    return this.#next()?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Moves time without letting promises go on in between; due timers run. */
  jump(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let timer = this.#next(); timer && timer.dueMs <= untilMs; timer = this.#next()) this.#fire(timer);
    this.#nowMs = untilMs;
  }

  /** Moves time timer by timer and lets promises go on after each one. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settle();
    for (let timer = this.#next(); timer && timer.dueMs <= untilMs; timer = this.#next()) {
      this.#fire(timer);
      await settle();
    }
    this.#nowMs = untilMs;
    await settle();
  }

  #next(): Timer | undefined {
    while (this.#timers[0]?.active === false) this.#pop();
    return this.#timers[0];
  }

  #fire(timer: Timer): void {
    this.#pop();
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.active = false;
    timer.callback();
  }

  #push(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, timers[parent] as Timer)) break;
      timers[at] = timers[parent] as Timer;
      at = parent;
    }
    timers[at] = timer;
  }

  #pop(): void {
    const timers = this.#timers;
    const last = timers.pop() as Timer;
    if (timers.length === 0) return;
    let at = 0;
    for (let child = 1; child < timers.length; child = at * 2 + 1) {
      const right = child + 1;
      if (right < timers.length && isBefore(timers[right] as Timer, timers[child] as Timer)) child = right;
      if (!isBefore(timers[child] as Timer, last)) break;
      timers[at] = timers[child] as Timer;
      at = child;
    }
    timers[at] = last;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order);
}

/** The host's own time, for fakes that are used without a fake clock. */
export function hostClock(): Clock {
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}
