import type { Clock } from '@overworld/ports';
import { type DueEntry, DueHeap } from './due-heap.ts';

/** What the scheduler drives: a zone, as far as its time goes. */
export interface Ticking {
  /** When it wants to be advanced next, on the scheduler's clock. */
  readonly nextDueMs: number;
  advance(nowMs: number): void;
}

/** A zone whose next tick is far off, or that has none, is looked at as often: it may have changed its mind. */
const IDLE_CHECK_MS = 100;
/** After so long in one go the event loop gets a turn: messages and acknowledgements wait there. */
const SLICE_MS = 8;
const STUCK_PAUSE_MS = 5;

/**
 * One timer for all zones of a process. Each zone keeps its own time base, so that lateness does not add up; the
 * scheduler only has to come by in time. Zones that are due at the same moment are advanced in the order of their due
 * times. A thousand zones cost it little more each than ten: it knows the next one without looking at all.
 */
export class TickScheduler<Item extends Ticking = Ticking> {
  readonly #clock: Clock;
  /** Every zone with its entry in the queue; an entry that is not here any more is of a zone that was removed. */
  readonly #items = new Map<Item, DueEntry<Item>>();
  readonly #queue = new DueHeap<Item>();
  readonly #failed: (item: Item, error: unknown) => void;
  readonly #late: (lateMs: number) => void;
  readonly #collect: (item: Item) => boolean;
  /** Entries whose time has come, in order: what was on its way to them was called in. */
  readonly #due: DueEntry<Item>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #stopped = false;

  /**
   * A zone whose `advance` throws is removed and reported: the others go on. `late` hears how late each one starts. `collect` is
   * called for who is about to be advanced, and has what is on its way to him sent: true when that is there after the next
   * turn of the event loop.
   */
  constructor(
    clock: Clock,
    failed: (item: Item, error: unknown) => void,
    late: (lateMs: number) => void = () => {},
    collect: (item: Item) => boolean = () => false,
  ) {
    this.#clock = clock;
    this.#failed = failed;
    this.#late = late;
    this.#collect = collect;
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: Item): void {
    this.#enqueue(item, Number.NEGATIVE_INFINITY);
    this.#arm();
  }

  /** It is due earlier than it was when it was looked at last. */
  again(item: Item): void {
    const entry = this.#items.get(item);
    // One whose time has come is about to be advanced.
    if (entry !== undefined && !this.#due.includes(entry)) this.add(item);
  }

  remove(item: Item): void {
    this.#items.delete(item);
  }

  stop(): void {
    this.#stopped = true;
    this.#items.clear();
    this.#queue.clear();
    this.#due.length = 0;
    this.#disarm();
  }

  /** Looks at the item again when it is due, and not before the moment given. */
  #enqueue(item: Item, notBeforeMs: number): void {
    const soonMs = this.#clock.now() + IDLE_CHECK_MS;
    const entry = { item, atMs: Math.max(Math.min(item.nextDueMs, soonMs), notBeforeMs) };
    this.#items.set(item, entry);
    this.#queue.push(entry);
  }

  #arm(): void {
    this.#disarm();
    if (this.#stopped || this.#items.size === 0) return;
    if (this.#due.length > 0) {
      this.#immediate = setImmediate(this.#advance);
      return;
    }
    const waitMs = Math.min((this.#first()?.atMs ?? 0) - this.#clock.now(), IDLE_CHECK_MS);
    if (waitMs <= 0) this.#immediate = setImmediate(this.#wake);
    // A tick begins up to a millisecond late: turns of the event loop would be exact, and keep a core busy with waiting.
    else this.#timer = setTimeout(this.#wake, Math.ceil(waitMs));
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  /** The next entry; those of zones that were removed go. */
  #first(): DueEntry<Item> | undefined {
    let { first } = this.#queue;
    while (first !== undefined && this.#items.get(first.item) !== first) {
      this.#queue.pop();
      ({ first } = this.#queue);
    }
    return first;
  }

  readonly #wake = (): void => {
    const nowMs = this.#clock.now();
    let isMoreComing = false;
    for (let next = this.#first(); next !== undefined && next.atMs <= nowMs; next = this.#first()) {
      this.#queue.pop();
      this.#due.push(next);
      if (next.item.nextDueMs <= nowMs && this.#collect(next.item)) isMoreComing = true;
    }
    if (isMoreComing) this.#arm();
    else this.#advance();
  };

  readonly #advance = (): void => {
    const startedMs = this.#clock.now();
    let nowMs = startedMs;
    let count = 0;
    while (count < this.#due.length && nowMs - startedMs < SLICE_MS) {
      const entry = this.#due[count++] as DueEntry<Item>;
      // It may have been removed, or entered anew.
      if (this.#items.get(entry.item) !== entry) continue;
      this.#visit(entry.item, nowMs);
      nowMs = this.#clock.now();
    }
    this.#due.splice(0, count);
    this.#arm();
  };

  #visit(item: Item, nowMs: number): void {
    const dueMs = item.nextDueMs;
    if (dueMs > nowMs) {
      this.#enqueue(item, Number.NEGATIVE_INFINITY);
      return;
    }
    if (Number.isFinite(dueMs)) this.#late(nowMs - dueMs);
    try {
      item.advance(nowMs);
    } catch (error) {
      this.#items.delete(item);
      this.#failed(item, error);
      return;
    }
    if (!this.#items.has(item)) return;
    // One that stays due (it is closing) is looked at again a little later, not in a loop.
    const isStuck = item.nextDueMs <= dueMs;
    this.#enqueue(item, isStuck ? nowMs + STUCK_PAUSE_MS : Number.NEGATIVE_INFINITY);
  }
}
