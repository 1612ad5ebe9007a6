const ROWS = 65_536;

/** Records of one message, grouped into runs of one mask, rows (or slots) in order. The memory is kept. */
export class RunList {
  #keys = new Float64Array(0);
  #length = 0;

  grow(rows: number): void {
    if (rows <= this.#keys.length) return;
    const keys = new Float64Array(rows);
    keys.set(this.#keys);
    this.#keys = keys;
  }

  clear(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  push(row: number, mask: number): void {
    this.#keys[this.#length++] = mask * ROWS + row;
  }

  sort(): void {
    if (this.#length > 1) this.#keys.subarray(0, this.#length).sort();
  }

  row(index: number): number {
    return (this.#keys[index] as number) % ROWS;
  }

  mask(index: number): number {
    return Math.floor((this.#keys[index] as number) / ROWS);
  }

  /** One past the last record of the run that begins at `index`. */
  runEnd(index: number): number {
    const mask = this.mask(index);
    let end = index + 1;
    while (end < this.#length && this.mask(end) === mask) end++;
    return end;
  }

  get runCount(): number {
    let count = 0;
    for (let index = 0; index < this.#length; index = this.runEnd(index)) count++;
    return count;
  }
}
