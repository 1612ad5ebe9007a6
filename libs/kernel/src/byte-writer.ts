import { assert } from './assert.ts';
import { MAX_VARINT_BYTES, writeVarint, writeZigzag } from './bytes.ts';
import { utf8Length, writeUtf8 } from './utf8.ts';

/** To here a loop is quicker than a call. */
const COPY_LOOP_BYTES = 32;

/**
 * A reusable, growing buffer for little-endian values. `reset()` keeps the memory, so that a writer which lives as
 * long as its owner stops allocating once it has seen its largest message.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(initialBytes = 256) {
    this.#bytes = new Uint8Array(Math.max(initialBytes, 16));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The number of bytes written since the last `reset`. */
  get length(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
  }

  u8(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  i8(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.#take(2);
    this.#view.setUint16(at, value, true);
  }

  i16(value: number): void {
    const at = this.#take(2);
    this.#view.setInt16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#take(4);
    this.#view.setUint32(at, value, true);
  }

  i32(value: number): void {
    const at = this.#take(4);
    this.#view.setInt32(at, value, true);
  }

  f32(value: number): void {
    const at = this.#take(4);
    this.#view.setFloat32(at, value, true);
  }

  f64(value: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
  }

  /** An integer in [0, 2^53 - 1]; asserts otherwise. */
  varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    this.#length = writeVarint(this.#bytes, this.#length, value);
  }

  /** An integer in [-2^52, 2^52); asserts otherwise. */
  zigzag(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    this.#length = writeZigzag(this.#bytes, this.#length, value);
  }

  /** The bytes of `source` without a length. */
  bytes(source: Uint8Array): void {
    const at = this.#take(source.length);
    this.#bytes.set(source, at);
  }

  /** The length of `source[from, to)` as a varint, then its bytes. */
  blob(source: Uint8Array, from = 0, to = source.length): void {
    const { length } = source;
    assert(from >= 0 && from <= to && to <= length, 'a part lies inside of its bytes');
    this.varint(to - from);
    if (to - from > COPY_LOOP_BYTES)
      this.bytes(from === 0 && to === length ? source : source.subarray(from, to));
    else {
      let at = this.#take(to - from);
      for (let index = from; index < to; index++) this.#bytes[at++] = source[index] as number;
    }
  }

  /** The length in bytes as a varint, then UTF-8; lone surrogates become U+FFFD. */
  text(text: string): void {
    const sizeBytes = utf8Length(text);
    this.varint(sizeBytes);
    const at = this.#take(sizeBytes);
    writeUtf8(this.#bytes, at, text);
  }

  /** Overwrites two bytes that were written before, such as a count that is known only afterwards. */
  patchU16(offset: number, value: number): void {
    assert(offset >= 0 && offset + 2 <= this.#length, 'a patch lies inside of what was written');
    this.#view.setUint16(offset, value, true);
  }

  /** Overwrites four bytes that were written before. */
  patchU32(offset: number, value: number): void {
    assert(offset >= 0 && offset + 4 <= this.#length, 'a patch lies inside of what was written');
    this.#view.setUint32(offset, value, true);
  }

  /** A fresh copy of what was written; the caller owns it. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written, borrowed: valid until the next write or `reset`. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #take(count: number): number {
    this.#reserve(count);
    const at = this.#length;
    this.#length = at + count;
    return at;
  }

  #reserve(count: number): void {
    if (this.#length + count > this.#bytes.length) this.#grow(this.#length + count);
  }

  #grow(neededBytes: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, neededBytes));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
