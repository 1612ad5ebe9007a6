import { CELLS, type ForestMap, type Point } from './forest-map.ts';

const STRAIGHT = 10;
const DIAGONAL = 14;
/** Work is bounded in cells, never in time: the same search gives the same answer on every machine. */
const MAX_EXPANSIONS = 1500;
const MAX_CACHED = 4096;
const NONE: readonly number[] = [];

const STEPS: readonly (readonly [dx: number, dy: number, cost: number])[] = [
  [1, 0, STRAIGHT],
  [-1, 0, STRAIGHT],
  [0, 1, STRAIGHT],
  [0, -1, STRAIGHT],
  [1, 1, DIAGONAL],
  [-1, 1, DIAGONAL],
  [1, -1, DIAGONAL],
  [-1, -1, DIAGONAL],
];

/**
 * A* over the map's cells (Hart, Nilsson and Raphael, 1968), shortened to the corners one has to turn at. A path is a
 * pure function of map, start and goal, so the cache changes no result.
 */
export class PathFinder {
  readonly #map: ForestMap;
  readonly #cache = new Map<number, readonly number[]>();
  readonly #cost = new Int32Array(CELLS * CELLS);
  readonly #from = new Int32Array(CELLS * CELLS);
  readonly #stamp = new Int32Array(CELLS * CELLS);
  readonly #closed = new Int32Array(CELLS * CELLS);
  #search = 0;
  /** Binary heap of open cells, keyed by estimate, then by cell: a total order. */
  #heap: number[] = [];

  constructor(map: ForestMap) {
    this.#map = map;
  }

  /** Cells to walk to in turn, the goal last; empty when there is no way or none within the work budget. */
  find(start: number, goal: number): readonly number[] {
    const key = start * CELLS * CELLS + goal;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const path = this.#shorten(start, this.#run(start, goal));
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(key, path);
    return path;
  }

  /** Cells to walk to from a point that need not be a cell's centre: that centre comes first when a tree is in the way. */
  route(from: Point, to: Point): readonly number[] {
    const start = this.#map.cellOf(from.x, from.y);
    const path = this.find(start, this.#map.cellOf(to.x, to.y));
    const first = path[0];
    if (first === undefined || this.#map.isClear(from, this.#map.centreOf(first))) return path;
    return [start, ...path];
  }

  #estimate(cell: number, goal: number): number {
    const dx = Math.abs((cell % CELLS) - (goal % CELLS));
    const dy = Math.abs(Math.floor(cell / CELLS) - Math.floor(goal / CELLS));
    return STRAIGHT * (dx + dy) + (DIAGONAL - 2 * STRAIGHT) * Math.min(dx, dy);
  }

  #run(start: number, goal: number): readonly number[] {
    if (this.#map.blocked[goal] === 1 || start === goal) return NONE;
    this.#search++;
    this.#heap = [];
    this.#open(start, -1, 0, goal);
    for (let expansions = 0; expansions < MAX_EXPANSIONS && this.#heap.length > 0; expansions++) {
      const cell = this.#pop();
      if (cell === goal) return this.#trace(start, goal);
      if (this.#closed[cell] === this.#search) continue;
      this.#closed[cell] = this.#search;
      this.#expand(cell, goal);
    }
    return NONE;
  }

  #expand(cell: number, goal: number): void {
    const column = cell % CELLS;
    const row = Math.floor(cell / CELLS);
    const { blocked } = this.#map;
    for (const [dx, dy, cost] of STEPS) {
      const [x, y] = [column + dx, row + dy];
      if (x < 0 || y < 0 || x >= CELLS || y >= CELLS || blocked[y * CELLS + x] === 1) continue;
      const cutsCorner =
        dx !== 0 && dy !== 0 && (blocked[row * CELLS + x] === 1 || blocked[y * CELLS + column] === 1);
      if (!cutsCorner) this.#open(y * CELLS + x, cell, (this.#cost[cell] as number) + cost, goal);
    }
  }

  #open(cell: number, from: number, cost: number, goal: number): void {
    if (this.#stamp[cell] === this.#search && (this.#cost[cell] as number) <= cost) return;
    this.#stamp[cell] = this.#search;
    this.#cost[cell] = cost;
    this.#from[cell] = from;
    this.#push((cost + this.#estimate(cell, goal)) * CELLS * CELLS + cell);
  }

  #push(key: number): void {
    const heap = this.#heap;
    let at = heap.push(key) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as number) <= key) break;
      heap[at] = heap[parent] as number;
      at = parent;
    }
    heap[at] = key;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0] as number;
    const last = heap.pop() as number;
    if (heap.length > 0) this.#sink(last);
    return top % (CELLS * CELLS);
  }

  #sink(key: number): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
      if ((heap[child] as number) >= key) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = key;
  }

  #trace(start: number, goal: number): number[] {
    const cells: number[] = [];
    for (let cell = goal; cell !== start; cell = this.#from[cell] as number) cells.push(cell);
    return cells.reverse();
  }

  /** Keeps only the cells where the straight line ends: fewer turns to walk, fewer to send. */
  #shorten(start: number, cells: readonly number[]): readonly number[] {
    const corners: number[] = [];
    let from = this.#map.centreOf(start);
    for (let index = 0; index < cells.length; index++) {
      const next = cells[index + 1];
      if (next !== undefined && this.#map.isClear(from, this.#map.centreOf(next))) continue;
      const corner = cells[index] as number;
      corners.push(corner);
      from = this.#map.centreOf(corner);
    }
    return corners;
  }
}
