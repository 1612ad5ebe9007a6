import type { WireComponent, WireSchema } from '@overworld/protocol';
import { MAX_ROWS, maxComponentBytes } from '../wire/component-layout.ts';

const FIRST_ROWS = 64;
/** Masks of the first eight components. */
const SMALL_MASKS = 256;

/** What the components of a mask are stored in, and the bytes of a record of them; -1: that differs from row to row. */
export interface MaskParts {
  readonly tables: readonly ComponentTable[];
  readonly fixedBytes: number;
  /** Where in a row all of them lie, one behind the other as in a record; -1: they lie apart, or their lengths differ. */
  readonly solidAt: number;
}

/** The last bytes of one component, per row, under a fixed stride; and in which revision they changed. */
export class ComponentTable {
  readonly component: WireComponent;
  /** Where in a row its bytes begin. */
  readonly at: number;
  /** From row to row. */
  readonly #stride: number;
  /** Of each row; -1: a row's own. */
  readonly fixedBytes: number;
  /** Of all components, row by row. */
  bytes = new Uint8Array(0);
  /** The revision of the mirror in which the row's bytes changed last. */
  changed = new Uint32Array(0);
  #lengths = new Uint32Array(0);

  constructor(component: WireComponent, at: number, stride: number) {
    this.component = component;
    this.at = at;
    this.#stride = stride;
    const isVariable = component.fields.some(({ type }) => type === 'text' || type === 'list');
    this.fixedBytes = isVariable ? -1 : component.sizeBytes;
  }

  grow(rows: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.changed = grownU32(this.changed, rows);
    if (this.fixedBytes < 0) this.#lengths = grownU32(this.#lengths, rows);
  }

  offset(row: number): number {
    return row * this.#stride + this.at;
  }

  lengthBytes(row: number): number {
    return this.fixedBytes >= 0 ? this.fixedBytes : (this.#lengths[row] as number);
  }

  /** True when the row holds exactly these bytes. */
  equals(row: number, source: Uint8Array, offset: number, lengthBytes: number): boolean {
    if (this.lengthBytes(row) !== lengthBytes) return false;
    const at = this.offset(row);
    for (let index = 0; index < lengthBytes; index++) {
      if (this.bytes[at + index] !== source[offset + index]) return false;
    }
    return true;
  }

  set(row: number, source: Uint8Array, offset: number, lengthBytes: number, revision: number): void {
    const at = this.offset(row);
    for (let index = 0; index < lengthBytes; index++) {
      this.bytes[at + index] = source[offset + index] as number;
    }
    if (this.fixedBytes < 0) this.#lengths[row] = lengthBytes;
    this.changed[row] = revision;
  }
}

/** In what `newsAfter` gives: who sees the row is to be found anew. Components have the bits below. */
export const UNSETTLED = 0x8000_0000;
/** Views that look at every tick, or at each second or third, ask for news after few revisions: each of those has a table. */
const RECENT_REVISIONS = 4;

/** What is new of each row after a revision, at a later one. */
class NewsTable {
  after = -1;
  at = -1;
  masks = new Uint32Array(0);
}

/** What a zone shows, row by row. Arrays are replaced when a larger row number comes along. */
export class MirrorRows {
  readonly components: readonly ComponentTable[];
  /** Bytes of a row: its components lie in it in bit order, each with room for the longest that it can be. */
  readonly stride: number;
  /** The components of all rows. */
  bytes = new Uint8Array(0);
  /** Rows that there is room for. */
  capacity = 0;
  /** One past the largest row that was ever shown. */
  end = 0;
  /** The components that the entity shows; 0: nothing is there. */
  masks = new Uint32Array(0);
  /** Those of `masks` whose bytes have come. */
  held = new Uint32Array(0);
  /** Counts the entities that a row has had. */
  generations = new Uint32Array(0);
  idLo = new Uint32Array(0);
  idHi = new Uint32Array(0);
  /** What clients who all see everything know the row's entity by: as small as few are there. */
  names = new Uint16Array(0);
  /** The owning player's row, or -1. */
  owners = new Int32Array(0);
  /** The revision in which anything about the row changed last, and the one before that. */
  changed = new Uint32Array(0);
  changedBefore = new Uint32Array(0);
  /** The components whose bytes came with `changed`. */
  news = new Uint32Array(0);
  /** The revision in which the row came, went, got another shape or owner, or jumped: who sees it is to be found anew. */
  unsettled = new Uint32Array(0);
  /** The newest revision in which what is there, or what of it is shown, changed: not one of news of values. */
  unsettledAt = 0;
  readonly #freeNames: number[] = [];
  #namesGiven = 0;
  readonly #newsTables = Array.from({ length: RECENT_REVISIONS + 1 }, () => new NewsTable());
  readonly #partsBySmallMask = new Array<MaskParts | undefined>(SMALL_MASKS).fill(undefined);
  readonly #partsByMask = new Map<number, MaskParts>();

  constructor(wire: WireSchema) {
    const ends: number[] = [];
    for (const component of wire.components) ends.push((ends.at(-1) ?? 0) + maxComponentBytes(component));
    this.stride = ends.at(-1) ?? 0;
    this.components = wire.components.map(
      (component, index) => new ComponentTable(component, ends[index - 1] ?? 0, this.stride),
    );
    this.#grow(FIRST_ROWS);
  }

  /** Makes room for a row. */
  reach(row: number): boolean {
    if (row < this.capacity) return false;
    let rows = this.capacity;
    while (rows <= row) rows *= 2;
    this.#grow(Math.min(rows, MAX_ROWS));
    return true;
  }

  isShown(row: number): boolean {
    return row >= 0 && row < this.capacity && this.masks[row] !== 0;
  }

  /** Another entity is in the row. */
  name(row: number): void {
    this.names[row] = this.#freeNames.pop() ?? this.#namesGiven++;
  }

  /** The entity has gone. */
  unname(row: number): void {
    this.#freeNames.push(this.names[row] as number);
  }

  /** Notes that something about the row changed; how often within one revision makes no difference. */
  touch(row: number, revision: number): void {
    const last = this.changed[row] as number;
    if (last === revision) return;
    this.changedBefore[row] = last;
    this.changed[row] = revision;
    this.news[row] = 0;
  }

  /**
   * By row: the components whose bytes came after a revision, and `UNSETTLED`. Found once for all views that ask for the same at
   * `now`, the revision of the mirror; holds until the mirror changes.
   */
  newsAfter(revision: number, now: number): Uint32Array {
    // Who has not looked for long takes no table from the others.
    const isRecent = now - revision <= RECENT_REVISIONS;
    const at = isRecent ? revision % RECENT_REVISIONS : RECENT_REVISIONS;
    const table = this.#newsTables[at] as NewsTable;
    if (table.after === revision && table.at === now && table.masks.length === this.capacity)
      return table.masks;
    if (table.masks.length !== this.capacity) table.masks = new Uint32Array(this.capacity);
    table.after = revision;
    table.at = now;
    const { changed, unsettled } = this;
    for (let row = 0; row < this.end; row++) {
      let news = 0;
      if ((changed[row] as number) > revision) {
        news = this.#newsSince(row, revision);
        if ((unsettled[row] as number) > revision) news |= UNSETTLED;
      }
      table.masks[row] = news;
    }
    return table.masks;
  }

  #newsSince(row: number, revision: number): number {
    const held = this.held[row] as number;
    if ((this.changedBefore[row] as number) <= revision) return (this.news[row] as number) & held;
    let mask = 0;
    for (let index = 0; index < this.components.length; index++) {
      if (((this.components[index] as ComponentTable).changed[row] as number) > revision) mask |= 1 << index;
    }
    return mask & held;
  }

  /** The bytes of some of a row's components. */
  bytesOf(row: number, mask: number): number {
    return this.partBytes(row, this.partsOf(mask));
  }

  partBytes(row: number, { tables, fixedBytes }: MaskParts): number {
    if (fixedBytes >= 0) return fixedBytes;
    let total = 0;
    for (let index = 0; index < tables.length; index++) {
      total += (tables[index] as ComponentTable).lengthBytes(row);
    }
    return total;
  }

  /** Asked for every record of every client: found by its place where the masks are small, as they nearly always are. */
  partsOf(mask: number): MaskParts {
    const known = mask < SMALL_MASKS ? this.#partsBySmallMask[mask] : this.#partsByMask.get(mask);
    return known ?? this.#makeParts(mask);
  }

  #makeParts(mask: number): MaskParts {
    const tables = this.components.filter((_, index) => (mask & (1 << index)) !== 0);
    const isFixed = tables.every(({ fixedBytes }) => fixedBytes >= 0);
    const fixedBytes = isFixed ? tables.reduce((total, table) => total + table.fixedBytes, 0) : -1;
    const parts = { tables, fixedBytes, solidAt: solidAt(tables) };
    if (mask < SMALL_MASKS) this.#partsBySmallMask[mask] = parts;
    else this.#partsByMask.set(mask, parts);
    return parts;
  }

  #grow(rows: number): void {
    const bytes = new Uint8Array(rows * this.stride);
    bytes.set(this.bytes);
    this.bytes = bytes;
    for (const table of this.components) table.grow(rows, bytes);
    this.masks = grownU32(this.masks, rows);
    this.held = grownU32(this.held, rows);
    this.generations = grownU32(this.generations, rows);
    this.idLo = grownU32(this.idLo, rows);
    this.idHi = grownU32(this.idHi, rows);
    this.changed = grownU32(this.changed, rows);
    this.changedBefore = grownU32(this.changedBefore, rows);
    this.news = grownU32(this.news, rows);
    this.unsettled = grownU32(this.unsettled, rows);
    const names = new Uint16Array(rows);
    names.set(this.names);
    this.names = names;
    const owners = new Int32Array(rows).fill(-1);
    owners.set(this.owners);
    this.owners = owners;
    this.capacity = rows;
  }
}

function solidAt(tables: readonly ComponentTable[]): number {
  const [first] = tables;
  let end = first?.at ?? -1;
  for (const { at, fixedBytes } of tables) {
    if (fixedBytes < 0 || at !== end) return -1;
    end += fixedBytes;
  }
  return first?.at ?? -1;
}

function grownU32(from: Uint32Array<ArrayBuffer>, rows: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(rows);
  to.set(from);
  return to;
}
