import { assert } from './assert.ts';

/**
 * Items by ever-growing sequence number, of which the newest `capacity` are kept. A slot is valid only when the
 * sequence stored in it equals the one asked for, so nothing has to be cleared as the sequence moves on.
 *
 * Source: Glenn Fiedler, "Reliable Ordered Messages" (gafferongames.com), as in the library reliable.io.
 */
export class SequenceBuffer<T> {
  readonly capacity: number;
  #sequences: Float64Array;
  #items: (T | undefined)[];
  #mask: number;

  /** @param capacity a power of two, at most 2^30. */
  constructor(capacity: number) {
    assert(capacity > 0 && capacity <= 0x40000000, 'a sequence buffer has room for 1 to 2^30 items');
    assert((capacity & (capacity - 1)) === 0, 'the capacity of a sequence buffer is a power of two');
    this.capacity = capacity;
    this.#sequences = new Float64Array(capacity).fill(-1);
    this.#items = new Array<T | undefined>(capacity).fill(undefined);
    this.#mask = capacity - 1;
  }

  /**
   * Stores `item`, in place of an older one in the same slot. Returns false and changes nothing when the slot holds a
   * newer sequence. `sequence` is an integer in [0, 2^53 - 1].
   */
  insert(sequence: number, item: T): boolean {
    assert(Number.isSafeInteger(sequence) && sequence >= 0, 'a sequence is an integer in [0, 2^53 - 1]');
    const slot = sequence & this.#mask;
    if ((this.#sequences[slot] as number) > sequence) return false;
    this.#sequences[slot] = sequence;
    this.#items[slot] = item;
    return true;
  }

  find(sequence: number): T | undefined {
    const slot = sequence & this.#mask;
    return this.#sequences[slot] === sequence ? this.#items[slot] : undefined;
  }

  /** Forgets `sequence`; returns whether it was there. */
  remove(sequence: number): boolean {
    const slot = sequence & this.#mask;
    if (this.#sequences[slot] !== sequence || sequence < 0) return false;
    this.#sequences[slot] = -1;
    this.#items[slot] = undefined;
    return true;
  }

  clear(): void {
    this.#sequences.fill(-1);
    this.#items.fill(undefined);
  }
}
