import type { Mirror } from './mirror.ts';
import { RecentEnters } from './mirror-update.ts';
import { SlotFlag, type VisibleSet } from './visible-set.ts';

/** Seen from `radius` on, lost from `radius * HYSTERESIS` on: nothing flickers at the rim. */
export const HYSTERESIS = 1.1;
/** A centre that moved by this share of the radius since the last search makes it search at once. */
const JUMP = 0.1;
const DEFAULT_RINGS = [0.5, 0.8] as const;

/** Scratch for one search, shared: searches do not overlap. */
let candidates = new Uint16Array(0);
let distances = new Float64Array(0);
let stamps = new Uint32Array(0);
let stamp = 0;
const point = { x: 0, y: 0, tick: 0 };
/** For a single row. */
const one = new Uint16Array(1);
const oneDistance = new Float64Array(1);

function reserve(rows: number): void {
  if (stamps.length < rows) stamps = new Uint32Array(rows);
  if (candidates.length < rows * 2) candidates = new Uint16Array(rows * 2);
  if (distances.length < rows * 2) distances = new Float64Array(rows * 2);
}

/** What a client sees of one mirror: the rows around a centre that moves with its own entity. */
export class Sight {
  readonly set: VisibleSet;
  readonly #mirror: Mirror;
  readonly #near: number;
  readonly #middle: number;
  readonly #rim: number;
  /** Spreads the searches of many views over the ticks. */
  readonly #phase: number;
  #searchedX = Number.NaN;
  #searchedY = Number.NaN;
  #seenEnters = 0;
  #pending = true;
  /** The view tick of the next search. */
  #dueAt = 0;
  /** Where the own entity was found last. */
  #ownSlot = -1;

  constructor(mirror: Mirror, set: VisibleSet, phase: number) {
    this.#mirror = mirror;
    this.set = set;
    this.#phase = phase;
    const { interest } = mirror;
    const [near, middle] = 'position' in interest ? (interest.rings ?? DEFAULT_RINGS) : DEFAULT_RINGS;
    const { radius } = mirror.places;
    this.#near = square(near * radius);
    this.#middle = square(middle * radius);
    this.#rim = square(radius * HYSTERESIS);
  }

  /** Everything is forgotten; the next look searches. */
  reset(): void {
    this.set.clear();
    this.#pending = true;
  }

  /**
   * Finds what has come into sight and dismisses what went out of it: each fifth to tenth view tick, and at once after a jump of
   * the centre. What entered the zone within the radius is found at once, too; what the mirror was told of since the
   * last look is the caller's to `check`. `ownRow` is always seen. NaN coordinates: there is no centre, and what has a
   * place is out of sight.
   */
  look(x: number, y: number, ownRow: number, viewTick: number): void {
    const { recentEnters, places } = this.#mirror;
    const isDue = viewTick >= this.#dueAt && places.isBounded;
    const isBehind = recentEnters.count - this.#seenEnters > RecentEnters.size;
    if (this.#pending || isDue || isBehind || this.#hasJumped(x, y)) {
      this.#checkAll(x, y, ownRow);
      this.#search(x, y);
      const { searchEvery } = places;
      this.#dueAt = viewTick + searchEvery - ((viewTick + this.#phase) % searchEvery);
    } else this.#addRecent(x, y);
    this.#seenEnters = recentEnters.count;
    if (ownRow >= 0) this.#addOwn(ownRow);
  }

  /** True while a slot's row holds the entity that it came into sight with. */
  isThere(slot: number): boolean {
    const { rows } = this.#mirror;
    const row = this.set.rows[slot] as number;
    return rows.masks[row] !== 0 && rows.generations[row] === this.set.generations[slot];
  }

  #hasJumped(x: number, y: number): boolean {
    if (!this.#mirror.places.isBounded) return false;
    const jump = this.#mirror.places.radius * JUMP;
    return (
      !(Math.abs(x - this.#searchedX) <= jump && Math.abs(y - this.#searchedY) <= jump) && !Number.isNaN(x)
    );
  }

  /** Dismisses a slot that is out of sight or whose entity is not there any more; else notes how far it is. */
  check(slot: number, x: number, y: number, ownRow: number): void {
    const row = this.set.rows[slot] as number;
    if (!this.isThere(slot)) this.set.dismiss(slot);
    else this.#measureSlot(slot, row === ownRow ? 0 : this.#distanceSquared(row, x, y));
  }

  /** Downwards, because dismissing a slot moves the last one into its place. */
  #checkAll(x: number, y: number, ownRow: number): void {
    const { set } = this;
    const { places, rows } = this.#mirror;
    const { masks, generations } = rows;
    reserve(Math.max(rows.capacity, set.count));
    places.measure(set.rows, set.count, this.#pointOf(x, y), distances);
    for (let slot = set.count - 1; slot >= 0; slot--) {
      const row = set.rows[slot] as number;
      if (masks[row] === 0 || generations[row] !== set.generations[slot]) set.dismiss(slot);
      else this.#measureSlot(slot, row === ownRow ? 0 : (distances[slot] as number));
    }
  }

  #pointOf(x: number, y: number): typeof point {
    point.x = x;
    point.y = y;
    point.tick = this.#mirror.tick;
    return point;
  }

  #measureSlot(slot: number, distanceSquared: number): void {
    const { set } = this;
    const rim = this.#rim;
    if (distanceSquared > rim) {
      set.dismiss(slot);
      return;
    }
    const isFar = distanceSquared > this.#middle;
    set.rings[slot] = distanceSquared <= this.#near ? 0 : isFar ? 2 : 1;
    // Nothing is far where everything is in sight: the share is 0.
    set.nearness[slot] = 255 - 254 * (distanceSquared / rim);
    // Back before the client was told that it had gone: nothing has happened, unless it was far enough to go.
    const flags = set.flags[slot] as number;
    if ((flags & SlotFlag.gone) !== 0 && distanceSquared <= square(this.#mirror.places.radius)) {
      set.flags[slot] = flags & ~SlotFlag.gone;
    }
  }

  /** As `MirrorPlaces.measure` has it. */
  #distanceSquared(row: number, x: number, y: number): number {
    one[0] = row;
    this.#mirror.places.measure(one, 1, this.#pointOf(x, y), oneDistance);
    return oneDistance[0] as number;
  }

  #search(x: number, y: number): void {
    const { places, rows } = this.#mirror;
    this.#pending = false;
    this.#searchedX = x;
    this.#searchedY = y;
    reserve(rows.capacity);
    this.#stampPresent();
    if (!places.isBounded) {
      for (let row = 0; row < rows.end; row++) this.#consider(row, x, y);
      return;
    }
    const count = this.#keepNew(places.gather(x, y, places.radius, candidates));
    places.measure(candidates, count, this.#pointOf(x, y), distances);
    const farthest = square(places.radius);
    for (let index = 0; index < count; index++) {
      const distanceSquared = distances[index] as number;
      if (distanceSquared > farthest) continue;
      this.#measureSlot(this.#add(candidates[index] as number), distanceSquared);
    }
  }

  /** Of so many candidates, those that show something and are not in the set, each once. */
  #keepNew(count: number): number {
    const { masks } = this.#mirror.rows;
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const row = candidates[index] as number;
      if (stamps[row] === stamp || masks[row] === 0) continue;
      stamps[row] = stamp;
      candidates[kept++] = row;
    }
    return kept;
  }

  #addRecent(x: number, y: number): void {
    const { recentEnters, rows } = this.#mirror;
    if (this.#seenEnters === recentEnters.count) return;
    reserve(rows.capacity);
    this.#stampPresent();
    for (let number = this.#seenEnters; number < recentEnters.count; number++) {
      this.#consider(recentEnters.at(number), x, y);
    }
  }

  #addOwn(ownRow: number): void {
    const { rows } = this.#mirror;
    const { set } = this;
    const generation = rows.generations[ownRow] as number;
    const at = this.#ownSlot;
    if (at >= 0 && at < set.count && set.rows[at] === ownRow && set.generations[at] === generation) return;
    this.#ownSlot = set.find(ownRow, generation);
    if (this.#ownSlot < 0) this.#ownSlot = this.#add(ownRow);
  }

  /** Marks the rows that are in the set with the entity they hold now. */
  #stampPresent(): void {
    const { set } = this;
    const { rows } = this.#mirror;
    stamp = stamp === 0xffff_ffff ? 1 : stamp + 1;
    for (let slot = 0; slot < set.count; slot++) {
      const row = set.rows[slot] as number;
      if (rows.generations[row] === set.generations[slot]) stamps[row] = stamp;
    }
  }

  #consider(row: number, x: number, y: number): void {
    const { rows, places } = this.#mirror;
    if (stamps[row] === stamp || rows.masks[row] === 0) return;
    const distanceSquared = this.#distanceSquared(row, x, y);
    if (distanceSquared > square(places.radius)) return;
    stamps[row] = stamp;
    this.#measureSlot(this.#add(row), distanceSquared);
  }

  /** Where all see the same, it has the same name for all. */
  #add(row: number): number {
    const { rows, places } = this.#mirror;
    return this.set.add(row, rows.generations[row] as number, places.isBounded ? undefined : rows.names[row]);
  }
}

function square(value: number): number {
  return value * value;
}
