import { assert } from '@overworld/kernel';
import { type AnyTypedArray, type NumberType, SIZE_BYTES, type TypedArrayOf } from './schema.ts';

/** What a block's length follows: nothing, the number of rows, of timers, or of bytes for lists. */
export type Extent = 'fixed' | 'rows' | 'timers' | 'heap';

interface Block {
  readonly extent: Extent;
  readonly type: NumberType;
  readonly perUnit: number;
  readonly bind: (array: AnyTypedArray) => void;
  array: AnyTypedArray | undefined;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
assert(LITTLE_ENDIAN, 'snapshots are copies of memory: only little-endian machines can run a zone');

const ALIGNMENT_BYTES = 8;

function makeArray(type: NumberType, buffer: ArrayBuffer, offset: number, length: number): AnyTypedArray {
  switch (type) {
    case 'i8':
      return new Int8Array(buffer, offset, length);
    case 'u8':
      return new Uint8Array(buffer, offset, length);
    case 'i16':
      return new Int16Array(buffer, offset, length);
    case 'u16':
      return new Uint16Array(buffer, offset, length);
    case 'i32':
      return new Int32Array(buffer, offset, length);
    case 'u32':
      return new Uint32Array(buffer, offset, length);
    case 'f32':
      return new Float32Array(buffer, offset, length);
    case 'f64':
      return new Float64Array(buffer, offset, length);
  }
}

/**
 * One ArrayBuffer that holds every number of a state, as typed arrays one behind the other, each aligned to 8 bytes.
 * To grow it makes a larger buffer, copies, and hands the new arrays to whoever registered them.
 */
export class Arena {
  readonly #blocks: Block[] = [];
  readonly #units: { [E in Extent]: number };
  #buffer = new ArrayBuffer(0);

  constructor(units: { readonly rows: number; readonly timers: number; readonly heap: number }) {
    this.#units = { fixed: 1, ...units };
  }

  /** The size in bytes of the whole buffer. */
  get sizeBytes(): number {
    return this.#buffer.byteLength;
  }

  units(extent: Extent): number {
    return this.#units[extent];
  }

  /** Registers an array of `perUnit` items per unit of its extent; call `allocate` after the last one. */
  register<T extends NumberType>(
    extent: Extent,
    type: T,
    perUnit: number,
    bind: (array: TypedArrayOf<T>) => void,
  ): void {
    const block = { extent, type, perUnit, bind: bind as (array: AnyTypedArray) => void, array: undefined };
    this.#blocks.push(block);
  }

  allocate(): void {
    this.#buffer = new ArrayBuffer(this.#totalBytes());
    let offset = 0;
    for (const block of this.#blocks) {
      const length = this.#lengthOf(block);
      const array = makeArray(block.type, this.#buffer, offset, length);
      if (block.array !== undefined) array.set(block.array);
      block.array = array;
      offset += padded(length * SIZE_BYTES[block.type]);
    }
    for (const block of this.#blocks) block.bind(block.array as AnyTypedArray);
  }

  /** Grows everything of one extent. Every typed array of the state is replaced. */
  grow(extent: Extent, units: number): void {
    assert(units >= this.#units[extent], 'a state only grows');
    this.#units[extent] = units;
    this.allocate();
  }

  #lengthOf(block: Block): number {
    return block.perUnit * this.#units[block.extent];
  }

  #totalBytes(): number {
    let total = 0;
    for (const block of this.#blocks) total += padded(this.#lengthOf(block) * SIZE_BYTES[block.type]);
    return total;
  }
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
