import {
  assert,
  type ByteReader,
  type ByteWriter,
  type Hash64,
  hex64,
  parseHex64,
  permute64,
} from '@overworld/kernel';
import type { Arena } from './arena.ts';
import { MAX_ROWS } from './schema.ts';

/** Bit 31 of a row's mask: the row is in use. */
export const ALIVE = 0x80000000;
const MAX_BIRTHS = 0xffffffff;
/** The size in a snapshot of what every row has, before any component. */
export const ROW_BYTES = 20;

/**
 * A reference that goes stale when its entity is destroyed: births * 2^20 + row, an integer of at most 2^52, so that
 * it fits an `f64` column. 0 refers to nothing.
 */
export type EntityRef = number & { readonly entityRef: unique symbol };

export interface Identity {
  readonly zoneNumber: number;
  readonly idKey: readonly [number, number];
}

/**
 * The rows: which are in use, what they hold, and who they are. Row numbers are reused, the lowest first; what makes
 * an entity unique is the number of its birth, counted over the whole state. Which rows are free follows from the
 * masks and is never stored.
 */
export class Entities {
  masks: Uint32Array = new Uint32Array(0);
  births: Uint32Array = new Uint32Array(0);
  idLo: Uint32Array = new Uint32Array(0);
  idHi: Uint32Array = new Uint32Array(0);
  epochs: Uint32Array = new Uint32Array(0);
  /** One past the last row in use. */
  end = 0;
  count = 0;
  readonly identity: Identity;
  readonly capacity: number;
  readonly #id = new Uint32Array(2);
  #birthCount: Uint32Array = new Uint32Array(1);
  /** Derived: one bit per row, set when it is in use. */
  readonly #used: Uint32Array;
  /** Derived: every word of `#used` before this one is full. */
  #firstOpenWord = 0;

  constructor(arena: Arena, identity: Identity) {
    this.capacity = arena.units('rows');
    assert(this.capacity <= MAX_ROWS, `a state has at most ${MAX_ROWS} rows`);
    this.#used = new Uint32Array(Math.ceil(this.capacity / 32));
    this.identity = identity;
    arena.register('fixed', 'u32', 1, (array) => {
      this.#birthCount = array;
    });
    arena.register('rows', 'u32', 1, (array) => {
      this.masks = array;
    });
    arena.register('rows', 'u32', 1, (array) => {
      this.births = array;
    });
    arena.register('rows', 'u32', 1, (array) => {
      this.idLo = array;
    });
    arena.register('rows', 'u32', 1, (array) => {
      this.idHi = array;
    });
    arena.register('rows', 'u32', 1, (array) => {
      this.epochs = array;
    });
  }

  get birthCount(): number {
    return this.#birthCount[0] as number;
  }

  alive(row: number): boolean {
    return (this.masks[row] as number) >>> 31 === 1;
  }

  /** Takes the lowest free row, or returns -1 when all are in use (or after 2^32 - 1 births). */
  spawn(): number {
    const row = this.#lowestFree();
    if (row >= this.capacity || this.birthCount === MAX_BIRTHS) return -1;
    this.#use(row);
    const birth = this.birthCount + 1;
    this.#birthCount[0] = birth;
    this.masks[row] = ALIVE;
    this.births[row] = birth;
    permute64(this.identity.idKey[0], this.identity.idKey[1], birth, this.identity.zoneNumber, this.#id);
    this.idLo[row] = this.#id[0] as number;
    this.idHi[row] = this.#id[1] as number;
    return row;
  }

  destroy(row: number): void {
    this.masks[row] = 0;
    this.births[row] = 0;
    this.idLo[row] = 0;
    this.idHi[row] = 0;
    this.epochs[row] = 0;
    this.count--;
    const word = row >>> 5;
    this.#used[word] = (this.#used[word] as number) & ~(1 << (row & 31));
    if (word < this.#firstOpenWord) this.#firstOpenWord = word;
    while (this.end > 0 && this.masks[this.end - 1] === 0) this.end--;
  }

  next(mask: number, after: number): number {
    const { masks, end } = this;
    const wanted = mask | ALIVE;
    for (let row = after + 1; row < end; row++) {
      if (((masks[row] as number) & wanted) === wanted) return row;
    }
    return -1;
  }

  ref(row: number): EntityRef {
    return ((this.births[row] as number) * MAX_ROWS + row) as EntityRef;
  }

  resolve(ref: number): number {
    const row = ref % MAX_ROWS;
    const birth = (ref - row) / MAX_ROWS;
    return birth > 0 && this.births[row] === birth ? row : -1;
  }

  stableId(row: number): string {
    return hex64(this.idLo[row] as number, this.idHi[row] as number);
  }

  findStable(id: string): number {
    const parsed = parseHex64(id);
    return parsed === undefined ? -1 : this.findId(parsed.lo, parsed.hi);
  }

  findId(lo: number, hi: number): number {
    const { idLo, idHi, end } = this;
    for (let row = 0; row < end; row++) {
      if (idLo[row] === lo && idHi[row] === hi && this.alive(row)) return row;
    }
    return -1;
  }

  hashInto(hash: Hash64): void {
    const { zoneNumber, idKey } = this.identity;
    hash.u32(zoneNumber);
    hash.u32(idKey[0]);
    hash.u32(idKey[1]);
    hash.u32(this.birthCount);
    for (let row = 0; row < this.end; row++) {
      if (this.masks[row] === 0) continue;
      hash.u32(row);
      hash.u32(this.masks[row] as number);
      hash.u32(this.births[row] as number);
      hash.u32(this.idLo[row] as number);
      hash.u32(this.idHi[row] as number);
      hash.u32(this.epochs[row] as number);
    }
  }

  write(writer: ByteWriter): void {
    writer.u32(this.birthCount);
    for (const array of [this.masks, this.births, this.idLo, this.idHi, this.epochs]) {
      writer.bytes(new Uint8Array(array.buffer, array.byteOffset, this.end * 4));
    }
  }

  /**
   * Reads into rows of which none is in use. Fails the reader unless the rows are ones that `write` can have written.
   * `known` holds every component's bit.
   */
  read(reader: ByteReader, end: number, known: number): void {
    this.#birthCount[0] = reader.u32();
    for (const array of [this.masks, this.births, this.idLo, this.idHi, this.epochs]) {
      new Uint8Array(array.buffer, array.byteOffset).set(reader.bytes(end * 4));
    }
    for (let row = 0; row < end; row++) {
      if (this.#isPlausible(row, known)) continue;
      reader.fail();
      return;
    }
    if (end > 0 && this.masks[end - 1] === 0) reader.fail();
    this.#deriveUse(end);
  }

  #isPlausible(row: number, known: number): boolean {
    const mask = this.masks[row] as number;
    const birth = this.births[row] as number;
    if (mask !== 0)
      return mask >>> 31 === 1 && (mask & ~known) === (ALIVE | 0) && birth > 0 && birth <= this.birthCount;
    return birth === 0 && this.idLo[row] === 0 && this.idHi[row] === 0 && this.epochs[row] === 0;
  }

  #deriveUse(end: number): void {
    for (let row = 0; row < end; row++) if (this.masks[row] !== 0) this.#use(row);
  }

  #use(row: number): void {
    const word = row >>> 5;
    this.#used[word] = (this.#used[word] as number) | (1 << (row & 31));
    this.count++;
    if (row >= this.end) this.end = row + 1;
  }

  #lowestFree(): number {
    const used = this.#used;
    let word = this.#firstOpenWord;
    while (word < used.length && used[word] === 0xffffffff) word++;
    this.#firstOpenWord = word;
    const free = word < used.length ? ~(used[word] as number) : -1;
    return word * 32 + (31 - Math.clz32(free & -free));
  }
}
