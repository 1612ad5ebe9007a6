import { assert, type ByteReader, type ByteWriter, type Hash64, sortTotal } from '@overworld/kernel';
import type { Arena } from './arena.ts';
import type { EntityRef } from './entities.ts';

/** What {@link Timers.popDue} took out last. */
export interface DueTimer {
  readonly kind: number;
  readonly tick: number;
  readonly ref: EntityRef | 0;
  readonly argument: number;
}

const BYTES_PER_TIMER = 36;
const MAX_REF = 4_503_599_627_370_496;

/**
 * Timers as a binary heap in a buffer of their own that grows, in the total order (due tick, sequence of setting):
 * timers of one tick fire in the order in which they were set, on every machine and after every restore.
 *
 * Ids are never reused. They and the heap's layout are no part of the hash, the timers in firing order are.
 */
export class Timers {
  /** The timer taken out by the last successful `popDue`; overwritten by the next. */
  readonly due: DueTimer = { kind: 0, tick: 0, ref: 0, argument: 0 };
  /** The most timers that can be set at a time. */
  readonly max: number;
  readonly #arena: Arena;
  #kinds: Uint32Array = new Uint32Array(0);
  #ticks: Float64Array = new Float64Array(0);
  #sequences: Float64Array = new Float64Array(0);
  #refs: Float64Array = new Float64Array(0);
  #arguments: Float64Array = new Float64Array(0);
  /** [0]: how many are set, [1]: the sequence of the last one. */
  #counters: Float64Array = new Float64Array(2);
  #order: Uint32Array = new Uint32Array(16);
  readonly #compare = (a: number, b: number): number => (this.#isBefore(a, b) ? -1 : 1);

  constructor(arena: Arena, max: number) {
    this.max = max;
    this.#arena = arena;
    arena.register('fixed', 'f64', 2, (array) => {
      this.#counters = array;
    });
    arena.register('timers', 'u32', 1, (array) => {
      this.#kinds = array;
    });
    arena.register('timers', 'f64', 1, (array) => {
      this.#ticks = array;
    });
    arena.register('timers', 'f64', 1, (array) => {
      this.#sequences = array;
    });
    arena.register('timers', 'f64', 1, (array) => {
      this.#refs = array;
    });
    arena.register('timers', 'f64', 1, (array) => {
      this.#arguments = array;
    });
  }

  /** How many timers are set. */
  get size(): number {
    return this.#counters[0] as number;
  }

  /**
   * Sets a timer and returns its id, which is above 0 and never used again; 0 when `max` timers are set.
   *
   * @param kind a u32 that says what to do.
   * @param dueTick the tick from which on `popDue` returns it; one in the past is due at once.
   * @param ref the entity concerned, or 0. It may be stale by the time the timer fires: `resolve` it then.
   * @param argument any number but NaN.
   */
  set(kind: number, dueTick: number, ref: EntityRef | 0, argument: number): number {
    assert(Number.isSafeInteger(dueTick) && dueTick >= 0, 'a timer is due at a tick');
    assert(
      kind >>> 0 === kind && !Number.isNaN(argument),
      'a timer has a u32 kind and an argument that is no NaN',
    );
    const { size } = this;
    if (size === this.max) return 0;
    if (size === this.#ticks.length) this.#arena.grow('timers', Math.min(size * 2, this.max));
    const sequence = (this.#counters[1] as number) + 1;
    this.#counters[1] = sequence;
    this.#counters[0] = size + 1;
    this.#place(size, kind, dueTick, sequence, ref, argument);
    this.#siftUp(size);
    return sequence;
  }

  /** Takes a timer out before it fires. False when the id is not (or no longer) set. Time grows with `size`. */
  cancel(timerId: number): boolean {
    const { size } = this;
    const index = timerId > 0 ? this.#sequences.indexOf(timerId) : -1;
    if (index < 0 || index >= size) return false;
    this.#removeAt(index);
    return true;
  }

  /**
   * Takes a timer of this kind about this entity out before it fires. False when none is set. For state that must not hold
   * ids, which depend on how it came about. Time grows with `size`.
   */
  cancelOf(kind: number, ref: EntityRef): boolean {
    for (let index = 0; index < this.size; index++) {
      if (this.#refs[index] !== ref || this.#kinds[index] !== kind) continue;
      this.#removeAt(index);
      return true;
    }
    return false;
  }

  /**
   * Takes the next timer that is due at `tick` out into `due`; false when none is. A loop over it also meets timers
   * that are set inside of the loop: those have to be due after `tick`, or the loop does not end.
   */
  popDue(tick: number): boolean {
    if (this.size === 0 || (this.#ticks[0] as number) > tick) return false;
    const due = this.due as { -readonly [K in keyof DueTimer]: DueTimer[K] };
    due.kind = this.#kinds[0] as number;
    due.tick = this.#ticks[0] as number;
    due.ref = this.#refs[0] as EntityRef | 0;
    due.argument = this.#arguments[0] as number;
    this.#removeAt(0);
    return true;
  }

  /** The tick at which the next timer is due, or -1 when none is set. */
  get nextTick(): number {
    return this.size === 0 ? -1 : (this.#ticks[0] as number);
  }

  hashInto(hash: Hash64): void {
    const { size } = this;
    const order = this.#inOrder();
    hash.u32(size);
    for (let rank = 0; rank < size; rank++) {
      const index = order[rank] as number;
      hash.u32(this.#kinds[index] as number);
      hash.f64(this.#ticks[index] as number);
      hash.f64(this.#refs[index] as number);
      hash.f64(this.#arguments[index] as number);
    }
  }

  write(writer: ByteWriter): void {
    const { size } = this;
    const order = this.#inOrder();
    writer.f64(this.#counters[1] as number);
    writer.u32(size);
    for (let rank = 0; rank < size; rank++) {
      const index = order[rank] as number;
      writer.u32(this.#kinds[index] as number);
      writer.f64(this.#ticks[index] as number);
      writer.f64(this.#sequences[index] as number);
      writer.f64(this.#refs[index] as number);
      writer.f64(this.#arguments[index] as number);
    }
  }

  /** Reads into an empty heap. What `write` wrote is sorted, and a sorted array is a heap. */
  read(reader: ByteReader): void {
    const last = reader.f64();
    const size = reader.u32();
    if (!isCount(last) || size > this.max || size * BYTES_PER_TIMER > reader.remaining) {
      reader.fail();
      return;
    }
    let grown = this.#ticks.length;
    while (grown < size) grown = Math.min(grown * 2, this.max);
    if (grown > this.#ticks.length) this.#arena.grow('timers', grown);
    this.#counters[1] = last;
    for (let index = 0; index < size && !reader.failed; index++) this.#readOne(reader, index, last);
    this.#counters[0] = reader.failed ? 0 : size;
  }

  #readOne(reader: ByteReader, index: number, last: number): void {
    const kind = reader.u32();
    const tick = reader.f64();
    const sequence = reader.f64();
    const ref = reader.f64();
    const argument = reader.f64();
    this.#place(index, kind, tick, sequence, ref, argument);
    const inRange = isCount(tick) && isCount(sequence) && sequence > 0 && sequence <= last;
    const valid = inRange && isCount(ref) && ref <= MAX_REF && !Number.isNaN(argument);
    if (!valid || (index > 0 && !this.#isBefore(index - 1, index))) reader.fail();
  }

  #inOrder(): Uint32Array {
    const { size } = this;
    if (this.#order.length < size) this.#order = new Uint32Array(this.#ticks.length);
    for (let index = 0; index < size; index++) this.#order[index] = index;
    sortTotal(this.#order, size, this.#compare);
    return this.#order;
  }

  #isBefore(a: number, b: number): boolean {
    const tickA = this.#ticks[a] as number;
    const tickB = this.#ticks[b] as number;
    if (tickA !== tickB) return tickA < tickB;
    return (this.#sequences[a] as number) < (this.#sequences[b] as number);
  }

  #place(index: number, kind: number, tick: number, sequence: number, ref: number, argument: number): void {
    this.#kinds[index] = kind;
    this.#ticks[index] = tick;
    this.#sequences[index] = sequence;
    this.#refs[index] = ref;
    this.#arguments[index] = argument;
  }

  #removeAt(index: number): void {
    const last = this.size - 1;
    this.#swap(index, last);
    this.#place(last, 0, 0, 0, 0, 0);
    this.#counters[0] = last;
    if (index === last) return;
    this.#siftDown(index);
    this.#siftUp(index);
  }

  #siftUp(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#isBefore(parent, index)) return;
      this.#swap(parent, index);
      index = parent;
    }
  }

  #siftDown(from: number): void {
    const { size } = this;
    let index = from;
    for (let child = 2 * index + 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && this.#isBefore(child + 1, child)) child++;
      if (this.#isBefore(index, child)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #swap(a: number, b: number): void {
    swapItems(this.#kinds, a, b);
    swapItems(this.#ticks, a, b);
    swapItems(this.#sequences, a, b);
    swapItems(this.#refs, a, b);
    swapItems(this.#arguments, a, b);
  }
}

function swapItems(array: Uint32Array | Float64Array, a: number, b: number): void {
  const item = array[a] as number;
  array[a] = array[b] as number;
  array[b] = item;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
