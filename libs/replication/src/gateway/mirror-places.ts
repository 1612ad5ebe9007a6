import { clamp } from '@overworld/kernel';
import { extrapolate, motionStartTick, type WireComponent, type WireSchema } from '@overworld/protocol';
import { FixedNumber } from '../wire/component-layout.ts';
import { InterestGrid } from './interest-grid.ts';
import type { ComponentTable, MirrorRows } from './mirror-rows.ts';

/** A ruleset's `interest`: what decides who is shown what. */
export type Interest =
  | {
      readonly position: readonly [component: string, x: string, y: string];
      readonly radius: number;
      /** Shares of the radius; default 0.5 and 0.8. */
      readonly rings?: readonly [near: number, middle: number];
      /** How many view ticks news of others may wait for a frame that goes out anyway; default 1. */
      readonly patience?: number;
    }
  | { readonly everything: true; readonly patience?: number };

/** Every row's cell is looked up anew within so many messages: movers cross cells without saying anything. */
const REBUCKET_EVERY = 4;
const CELLS_PER_RADIUS = 2;
/**
 * What comes into sight is looked for so often that on each axis it has come at most this share of the radius nearer when it is
 * found, as far as motion tells how fast things are.
 */
const FOUND_WITHIN = 0.05;
/** Bounds of that in view ticks; the first is also how often it is where nothing tells. */
const MIN_SEARCH_EVERY = 5;
const MAX_SEARCH_EVERY = 10;
/** A row that is farther from where it would have been than this share of the radius has jumped. */
const JUMP = 0.02;

interface Placement {
  readonly table: ComponentTable;
  readonly bit: number;
  readonly x: FixedNumber;
  readonly y: FixedNumber;
  readonly velocityX: FixedNumber | undefined;
  readonly velocityY: FixedNumber | undefined;
  readonly start: FixedNumber | undefined;
}

function velocityOf(component: WireComponent, position: string): FixedNumber | undefined {
  const axis = component.motion?.position.indexOf(position) ?? -1;
  const name = component.motion?.velocity[axis];
  return name === undefined ? undefined : new FixedNumber(component, name);
}

function placementOf(wire: WireSchema, rows: MirrorRows, interest: Interest): Placement | undefined {
  if (!('position' in interest)) return undefined;
  const [name, xName, yName] = interest.position;
  const table = rows.components.find((candidate) => candidate.component.name === name);
  if (table === undefined) return undefined;
  const { component } = table;
  return {
    table,
    bit: 1 << component.bit,
    x: new FixedNumber(component, xName),
    y: new FixedNumber(component, yName),
    velocityX: velocityOf(component, xName),
    velocityY: velocityOf(component, yName),
    start: component.motion && new FixedNumber(component, component.motion.start),
  };
}

/**
 * Where the rows of a mirror are, at any tick, and which are near a point. A row without the position component is
 * everywhere. Asserts that the position lies at a fixed place in its component.
 */
export class MirrorPlaces {
  readonly radius: number;
  /** View ticks from one search for what is in sight to the next. */
  readonly searchEvery: number;
  readonly #rows: MirrorRows;
  readonly #tickHz: number;
  readonly #placement: Placement | undefined;
  readonly #grid: InterestGrid;
  #x = new Float64Array(0);
  #y = new Float64Array(0);
  #velocityX = new Float64Array(0);
  #velocityY = new Float64Array(0);
  #starts = new Float64Array(0);
  /** Where rows are at a tick, for all who ask about the same one. */
  #nowX = new Float64Array(0);
  #nowY = new Float64Array(0);
  #nowTick = new Float64Array(0);

  constructor(wire: WireSchema, rows: MirrorRows, interest: Interest) {
    this.#rows = rows;
    this.#tickHz = wire.tickHz;
    this.#placement = placementOf(wire, rows, interest);
    this.radius = 'position' in interest ? interest.radius : Number.POSITIVE_INFINITY;
    this.searchEvery = this.#searchEvery(wire);
    this.#grid = new InterestGrid(Number.isFinite(this.radius) ? this.radius / CELLS_PER_RADIUS : 1);
    this.grow();
  }

  #searchEvery({ tickHz, viewEvery }: WireSchema): number {
    const { velocityX, velocityY } = this.#placement ?? {};
    if (velocityX === undefined || velocityY === undefined) return MIN_SEARCH_EVERY;
    const closingPerSecond = 2 * Math.max(velocityX.greatest, velocityY.greatest);
    const views = (FOUND_WITHIN * this.radius * tickHz) / (closingPerSecond * viewEvery);
    return clamp(Math.floor(views), MIN_SEARCH_EVERY, MAX_SEARCH_EVERY);
  }

  /** False when everybody sees everything. */
  get isBounded(): boolean {
    return this.#placement !== undefined;
  }

  /** The index of the component that places rows, or -1. */
  get componentIndex(): number {
    return this.#placement === undefined ? -1 : this.#placement.table.component.bit;
  }

  /** Makes room for as many rows as the mirror's tables have. */
  grow(): void {
    const { capacity } = this.#rows;
    this.#x = grownF64(this.#x, capacity);
    this.#y = grownF64(this.#y, capacity);
    this.#velocityX = grownF64(this.#velocityX, capacity);
    this.#velocityY = grownF64(this.#velocityY, capacity);
    this.#starts = grownF64(this.#starts, capacity);
    this.#nowX = grownF64(this.#nowX, capacity);
    this.#nowY = grownF64(this.#nowY, capacity);
    this.#nowTick = grownF64(this.#nowTick, capacity);
    this.#grid.grow(capacity);
  }

  /** The row's position component has new bytes, or the row has come or lost it. True when it jumped by that. */
  update(row: number, tick: number): boolean {
    const placement = this.#placement;
    if (placement === undefined || ((this.#rows.held[row] as number) & placement.bit) === 0) {
      this.#grid.placeNowhere(row);
      return true;
    }
    const expectedX = this.x(row, tick);
    const expectedY = this.y(row, tick);
    const { table, x, y, velocityX, velocityY, start } = placement;
    const at = table.offset(row);
    this.#x[row] = x.read(table.bytes, at);
    this.#y[row] = y.read(table.bytes, at);
    this.#velocityX[row] = velocityX === undefined ? 0 : velocityX.read(table.bytes, at);
    this.#velocityY[row] = velocityY === undefined ? 0 : velocityY.read(table.bytes, at);
    this.#starts[row] = start === undefined ? tick : motionStartTick(start.readWire(table.bytes, at), tick);
    this.#nowTick[row] = Number.NaN;
    const nowX = this.x(row, tick);
    const nowY = this.y(row, tick);
    this.#grid.place(row, nowX, nowY);
    const jump = this.radius * JUMP;
    return !(Math.abs(nowX - expectedX) <= jump && Math.abs(nowY - expectedY) <= jump);
  }

  remove(row: number): void {
    this.#grid.remove(row);
  }

  /** Looks up the cells of a part of the rows anew; another part for each `turn`. */
  refresh(turn: number, tick: number): void {
    const { held, end } = this.#rows;
    const bit = this.#placement?.bit ?? 0;
    for (let row = turn % REBUCKET_EVERY; row < end; row += REBUCKET_EVERY) {
      const moves = this.#velocityX[row] !== 0 || this.#velocityY[row] !== 0;
      if (moves && ((held[row] as number) & bit) !== 0) {
        this.#grid.place(row, this.x(row, tick), this.y(row, tick));
      }
    }
  }

  /** True when the row has a place; one without is in sight from everywhere. */
  isPlaced(row: number): boolean {
    return this.#placement !== undefined && ((this.#rows.held[row] as number) & this.#placement.bit) !== 0;
  }

  x(row: number, tick: number): number {
    if (this.#nowTick[row] !== tick) this.#reckon(row, tick);
    return this.#nowX[row] as number;
  }

  y(row: number, tick: number): number {
    if (this.#nowTick[row] !== tick) this.#reckon(row, tick);
    return this.#nowY[row] as number;
  }

  #reckon(row: number, tick: number): void {
    const start = this.#starts[row] as number;
    const velocityX = this.#velocityX[row] as number;
    const velocityY = this.#velocityY[row] as number;
    this.#nowX[row] = extrapolate(this.#x[row] as number, velocityX, start, tick, this.#tickHz);
    this.#nowY[row] = extrapolate(this.#y[row] as number, velocityY, start, tick, this.#tickHz);
    this.#nowTick[row] = tick;
  }

  /**
   * How far each of so many rows is from a point, squared, into `out`: 0 for what is everywhere; without a point, what has a place
   * is infinitely far. One loop for all of them, since views measure all that is in sight.
   */
  measure(
    rows: Uint16Array,
    count: number,
    { x, y, tick }: { readonly x: number; readonly y: number; readonly tick: number },
    out: Float64Array,
  ): void {
    const { held } = this.#rows;
    const bit = this.#placement?.bit ?? 0;
    const nowTick = this.#nowTick;
    const nowX = this.#nowX;
    const nowY = this.#nowY;
    for (let index = 0; index < count; index++) {
      const row = rows[index] as number;
      if (((held[row] as number) & bit) === 0) {
        out[index] = 0;
        continue;
      }
      if (nowTick[row] !== tick) this.#reckon(row, tick);
      const dx = (nowX[row] as number) - x;
      const dy = (nowY[row] as number) - y;
      const squared = dx * dx + dy * dy;
      out[index] = Number.isNaN(squared) ? Number.POSITIVE_INFINITY : squared;
    }
  }

  /** The rows that may be within `radius` of a point, into `out`; the caller measures. A row may come twice. */
  gather(x: number, y: number, radius: number, out: Uint16Array): number {
    return this.#grid.gather(x, y, radius, out);
  }
}

function grownF64(from: Float64Array<ArrayBuffer>, rows: number): Float64Array<ArrayBuffer> {
  if (rows <= from.length) return from;
  const to = new Float64Array(rows);
  to.set(from);
  return to;
}
