import { assert } from '@overworld/kernel';
import { type AnyTypedArray, type NumberType, SIZE_BYTES, type TypedArrayOf } from './schema.ts';

/** What a block's length follows: nothing, the number of rows, of timers, or of bytes for lists. */
export type Extent = 'fixed' | 'rows' | 'timers' | 'heap';
/** What may move while a state lives: nobody outside of this library holds an array of timers or of the list heap. */
type GrowingExtent = 'timers' | 'heap';

interface Block {
  readonly type: NumberType;
  readonly perUnit: number;
  readonly bind: (array: AnyTypedArray) => void;
  array: AnyTypedArray | undefined;
}

/** The blocks of one extent, one behind the other in a buffer of their own. */
interface Region {
  readonly blocks: Block[];
  units: number;
  sizeBytes: number;
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
 * Every number of a state, as typed arrays: one ArrayBuffer for each extent, each array aligned to 8 bytes. Arrays of
 * fixed length and those with an item per row are made once and never move. Timers and lists grow: a larger buffer is
 * made for that extent alone, and whoever registered its arrays is handed the new ones.
 *
 * A large buffer costs what was written to: pages that nobody touched are not there.
 */
export class Arena {
  readonly #regions: { readonly [E in Extent]: Region };

  constructor(units: { readonly rows: number; readonly timers: number; readonly heap: number }) {
    this.#regions = {
      fixed: emptyRegion(1),
      rows: emptyRegion(units.rows),
      timers: emptyRegion(units.timers),
      heap: emptyRegion(units.heap),
    };
  }

  /** The size in bytes of all buffers together. */
  get sizeBytes(): number {
    const { fixed, rows, timers, heap } = this.#regions;
    return fixed.sizeBytes + rows.sizeBytes + timers.sizeBytes + heap.sizeBytes;
  }

  units(extent: Extent): number {
    return this.#regions[extent].units;
  }

  /** Registers an array of `perUnit` items per unit of its extent; call `allocate` after the last one. */
  register<T extends NumberType>(
    extent: Extent,
    type: T,
    perUnit: number,
    bind: (array: TypedArrayOf<T>) => void,
  ): void {
    const block = { type, perUnit, bind: bind as (array: AnyTypedArray) => void, array: undefined };
    this.#regions[extent].blocks.push(block);
  }

  /** Makes every array; called once. */
  allocate(): void {
    for (const region of Object.values(this.#regions)) layOut(region);
  }

  /** Replaces the arrays of one extent by longer ones with the same content. All others stay where they are. */
  grow(extent: GrowingExtent, units: number): void {
    const region = this.#regions[extent];
    assert(units >= region.units, 'a state only grows');
    region.units = units;
    layOut(region);
  }
}

function emptyRegion(units: number): Region {
  return { blocks: [], units, sizeBytes: 0 };
}

/** Gives a region a new buffer, with the content of the one before. */
function layOut(region: Region): void {
  const { blocks, units } = region;
  region.sizeBytes = 0;
  for (const block of blocks) region.sizeBytes += sizeOf(block, units);
  const buffer = new ArrayBuffer(region.sizeBytes);
  let offset = 0;
  for (const block of blocks) {
    const array = makeArray(block.type, buffer, offset, block.perUnit * units);
    if (block.array !== undefined) array.set(block.array);
    block.array = array;
    offset += sizeOf(block, units);
  }
  for (const block of blocks) block.bind(block.array as AnyTypedArray);
}

/** The size of a block with the padding behind it. */
function sizeOf(block: Block, units: number): number {
  const sizeBytes = block.perUnit * units * SIZE_BYTES[block.type];
  return Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}
