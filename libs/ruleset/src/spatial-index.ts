import { columnsOf, type AnyState } from './dynamic.ts';

const CELLS = 64;

/**
 * Finds entities near a point. Built at most once a tick, from the rows in order: it is derived, so it is never saved,
 * and what it answers does not depend on when it was built before.
 */
export class SpatialIndex {
  readonly #state: AnyState;
  readonly #xs: ArrayLike<number>;
  readonly #ys: ArrayLike<number>;
  readonly #bit: number;
  readonly #starts = new Uint32Array(CELLS * CELLS + 1);
  #rows = new Uint32Array(64);
  #cells = new Uint16Array(64);
  #count = 0;
  #builtAt = -1;
  #minX = 0;
  #minY = 0;
  #cellX = 1;
  #cellY = 1;

  constructor(state: AnyState, [component, x, y]: readonly [string, string, string]) {
    const columns = columnsOf(state)[component];
    this.#state = state;
    this.#xs = columns[x];
    this.#ys = columns[y];
    this.#bit = state.bit(component);
  }

  /** Calls for each entity within `radius`, cell by cell and in row order within a cell. */
  near(x: number, y: number, radius: number, visit: (entity: number) => void): void {
    if (this.#builtAt !== this.#state.tick) this.#build();
    const fromX = this.#column((x - radius - this.#minX) / this.#cellX);
    const toX = this.#column((x + radius - this.#minX) / this.#cellX);
    const fromY = this.#column((y - radius - this.#minY) / this.#cellY);
    const toY = this.#column((y + radius - this.#minY) / this.#cellY);
    for (let row = fromY; row <= toY; row++) {
      for (let column = fromX; column <= toX; column++)
        this.#visitCell(row * CELLS + column, x, y, radius, visit);
    }
  }

  #visitCell(cell: number, x: number, y: number, radius: number, visit: (entity: number) => void): void {
    const end = this.#starts[cell + 1] as number;
    for (let at = this.#starts[cell] as number; at < end; at++) {
      const entity = this.#rows[at] as number;
      if (((this.#state.masks[entity] as number) & this.#bit) === 0) continue;
      const dx = (this.#xs[entity] as number) - x;
      const dy = (this.#ys[entity] as number) - y;
      if (dx * dx + dy * dy <= radius * radius) visit(entity);
    }
  }

  #column(value: number): number {
    return value <= 0 ? 0 : value >= CELLS ? CELLS - 1 : Math.floor(value);
  }

  #build(): void {
    this.#builtAt = this.#state.tick;
    this.#measure();
    if (this.#rows.length < this.#count) {
      this.#rows = new Uint32Array(this.#count * 2);
      this.#cells = new Uint16Array(this.#count * 2);
    }
    this.#starts.fill(0);
    let index = 0;
    for (let row = this.#state.next(this.#bit, -1); row >= 0; row = this.#state.next(this.#bit, row)) {
      const column = this.#column(((this.#xs[row] as number) - this.#minX) / this.#cellX);
      const cell = this.#column(((this.#ys[row] as number) - this.#minY) / this.#cellY) * CELLS + column;
      this.#cells[index++] = cell;
      this.#starts[cell + 1] = (this.#starts[cell + 1] as number) + 1;
    }
    this.#place();
  }

  /** Counting sort: starts[c + 1] holds the count of cell c, then its end. */
  #place(): void {
    const starts = this.#starts;
    for (let cell = 1; cell < starts.length; cell++) {
      starts[cell] = (starts[cell] as number) + (starts[cell - 1] as number);
    }
    let index = 0;
    for (let row = this.#state.next(this.#bit, -1); row >= 0; row = this.#state.next(this.#bit, row)) {
      const cell = this.#cells[index++] as number;
      const at = starts[cell] as number;
      this.#rows[at] = row;
      starts[cell] = at + 1;
    }
    for (let cell = starts.length - 1; cell > 0; cell--) starts[cell] = starts[cell - 1] as number;
    starts[0] = 0;
  }

  #measure(): void {
    let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
    this.#count = 0;
    for (let row = this.#state.next(this.#bit, -1); row >= 0; row = this.#state.next(this.#bit, row)) {
      this.#count++;
      const [x, y] = [this.#xs[row] as number, this.#ys[row] as number];
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = Math.max(maxY, y);
    }
    this.#minX = this.#count > 0 ? minX : 0;
    this.#minY = this.#count > 0 ? minY : 0;
    this.#cellX = Math.max(1e-6, (maxX - minX) / CELLS) || 1;
    this.#cellY = Math.max(1e-6, (maxY - minY) / CELLS) || 1;
  }
}
