/** Holds things until they are taken; past its limit the oldest go, and are counted. */
export class BoundedQueue<T> {
  readonly #limit: number;
  #items: T[] = [];
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#items.length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): void {
    if (this.#items.length >= this.#limit) {
      this.#items.shift();
      this.#dropped++;
    }
    this.#items.push(item);
  }

  /** All of it, oldest first; the queue is empty afterwards. */
  take(): T[] {
    const items = this.#items;
    if (items.length > 0) this.#items = [];
    return items;
  }
}
