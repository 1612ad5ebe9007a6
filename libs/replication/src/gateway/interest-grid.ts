const BUCKETS = 4096;
const NONE = -1;
const MAX_CELL = 2 ** 30;

/**
 * Rows by the square cell they are in: cells hash to a fixed number of buckets, each a linked list over typed arrays,
 * so that the world has no border and moving a row allocates nothing. One more list holds the rows without a place.
 */
export class InterestGrid {
  readonly #cellSize: number;
  readonly #heads = new Int32Array(BUCKETS + 1).fill(NONE);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  #bucketOf = new Int32Array(0);

  constructor(cellSize: number) {
    this.#cellSize = cellSize;
  }

  grow(rows: number): void {
    const from = this.#next.length;
    if (rows <= from) return;
    const [next, previous] = [new Int32Array(rows), new Int32Array(rows)];
    const bucketOf = new Int32Array(rows).fill(NONE);
    next.set(this.#next);
    previous.set(this.#previous);
    bucketOf.set(this.#bucketOf);
    this.#next = next;
    this.#previous = previous;
    this.#bucketOf = bucketOf;
  }

  place(row: number, x: number, y: number): void {
    this.#move(row, this.#bucket(this.#cell(x), this.#cell(y)));
  }

  placeNowhere(row: number): void {
    this.#move(row, BUCKETS);
  }

  remove(row: number): void {
    const bucket = this.#bucketOf[row] as number;
    if (bucket === NONE) return;
    const next = this.#next[row] as number;
    const previous = this.#previous[row] as number;
    if (previous === NONE) this.#heads[bucket] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    this.#bucketOf[row] = NONE;
  }

  /**
   * Writes the rows of all cells that a circle touches to `out`, and the rows without a place, and returns how many;
   * at most as many as fit. There are rows outside of the circle among them, and a row may come twice.
   */
  gather(x: number, y: number, radius: number, out: Uint16Array): number {
    let count = this.#gatherBucket(BUCKETS, out, 0);
    const [left, right] = [this.#cell(x - radius), this.#cell(x + radius)];
    const [top, bottom] = [this.#cell(y - radius), this.#cell(y + radius)];
    for (let cellY = top; cellY <= bottom; cellY++) {
      for (let cellX = left; cellX <= right; cellX++) {
        count = this.#gatherBucket(this.#bucket(cellX, cellY), out, count);
      }
    }
    return count;
  }

  #gatherBucket(bucket: number, out: Uint16Array, from: number): number {
    let count = from;
    for (let row = this.#heads[bucket] as number; row !== NONE; row = this.#next[row] as number) {
      if (count < out.length) out[count++] = row;
    }
    return count;
  }

  /** Bounded, so that a place from a damaged message cannot make a loop over cells endless. NaN is cell 0. */
  #cell(coordinate: number): number {
    const cell = Math.floor(coordinate / this.#cellSize);
    return cell > MAX_CELL ? MAX_CELL : cell < -MAX_CELL ? -MAX_CELL : cell | 0;
  }

  #move(row: number, bucket: number): void {
    if (this.#bucketOf[row] === bucket) return;
    this.remove(row);
    const head = this.#heads[bucket] as number;
    this.#next[row] = head;
    this.#previous[row] = NONE;
    if (head !== NONE) this.#previous[head] = row;
    this.#heads[bucket] = row;
    this.#bucketOf[row] = bucket;
  }

  #bucket(cellX: number, cellY: number): number {
    return ((Math.imul(cellX, 0x9e3779b1) ^ Math.imul(cellY, 0x85ebca6b)) >>> 16) & (BUCKETS - 1);
  }
}
