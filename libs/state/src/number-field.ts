import { assert, type ByteReader, type ByteWriter, type Hash64 } from '@overworld/kernel';
import type { Field } from './field.ts';
import { type AnyTypedArray, type NumberType, SIZE_BYTES } from './schema.ts';

/**
 * Columns of eight types are copied here before a loop reads them, so that the loop is compiled for one type. It only
 * lives inside of single calls, and the states of one process share it.
 */
let widened = new Float64Array(1024);

function widen(array: AnyTypedArray, end: number): Float64Array {
  if (widened.length < end) widened = new Float64Array(Math.max(end, widened.length * 2));
  widened.set(array.subarray(0, end));
  return widened;
}

function holdsNaN(values: Float64Array, masks: Uint32Array, bit: number, end: number): boolean {
  for (let row = 0; row < end; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value) && ((masks[row] as number) & bit) !== 0) return true;
  }
  return false;
}

export function writeNumber(writer: ByteWriter, type: NumberType, value: number): void {
  assert(!Number.isNaN(value), 'NaN cannot be part of a state');
  writer[type](value);
}

/** Fails the reader on NaN. */
export function readNumber(reader: ByteReader, type: NumberType): number {
  const value = reader[type]();
  if (Number.isNaN(value)) reader.fail();
  return value;
}

/** A field of numbers: one typed array with an item per row. */
export class NumberField implements Field {
  readonly part: string;
  readonly bit: number;
  readonly #type: NumberType;
  readonly #sizeBytes: number;
  readonly #float: boolean;
  #array: AnyTypedArray = new Uint8Array(0);

  constructor(part: string, bit: number, type: NumberType) {
    this.part = part;
    this.bit = bit;
    this.#type = type;
    this.#sizeBytes = SIZE_BYTES[type];
    this.#float = type === 'f32' || type === 'f64';
  }

  bind(array: AnyTypedArray): void {
    this.#array = array;
  }

  clear(row: number): void {
    this.#array[row] = 0;
  }

  hashInto(hash: Hash64, masks: Uint32Array, end: number): void {
    const values = widen(this.#array, end);
    const { bit } = this;
    for (let row = 0; row < end; row++) {
      if (((masks[row] as number) & bit) !== 0) hash.f64(values[row] as number);
    }
  }

  write(writer: ByteWriter, masks: Uint32Array, end: number): void {
    assert(!this.#nanWithin(masks, end), `${this.part} holds NaN`);
    const array = this.#array;
    writer.bytes(new Uint8Array(array.buffer, array.byteOffset, end * this.#sizeBytes));
  }

  read(reader: ByteReader, masks: Uint32Array, end: number): void {
    const array = this.#array;
    const bytes = reader.bytes(end * this.#sizeBytes);
    new Uint8Array(array.buffer, array.byteOffset).set(bytes);
    if (this.#nanWithin(masks, end)) reader.fail();
  }

  writeRow(writer: ByteWriter, row: number): void {
    writeNumber(writer, this.#type, this.#array[row] as number);
  }

  readRow(reader: ByteReader, row: number): void {
    const value = readNumber(reader, this.#type);
    if (row >= 0) this.#array[row] = value;
  }

  #nanWithin(masks: Uint32Array, end: number): boolean {
    return this.#float && holdsNaN(widen(this.#array, end), masks, this.bit, end);
  }
}
