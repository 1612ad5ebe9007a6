/*
 * The eight fixed-width number types of the wire: little-endian, two's complement, IEEE 754.
 */

export const NUMBER_SIZE_BYTES = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, f64: 8 } as const;

export type NumberType = keyof typeof NUMBER_SIZE_BYTES;

const F32_MAX = 3.4028234663852886e38;

/** The smallest and the largest value of each type. */
export const NUMBER_RANGE: { readonly [T in NumberType]: readonly [number, number] } = {
  u8: [0, 0xff],
  i8: [-0x80, 0x7f],
  u16: [0, 0xffff],
  i16: [-0x8000, 0x7fff],
  u32: [0, 0xffffffff],
  i32: [-0x80000000, 0x7fffffff],
  f32: [-F32_MAX, F32_MAX],
  f64: [-Number.MAX_VALUE, Number.MAX_VALUE],
};

export function isNumberType(text: unknown): text is NumberType {
  return typeof text === 'string' && Object.hasOwn(NUMBER_SIZE_BYTES, text);
}

export function isFloatType(type: string): boolean {
  return type === 'f32' || type === 'f64';
}

const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

function stage(bytes: Uint8Array, offset: number, count: number): void {
  for (let index = 0; index < count; index++) scratchBytes[index] = bytes[offset + index] as number;
}

function readI32(bytes: Uint8Array, offset: number): number {
  const low = (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
  return low | ((bytes[offset + 2] as number) << 16) | ((bytes[offset + 3] as number) << 24);
}

export function readU16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
}

export function readU32(bytes: Uint8Array, offset: number): number {
  return readI32(bytes, offset) >>> 0;
}

/** The number at `offset`. The caller has checked that it lies inside of `bytes`. Allocates nothing. */
export function readNumber(type: NumberType, bytes: Uint8Array, offset: number): number {
  switch (type) {
    case 'u8':
      return bytes[offset] as number;
    case 'i8':
      return ((bytes[offset] as number) << 24) >> 24;
    case 'u16':
      return readU16(bytes, offset);
    case 'i16':
      return (readU16(bytes, offset) << 16) >> 16;
    case 'u32':
      return readU32(bytes, offset);
    case 'i32':
      return readI32(bytes, offset);
    case 'f32':
      stage(bytes, offset, 4);
      return scratch.getFloat32(0, true);
    case 'f64':
      stage(bytes, offset, 8);
      return scratch.getFloat64(0, true);
  }
}

/** Writes `value`, which is in the type's range, and returns the next offset. Allocates nothing. */
export function writeNumber(type: NumberType, bytes: Uint8Array, offset: number, value: number): number {
  const sizeBytes = NUMBER_SIZE_BYTES[type];
  if (type === 'f32') scratch.setFloat32(0, value, true);
  else if (type === 'f64') scratch.setFloat64(0, value, true);
  else scratch.setInt32(0, value | 0, true);
  for (let index = 0; index < sizeBytes; index++) bytes[offset + index] = scratchBytes[index] as number;
  return offset + sizeBytes;
}
