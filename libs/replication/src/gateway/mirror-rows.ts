import type { WireComponent, WireSchema } from '@overworld/protocol';
import { MAX_ROWS, maxComponentBytes } from '../wire/component-layout.ts';

const FIRST_ROWS = 64;

/** The last bytes of one component, per row, under a fixed stride; and in which revision they changed. */
export class ComponentTable {
  readonly component: WireComponent;
  readonly #stride: number;
  readonly #fixedBytes: number;
  bytes = new Uint8Array(0);
  /** The revision of the mirror in which the row's bytes changed last. */
  changed = new Uint32Array(0);
  #lengths = new Uint32Array(0);

  constructor(component: WireComponent) {
    this.component = component;
    this.#stride = Math.max(maxComponentBytes(component), 1);
    const isVariable = component.fields.some(({ type }) => type === 'text' || type === 'list');
    this.#fixedBytes = isVariable ? -1 : component.sizeBytes;
  }

  grow(rows: number): void {
    const bytes = new Uint8Array(rows * this.#stride);
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.changed = grownU32(this.changed, rows);
    if (this.#fixedBytes < 0) this.#lengths = grownU32(this.#lengths, rows);
  }

  offset(row: number): number {
    return row * this.#stride;
  }

  lengthBytes(row: number): number {
    return this.#fixedBytes >= 0 ? this.#fixedBytes : (this.#lengths[row] as number);
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
    if (this.#fixedBytes < 0) this.#lengths[row] = lengthBytes;
    this.changed[row] = revision;
  }
}

/** What a zone shows, row by row. Arrays are replaced when a larger row number comes along. */
export class MirrorRows {
  readonly components: readonly ComponentTable[];
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
  netIds = new Uint16Array(0);
  /** The owning player's row, or -1. */
  owners = new Int32Array(0);
  /** The revision in which anything about the row changed last. */
  changed = new Uint32Array(0);

  constructor(wire: WireSchema) {
    this.components = wire.components.map((component) => new ComponentTable(component));
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

  #grow(rows: number): void {
    for (const table of this.components) table.grow(rows);
    this.masks = grownU32(this.masks, rows);
    this.held = grownU32(this.held, rows);
    this.generations = grownU32(this.generations, rows);
    this.idLo = grownU32(this.idLo, rows);
    this.idHi = grownU32(this.idHi, rows);
    this.changed = grownU32(this.changed, rows);
    const netIds = new Uint16Array(rows);
    netIds.set(this.netIds);
    this.netIds = netIds;
    const owners = new Int32Array(rows).fill(-1);
    owners.set(this.owners);
    this.owners = owners;
    this.capacity = rows;
  }
}

function grownU32(from: Uint32Array<ArrayBuffer>, rows: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(rows);
  to.set(from);
  return to;
}
