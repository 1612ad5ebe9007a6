import { columnsOf, type AnyState } from './dynamic.ts';

const CELLS = 64;

/**
 * Finds entities near a point. Built at most once a tick, from the rows in order: it is derived, so it is never saved,
 * and what it answers does not depend on when it was built before.
 */
export class SpatialIndex {
  readonly #state: AnyState;
  readonly #component: string;
  readonly #x: string;
  readonly #y: string;
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

  constructor(state: AnyState, position: readonly [string, string, string]) {
    this.#state = state;
    [this.#component, this.#x, this.#y] = position;
    this.#bit = state.bit(this.#component);
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
      const columns = columnsOf(this.#state)[this.#component];
      const dx = columns[this.#x][entity] - x;
      const dy = columns[this.#y][entity] - y;
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
    const xs = columnsOf(this.#state)[this.#component][this.#x];
    const ys = columnsOf(this.#state)[this.#component][this.#y];
    this.#starts.fill(0);
    let index = 0;
    for (let row = this.#state.next(this.#bit, -1); row >= 0; row = this.#state.next(this.#bit, row)) {
      const column = this.#column((xs[row] - this.#minX) / this.#cellX);
      const cell = this.#column((ys[row] - this.#minY) / this.#cellY) * CELLS + column;
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
    const xs = columnsOf(this.#state)[this.#component][this.#x];
    const ys = columnsOf(this.#state)[this.#component][this.#y];
    let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
    this.#count = 0;
    for (let row = this.#state.next(this.#bit, -1); row >= 0; row = this.#state.next(this.#bit, row)) {
      this.#count++;
      minX = Math.min(minX, xs[row]);
      maxX = Math.max(maxX, xs[row]);
      minY = Math.min(minY, ys[row]);
      maxY = Math.max(maxY, ys[row]);
    }
    this.#minX = this.#count > 0 ? minX : 0;
    this.#minY = this.#count > 0 ? minY : 0;
    this.#cellX = Math.max(1e-6, (maxX - minX) / CELLS) || 1;
    this.#cellY = Math.max(1e-6, (maxY - minY) / CELLS) || 1;
  }
}
