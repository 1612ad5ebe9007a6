/** Something that waits for a moment. */
export interface DueEntry<Item> {
  readonly item: Item;
  /** When it is looked at, on the caller's clock. */
  readonly atMs: number;
}

/** A binary heap by moment: the earliest first, in a time that grows with the logarithm of how many wait. */
export class DueHeap<Item> {
  readonly #entries: DueEntry<Item>[] = [];

  get first(): DueEntry<Item> | undefined {
    return this.#entries[0];
  }

  clear(): void {
    this.#entries.length = 0;
  }

  push(entry: DueEntry<Item>): void {
    const entries = this.#entries;
    let hole = entries.length;
    entries.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = entries[parent] as DueEntry<Item>;
      if (above.atMs <= entry.atMs) break;
      entries[hole] = above;
      hole = parent;
    }
    entries[hole] = entry;
  }

  /** Takes the first one out. */
  pop(): DueEntry<Item> | undefined {
    const [first] = this.#entries;
    const last = this.#entries.pop();
    if (first !== undefined && last !== undefined && first !== last) this.#sink(last);
    return first;
  }

  #sink(entry: DueEntry<Item>): void {
    const entries = this.#entries;
    const { length } = entries;
    let hole = 0;
    for (let child = 1; child < length; child = hole * 2 + 1) {
      const right = child + 1;
      if (right < length && this.#at(right) < this.#at(child)) child = right;
      if (this.#at(child) >= entry.atMs) break;
      entries[hole] = entries[child] as DueEntry<Item>;
      hole = child;
    }
    entries[hole] = entry;
  }

  #at(index: number): number {
    return (this.#entries[index] as DueEntry<Item>).atMs;
  }
}
