const FIRST_CAPACITY = 16;

/**
 * A first-in, first-out queue over a ring that doubles up to `limit` items; past it the oldest item makes room. Unlike
 * a ring of fixed size it costs next to nothing while it is short, which most subscribers' queues are.
 */
export class Fifo<T> {
  readonly limit: number;
  /** Items that were pushed out by newer ones. */
  dropped = 0;
  #items: (T | undefined)[];
  #head = 0;
  #length = 0;

  constructor(limit: number) {
    this.limit = Math.max(1, limit);
    this.#items = new Array<T | undefined>(Math.min(FIRST_CAPACITY, this.limit)).fill(undefined);
  }

  get length(): number {
    return this.#length;
  }

  /** False when an older item was pushed out for it. */
  push(item: T): boolean {
    const isFull = this.#length === this.limit;
    if (isFull) {
      this.shift();
      this.dropped++;
    } else if (this.#length === this.#items.length) {
      this.#grow();
    }
    this.#items[(this.#head + this.#length) % this.#items.length] = item;
    this.#length++;
    return !isFull;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#items.length;
    this.#length--;
    return item;
  }

  clear(): void {
    this.#items = new Array<T | undefined>(Math.min(FIRST_CAPACITY, this.limit)).fill(undefined);
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const old = this.#items;
    const grown = new Array<T | undefined>(Math.min(old.length * 2, this.limit)).fill(undefined);
    for (let index = 0; index < this.#length; index++) grown[index] = old[(this.#head + index) % old.length];
    this.#items = grown;
    this.#head = 0;
  }
}
