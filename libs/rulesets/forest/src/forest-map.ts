import { gridWalk, RandomStream } from '@overworld/kernel';
import { z } from 'zod';

export const SIZE_M = 1000;
export const CELL_M = 4;
export const CELLS = SIZE_M / CELL_M;
const TREES = 5200;
const GLADES_PER_SIDE = 5;
const GLADE_RADIUS_M = 14;
const GATE_CLEARING_M = 12;

export const forestParams = z.object({
  /** Grows the map: the same seed, the same trees. */
  map: z.string().max(64).default('forest'),
  gate: z.object({ x: z.number(), y: z.number(), to: z.string().max(63) }).optional(),
});

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What follows from a forest's parameters: trees, glades, the gate. It never changes. */
export class ForestMap {
  /** 1 where a tree stands. */
  readonly blocked = new Uint8Array(CELLS * CELLS);
  readonly glades: readonly Point[];
  readonly gate: { readonly x: number; readonly y: number; readonly to: string } | undefined;

  constructor(params: unknown) {
    const { map, gate } = forestParams.parse(params ?? {});
    const random = new RandomStream(new Uint32Array(4), 0);
    random.seed(`map/${map}`);
    this.gate = gate;
    this.glades = ForestMap.#placeGlades(random);
    for (let tree = 0; tree < TREES; tree++) {
      this.blocked[random.int(CELLS) * CELLS + random.int(CELLS)] = 1;
    }
    for (const glade of this.glades) this.#clear(glade, GLADE_RADIUS_M);
    if (gate) this.#clear(gate, GATE_CLEARING_M);
  }

  static #placeGlades(random: RandomStream): Point[] {
    const spacing = SIZE_M / GLADES_PER_SIDE;
    const glades: Point[] = [];
    for (let row = 0; row < GLADES_PER_SIDE; row++) {
      for (let column = 0; column < GLADES_PER_SIDE; column++) {
        const x = (column + 0.5) * spacing + random.range(-spacing / 5, spacing / 5);
        const y = (row + 0.5) * spacing + random.range(-spacing / 5, spacing / 5);
        glades.push({ x, y });
      }
    }
    return glades;
  }

  #clear(centre: Point, radiusM: number): void {
    const reach = Math.ceil(radiusM / CELL_M);
    for (let row = -reach; row <= reach; row++) {
      for (let column = -reach; column <= reach; column++) {
        const cell = this.cellOf(centre.x + column * CELL_M, centre.y + row * CELL_M);
        const { x, y } = this.centreOf(cell);
        const [dx, dy] = [x - centre.x, y - centre.y];
        if (dx * dx + dy * dy < radiusM * radiusM) this.blocked[cell] = 0;
      }
    }
  }

  cellOf(x: number, y: number): number {
    const column = Math.min(CELLS - 1, Math.max(0, Math.floor(x / CELL_M)));
    const row = Math.min(CELLS - 1, Math.max(0, Math.floor(y / CELL_M)));
    return row * CELLS + column;
  }

  centreOf(cell: number): Point {
    return { x: ((cell % CELLS) + 0.5) * CELL_M, y: (Math.floor(cell / CELLS) + 0.5) * CELL_M };
  }

  isFree(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < SIZE_M && y < SIZE_M && this.blocked[this.cellOf(x, y)] === 0;
  }

  /** Whether one can walk straight from a to b without touching a tree's cell. */
  isClear(a: Point, b: Point): boolean {
    let clear = true;
    gridWalk(a.x, a.y, b.x, b.y, CELL_M, (column, row) => {
      if (column < 0 || row < 0 || column >= CELLS || row >= CELLS) return true;
      clear = this.blocked[row * CELLS + column] === 0;
      return clear;
    });
    return clear;
  }
}
