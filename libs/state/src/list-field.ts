import { assert, type ByteReader, type ByteWriter, type Hash64 } from '@overworld/kernel';
import type { Arena } from './arena.ts';
import type { ListColumn } from './columns.ts';
import type { Field } from './field.ts';
import { classBytes, type ListHeap, sizeClassOf } from './list-heap.ts';
import { readNumber, writeNumber } from './number-field.ts';
import { type ListType, type NumberType, SIZE_BYTES } from './schema.ts';

const FIRST_ITEMS = 4;

/** A field of lists: per row an offset into the heap, a size class and a length. Empty lists own no block. */
export class ListField implements Field, ListColumn {
  readonly part: string;
  readonly bit: number;
  readonly max: number;
  readonly #type: NumberType;
  readonly #itemBytes: number;
  /** Items per heap unit, as a shift: offsets count 8 bytes. */
  readonly #shift: number;
  readonly #heap: ListHeap;
  readonly #holds: (row: number) => boolean;
  #offsets: Uint32Array = new Uint32Array(0);
  #lengths: Uint32Array = new Uint32Array(0);
  #classes: Uint8Array = new Uint8Array(0);

  constructor(
    part: string,
    bit: number,
    type: ListType,
    heap: ListHeap,
    arena: Arena,
    holds: (row: number) => boolean,
  ) {
    this.part = part;
    this.bit = bit;
    this.max = type.max;
    this.#type = type.list;
    this.#itemBytes = SIZE_BYTES[type.list];
    this.#shift = 31 - Math.clz32(8 / this.#itemBytes);
    this.#heap = heap;
    this.#holds = holds;
    arena.register('rows', 'u32', 1, (array) => {
      this.#offsets = array;
    });
    arena.register('rows', 'u32', 1, (array) => {
      this.#lengths = array;
    });
    arena.register('rows', 'u8', 1, (array) => {
      this.#classes = array;
    });
  }

  length(row: number): number {
    return this.#lengths[row] ?? 0;
  }

  get(row: number, index: number): number {
    this.#checkIndex(row, index);
    return this.#heap.view(this.#type)[this.#start(row) + index] as number;
  }

  set(row: number, index: number, value: number): void {
    this.#checkIndex(row, index);
    this.#heap.view(this.#type)[this.#start(row) + index] = value;
  }

  push(row: number, value: number): boolean {
    assert(this.#holds(row), 'a list is written on a row that does not hold the component');
    const length = this.#lengths[row] as number;
    if (length === this.max) return false;
    this.#reserve(row, length + 1);
    this.#heap.view(this.#type)[this.#start(row) + length] = value;
    this.#lengths[row] = length + 1;
    return true;
  }

  pop(row: number): number {
    const last = this.length(row) - 1;
    const value = this.get(row, last);
    this.#shrink(row, last);
    return value;
  }

  removeAt(row: number, index: number): void {
    this.#checkIndex(row, index);
    const start = this.#start(row);
    const length = this.#lengths[row] as number;
    this.#heap.view(this.#type).copyWithin(start + index, start + index + 1, start + length);
    this.#shrink(row, length - 1);
  }

  indexOf(row: number, value: number): number {
    const items = this.#heap.view(this.#type);
    const start = this.#start(row);
    const length = this.length(row);
    for (let index = 0; index < length; index++) if (items[start + index] === value) return index;
    return -1;
  }

  clear(row: number): void {
    if (this.length(row) > 0) this.#shrink(row, 0);
  }

  hashInto(hash: Hash64, masks: Uint32Array, end: number): void {
    for (let row = 0; row < end; row++) {
      if (((masks[row] as number) & this.bit) !== 0) this.#hashRow(hash, row);
    }
  }

  #hashRow(hash: Hash64, row: number): void {
    const items = this.#heap.view(this.#type);
    const start = this.#start(row);
    const length = this.#lengths[row] as number;
    hash.u32(length);
    for (let index = 0; index < length; index++) hash.f64(items[start + index] as number);
  }

  write(writer: ByteWriter, masks: Uint32Array, end: number): void {
    for (let row = 0; row < end; row++) {
      if (((masks[row] as number) & this.bit) !== 0) this.writeRow(writer, row);
    }
  }

  read(reader: ByteReader, masks: Uint32Array, end: number): void {
    for (let row = 0; row < end && !reader.failed; row++) {
      if (((masks[row] as number) & this.bit) !== 0) this.readRow(reader, row);
    }
  }

  writeRow(writer: ByteWriter, row: number): void {
    const items = this.#heap.view(this.#type);
    const start = this.#start(row);
    const length = this.#lengths[row] as number;
    writer.varint(length);
    for (let index = 0; index < length; index++) {
      writeNumber(writer, this.#type, items[start + index] as number);
    }
  }

  readRow(reader: ByteReader, row: number): void {
    const length = reader.varint();
    if (length > this.max || length * this.#itemBytes > reader.remaining) reader.fail();
    for (let index = 0; index < length && !reader.failed; index++) {
      const value = readNumber(reader, this.#type);
      if (row >= 0) this.push(row, value);
    }
  }

  #start(row: number): number {
    return (this.#offsets[row] as number) << this.#shift;
  }

  #checkIndex(row: number, index: number): void {
    const inside = Number.isSafeInteger(index) && index >= 0 && index < this.length(row);
    assert(inside, 'an index lies outside of its list');
  }

  #reserve(row: number, length: number): void {
    const sizeClass = this.#classes[row] as number;
    const owned = this.#offsets[row] === 0 ? 0 : classBytes(sizeClass);
    if (length * this.#itemBytes <= owned) return;
    const grown = sizeClassOf(Math.max(length, FIRST_ITEMS) * this.#itemBytes);
    const offset = this.#heap.allocate(grown);
    if (owned > 0) {
      this.#heap.copy(this.#offsets[row] as number, offset, owned);
      this.#heap.release(this.#offsets[row] as number, sizeClass);
    }
    this.#offsets[row] = offset;
    this.#classes[row] = grown;
  }

  #shrink(row: number, length: number): void {
    this.#lengths[row] = length;
    if (length > 0) return;
    this.#heap.release(this.#offsets[row] as number, this.#classes[row] as number);
    this.#offsets[row] = 0;
    this.#classes[row] = 0;
  }
}
