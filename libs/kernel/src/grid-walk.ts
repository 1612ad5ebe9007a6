import { assert } from './assert.ts';

/**
 * Visits, in order, the cells of a square grid that the segment from (x0, y0) to (x1, y1) crosses, the first and the
 * last included. Consecutive cells share an edge: at a corner the walk takes the step along y first. Cell (cx, cy)
 * covers [cx, cx + 1) x [cy, cy + 1) times `cellSize`.
 *
 * The walk stops when `visit` returns false. Returns whether it reached the last cell without that.
 * The number of visits is |cx1 - cx0| + |cy1 - cy0| + 1: bound the distance of what comes from outside.
 *
 * Source: John Amanatides and Andrew Woo, "A Fast Voxel Traversal Algorithm for Ray Tracing", 1987.
 */
export function gridWalk(
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  cellSize: number,
  // biome-ignore lint/suspicious/noConfusingVoidType: a visitor that returns nothing goes on
  visit: (cx: number, cy: number) => boolean | void,
): boolean {
  assert(cellSize > 0 && Number.isFinite(x0 + y0 + x1 + y1), 'a grid walk has finite ends and a cell size');
  // Adding 0 keeps a cell from being called -0.
  let cx = Math.floor(x0 / cellSize) + 0;
  let cy = Math.floor(y0 / cellSize) + 0;
  const stepX = x1 < x0 ? -1 : 1;
  const stepY = y1 < y0 ? -1 : 1;
  let leftX = (Math.floor(x1 / cellSize) - cx) * stepX;
  let leftY = (Math.floor(y1 / cellSize) - cy) * stepY;
  const paceX = cellSize / Math.abs(x1 - x0);
  const paceY = cellSize / Math.abs(y1 - y0);
  // The fraction of the segment at which the next border in x and in y is crossed.
  let nextX = borderDistance(x0, cx, stepX, cellSize) / Math.abs(x1 - x0);
  let nextY = borderDistance(y0, cy, stepY, cellSize) / Math.abs(y1 - y0);
  // Counting the borders that are left, not comparing fractions with 1, ends in the last cell whatever was rounded.
  while (leftX > 0 || leftY > 0) {
    if (visit(cx, cy) === false) return false;
    if (leftY === 0 || (leftX > 0 && nextX < nextY)) {
      cx += stepX;
      leftX--;
      nextX += paceX;
    } else {
      cy += stepY;
      leftY--;
      nextY += paceY;
    }
  }
  return visit(cx, cy) !== false;
}

function borderDistance(start: number, cell: number, step: number, cellSize: number): number {
  const border = (step > 0 ? cell + 1 : cell) * cellSize;
  return Math.abs(border - start);
}
