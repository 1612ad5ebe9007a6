import type { Clock } from '@overworld/ports';

/** What the scheduler drives: a zone, as far as its time goes. */
export interface Ticking {
  /** When it wants to be advanced next, on the scheduler's clock. */
  readonly nextDueMs: number;
  advance(nowMs: number): void;
}

const IDLE_CHECK_MS = 100;
/** Timers fire up to about a millisecond late: the last part is waited for in turns of the event loop. */
const TIMER_LATENESS_MS = 1.2;
/** Waiting in turns costs a core its idle time: worth it for the few ticks of a few zones. */
const MAX_PRECISE = 8;
/** After so long in one go the event loop gets a turn: messages and acknowledgements wait there. */
const SLICE_MS = 8;
const STUCK_PAUSE_MS = 5;

/**
 * One timer for all zones of a process. Each zone keeps its own time base, so that lateness does not add up; the
 * scheduler only has to come by in time. Zones that are due at the same moment are advanced in the order of their due
 * times.
 */
export class TickScheduler {
  readonly #clock: Clock;
  /** Every zone with the earliest moment at which it is looked at again. */
  readonly #items = new Map<Ticking, number>();
  readonly #failed: (item: Ticking, error: unknown) => void;
  readonly #late: (lateMs: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #stopped = false;

  /** A zone whose `advance` throws is removed and reported: the others go on. `late` hears how late each one starts. */
  constructor(
    clock: Clock,
    failed: (item: Ticking, error: unknown) => void,
    late: (lateMs: number) => void = () => {},
  ) {
    this.#clock = clock;
    this.#failed = failed;
    this.#late = late;
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: Ticking): void {
    this.#items.set(item, Number.NEGATIVE_INFINITY);
    this.#arm();
  }

  remove(item: Ticking): void {
    this.#items.delete(item);
  }

  stop(): void {
    this.#stopped = true;
    this.#items.clear();
    this.#disarm();
  }

  #arm(): void {
    this.#disarm();
    if (this.#stopped || this.#items.size === 0) return;
    const waitMs = Math.min(this.#nextDueMs() - this.#clock.now(), IDLE_CHECK_MS);
    const isPrecise = this.#items.size <= MAX_PRECISE;
    if (waitMs <= 0 || (isPrecise && waitMs < TIMER_LATENESS_MS)) {
      this.#immediate = setImmediate(() => this.#wake());
    } else {
      const earlyMs = isPrecise ? TIMER_LATENESS_MS : 0;
      this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.floor(waitMs - earlyMs)));
    }
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #wake(): void {
    const startedMs = this.#clock.now();
    let nowMs = startedMs;
    for (let item = this.#mostOverdue(nowMs); item !== undefined; item = this.#mostOverdue(nowMs)) {
      this.#advance(item, nowMs);
      nowMs = this.#clock.now();
      if (nowMs - startedMs >= SLICE_MS) break;
    }
    this.#arm();
  }

  #advance(item: Ticking, nowMs: number): void {
    const dueMs = item.nextDueMs;
    if (Number.isFinite(dueMs)) this.#late(nowMs - dueMs);
    try {
      item.advance(nowMs);
    } catch (error) {
      this.#items.delete(item);
      this.#failed(item, error);
      return;
    }
    // One that stays due (it is closing) is looked at again a little later, not in a loop.
    if (item.nextDueMs <= dueMs && this.#items.has(item)) this.#items.set(item, nowMs + STUCK_PAUSE_MS);
  }

  #nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const [item, notBeforeMs] of this.#items)
      next = Math.min(next, Math.max(item.nextDueMs, notBeforeMs));
    return next;
  }

  #mostOverdue(nowMs: number): Ticking | undefined {
    let found: Ticking | undefined;
    for (const [item, notBeforeMs] of this.#items) {
      if (item.nextDueMs > nowMs || notBeforeMs > nowMs) continue;
      if (found === undefined || item.nextDueMs < found.nextDueMs) found = item;
    }
    return found;
  }
}
