import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridWalk } from './grid-walk.ts';

type Cell = readonly [number, number];

function walk(x0: number, y0: number, x1: number, y1: number, cellSize: number): Cell[] {
  const cells: Cell[] = [];
  gridWalk(x0, y0, x1, y1, cellSize, (cx, cy) => {
    cells.push([cx, cy]);
  });
  return cells;
}

const coordinate = fc.double({ min: -200, max: 200, noNaN: true });
const size = fc.double({ min: 0.5, max: 30, noNaN: true });

describe('gridWalk', () => {
  it('goes from the first cell to the last, one edge at a time, never back', () => {
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, size, (x0, y0, x1, y1, cellSize) => {
        const cells = walk(x0, y0, x1, y1, cellSize);
        const first: Cell = [Math.floor(x0 / cellSize) + 0, Math.floor(y0 / cellSize) + 0];
        const last: Cell = [Math.floor(x1 / cellSize) + 0, Math.floor(y1 / cellSize) + 0];
        expect(cells[0]).toEqual(first);
        expect(cells.at(-1)).toEqual(last);
        expect(cells).toHaveLength(Math.abs(last[0] - first[0]) + Math.abs(last[1] - first[1]) + 1);
        for (let index = 1; index < cells.length; index++) {
          const [cx, cy] = cells[index]!;
          const [px, py] = cells[index - 1]!;
          expect(Math.abs(cx - px) + Math.abs(cy - py)).toBe(1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('visits every cell that a point of the segment lies in, away from borders', () => {
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, size, (x0, y0, x1, y1, cellSize) => {
        const visited = new Set(walk(x0, y0, x1, y1, cellSize).map(String));
        for (let step = 0; step <= 50; step++) {
          const x = (x0 + ((x1 - x0) * step) / 50) / cellSize;
          const y = (y0 + ((y1 - y0) * step) / 50) / cellSize;
          const edge = Math.min(Math.abs(x - Math.round(x)), Math.abs(y - Math.round(y)));
          if (edge > 1e-6) expect(visited.has(`${Math.floor(x)},${Math.floor(y)}`)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('goes along rows, columns and diagonals', () => {
    expect(walk(0.5, 0.5, 3.5, 0.5, 1).map(String)).toEqual(['0,0', '1,0', '2,0', '3,0']);
    expect(walk(0.5, 2.5, 0.5, 0.5, 1).map(String)).toEqual(['0,2', '0,1', '0,0']);
    expect(walk(0.5, 0.5, 2.5, 2.5, 1).map(String)).toEqual(['0,0', '0,1', '1,1', '1,2', '2,2']);
    expect(walk(1, 1, 1, 1, 1).map(String)).toEqual(['1,1']);
  });

  it('stops when it is told to', () => {
    let visits = 0;
    const arrived = gridWalk(0, 0, 10, 0, 1, () => ++visits < 3);
    expect([visits, arrived]).toEqual([3, false]);
    expect(gridWalk(0, 0, 10, 0, 1, () => true)).toBe(true);
    expect(gridWalk(0, 0, 1, 0, 1, (cx) => cx !== 1)).toBe(false);
  });

  it('asserts finite ends and a size', () => {
    expect(() => walk(0, 0, Number.POSITIVE_INFINITY, 0, 1)).toThrow();
    expect(() => walk(0, 0, 1, 1, 0)).toThrow();
  });
});
