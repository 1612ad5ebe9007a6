/*
 * Little-endian writers of single values. Each returns the offset behind what it wrote; the caller has made room.
 *
 * varint: 7 bits per byte, the lowest first, bit 7 set on every byte but the last (LEB128), at most 8 bytes.
 * zigzag: 0, -1, 1, -2, ... become 0, 1, 2, 3, ... and are written as a varint.
 */

import { assert } from './assert.ts';

/** The most bytes that a varint takes. */
export const MAX_VARINT_BYTES = 8;
/** The largest magnitude that a zigzag varint holds: -2^52 <= value < 2^52. */
const ZIGZAG_LIMIT = 4_503_599_627_370_496;

export function writeU8(view: DataView, offset: number, value: number): number {
  view.setUint8(offset, value);
  return offset + 1;
}

export function writeI8(view: DataView, offset: number, value: number): number {
  view.setInt8(offset, value);
  return offset + 1;
}

export function writeU16(view: DataView, offset: number, value: number): number {
  view.setUint16(offset, value, true);
  return offset + 2;
}

export function writeI16(view: DataView, offset: number, value: number): number {
  view.setInt16(offset, value, true);
  return offset + 2;
}

export function writeU32(view: DataView, offset: number, value: number): number {
  view.setUint32(offset, value, true);
  return offset + 4;
}

export function writeI32(view: DataView, offset: number, value: number): number {
  view.setInt32(offset, value, true);
  return offset + 4;
}

export function writeF32(view: DataView, offset: number, value: number): number {
  view.setFloat32(offset, value, true);
  return offset + 4;
}

export function writeF64(view: DataView, offset: number, value: number): number {
  view.setFloat64(offset, value, true);
  return offset + 8;
}

/**
 * Writes an integer in [0, 2^53 - 1] as a varint and returns the next offset.
 *
 * @throws when `value` is no such integer (a programmer error: range-check what comes from outside first).
 */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'a varint is an integer in [0, 2^53 - 1]');
  let rest = value;
  let at = offset;
  while (rest > 0x7fffffff) {
    bytes[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/**
 * Writes an integer in [-2^52, 2^52) as a zigzag varint and returns the next offset.
 *
 * @throws when `value` is no such integer.
 */
export function writeZigzag(bytes: Uint8Array, offset: number, value: number): number {
  const inRange = Number.isSafeInteger(value) && value >= -ZIGZAG_LIMIT && value < ZIGZAG_LIMIT;
  assert(inRange, 'a zigzag varint is an integer in [-2^52, 2^52)');
  return writeVarint(bytes, offset, value < 0 ? -2 * value - 1 : 2 * value);
}
