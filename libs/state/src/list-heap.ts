import type { Arena } from './arena.ts';
import type { NumberType, TypedArrays } from './schema.ts';

/** Offsets count units of 8 bytes, so that 32 bits reach far and every type is aligned. */
const UNIT_BYTES = 8;
const CLASS_COUNT = 24;

/** The size class whose blocks are the smallest to hold `sizeBytes`: blocks of class k have 8 * 2^k bytes. */
export function sizeClassOf(sizeBytes: number): number {
  const units = Math.ceil(sizeBytes / UNIT_BYTES);
  return units <= 1 ? 0 : 32 - Math.clz32(units - 1);
}

export function classBytes(sizeClass: number): number {
  return UNIT_BYTES << sizeClass;
}

/**
 * Blocks of power-of-two sizes for lists, in a buffer of their own that grows. Freed blocks are chained by size in
 * their own first word. Where a block lies is no part of hash or snapshot: both list the items alone.
 */
export class ListHeap {
  readonly #arena: Arena;
  /** The first free block of each size class, 0 for none: unit 0 is never given out. */
  #free: Uint32Array = new Uint32Array(0);
  /** [0]: the first unit that was never given out. */
  #top: Uint32Array = new Uint32Array(0);
  #views: TypedArrays;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#views = viewsOf(new Uint8Array(0));
    arena.register('fixed', 'u32', CLASS_COUNT, (array) => {
      this.#free = array;
    });
    arena.register('fixed', 'u32', 1, (array) => {
      this.#top = array;
      if (array[0] === 0) array[0] = 1;
    });
    arena.register('heap', 'u8', 1, (array) => {
      this.#views = viewsOf(array);
    });
  }

  /** The whole heap as numbers of one type; replaced when it grows, so nobody keeps it over an `allocate`. */
  view<T extends NumberType>(type: T): TypedArrays[T] {
    return this.#views[type];
  }

  /** The offset in units of a block of at least `8 * 2^sizeClass` bytes, whose content is undefined. */
  allocate(sizeClass: number): number {
    const head = this.#free[sizeClass] as number;
    if (head !== 0) {
      this.#free[sizeClass] = this.#views.u32[head * 2] as number;
      return head;
    }
    const offset = this.#top[0] as number;
    const end = offset + (1 << sizeClass);
    this.#reserve(end * UNIT_BYTES);
    this.#top[0] = end;
    return offset;
  }

  release(offset: number, sizeClass: number): void {
    this.#views.u32[offset * 2] = this.#free[sizeClass] as number;
    this.#free[sizeClass] = offset;
  }

  /** Copies the first `sizeBytes` of one block to another. */
  copy(from: number, to: number, sizeBytes: number): void {
    const start = from * UNIT_BYTES;
    this.#views.u8.copyWithin(to * UNIT_BYTES, start, start + sizeBytes);
  }

  #reserve(sizeBytes: number): void {
    let grown = this.#arena.units('heap');
    if (sizeBytes <= grown) return;
    while (grown < sizeBytes) grown *= 2;
    this.#arena.grow('heap', grown);
  }
}

function viewsOf(bytes: Uint8Array): TypedArrays {
  const { buffer, byteOffset, length } = bytes;
  return {
    i8: new Int8Array(buffer, byteOffset, length),
    u8: bytes,
    i16: new Int16Array(buffer, byteOffset, length >> 1),
    u16: new Uint16Array(buffer, byteOffset, length >> 1),
    i32: new Int32Array(buffer, byteOffset, length >> 2),
    u32: new Uint32Array(buffer, byteOffset, length >> 2),
    f32: new Float32Array(buffer, byteOffset, length >> 2),
    f64: new Float64Array(buffer, byteOffset, length >> 3),
  };
}
