import { MAX_VARINT_BYTES } from './bytes.ts';
import { readUtf8 } from './utf8.ts';

const EMPTY = new Uint8Array(0);
const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

/**
 * A reusable cursor over bytes from outside. It never throws: an overrun or a bad value sets `failed`, moves the
 * cursor to the end and yields 0, '' or no bytes, and so does every read after it. Check `failed` once, at the end
 * of a message, and before a count that was read drives a loop.
 */
export class ByteReader {
  #bytes: Uint8Array = EMPTY;
  #at = 0;
  #end = 0;
  #failed = false;

  constructor(bytes: Uint8Array = EMPTY) {
    this.reset(bytes);
  }

  /** Starts over on `bytes[from, to)`, which is borrowed for as long as it is read. A bad range sets `failed`. */
  reset(bytes: Uint8Array, from = 0, to = bytes.length): void {
    const valid = from >= 0 && from <= to && to <= bytes.length;
    this.#bytes = bytes;
    this.#at = valid ? from : 0;
    this.#end = valid ? to : 0;
    this.#failed = !valid;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** The position in the bytes given to `reset`. */
  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Marks what is being read as bad: for range checks that only the caller knows. */
  fail(): void {
    this.#failed = true;
    this.#at = this.#end;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : (this.#bytes[at] as number);
  }

  i8(): number {
    return (this.u8() << 24) >> 24;
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : (this.#bytes[at] as number) | ((this.#bytes[at + 1] as number) << 8);
  }

  i16(): number {
    return (this.u16() << 16) >> 16;
  }

  i32(): number {
    const at = this.#take(4);
    if (at < 0) return 0;
    const bytes = this.#bytes;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
  }

  u32(): number {
    return this.i32() >>> 0;
  }

  /** May be NaN or infinite: the caller decides whether that is allowed. */
  f32(): number {
    scratch.setInt32(0, this.i32(), true);
    return scratch.getFloat32(0, true);
  }

  /** May be NaN or infinite: the caller decides whether that is allowed. */
  f64(): number {
    const at = this.#take(8);
    if (at < 0) return 0;
    for (let index = 0; index < 8; index++) scratchBytes[index] = this.#bytes[at + index] as number;
    return scratch.getFloat64(0, true);
  }

  /** An integer in [0, 2^53 - 1]. Larger values and overlong forms fail: each value has one encoding. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 1; count <= MAX_VARINT_BYTES; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value <= Number.MAX_SAFE_INTEGER && (byte !== 0 || count === 1)) return value;
        break;
      }
      scale *= 128;
    }
    this.fail();
    return 0;
  }

  /** An integer in [-2^52, 2^52). */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** `count` bytes, borrowed from the source. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + count);
  }

  /** Goes on behind `count` bytes. */
  skip(count: number): void {
    this.#take(count);
  }

  /** A varint length of at most `maxBytes`, then that many bytes, borrowed from the source. */
  blob(maxBytes: number): Uint8Array {
    const count = this.varint();
    if (count <= maxBytes) return this.bytes(count);
    this.fail();
    return EMPTY;
  }

  /** The same as `blob`, and the caller's own. */
  ownBlob(maxBytes: number): Uint8Array {
    const count = this.varint();
    const at = this.#take(count <= maxBytes ? count : -1);
    return at < 0 ? EMPTY : this.#bytes.slice(at, at + count);
  }

  /** A varint length of at most `maxBytes`, then that much UTF-8. */
  text(maxBytes: number): string {
    const count = this.varint();
    const at = count > maxBytes ? -1 : this.#take(count);
    const text = at < 0 ? undefined : readUtf8(this.#bytes, at, at + count);
    if (text === undefined) this.fail();
    return text ?? '';
  }

  #take(count: number): number {
    const at = this.#at;
    if (!(count >= 0 && count <= this.#end - at)) {
      this.fail();
      return -1;
    }
    this.#at = at + count;
    return at;
  }
}
