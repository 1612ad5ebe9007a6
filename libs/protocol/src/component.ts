/*
 * The bytes of one component: its fields in order, byte-aligned, little-endian, without padding.
 */

import { assert, ByteReader, clamp } from '@overworld/kernel';
import {
  isFloatType,
  NUMBER_RANGE,
  NUMBER_SIZE_BYTES,
  type NumberType,
  readNumber,
  writeNumber,
} from './number-type.ts';
import type { WireComponent, WireField } from './schema.ts';

/** What a component's fields decode to. */
export type ComponentValues = Record<string, number | string | number[]>;

const reader = new ByteReader();

/** The wire number for a value: the nearest step, clamped to the type's range. Not for texts. */
export function toWire(field: WireField, value: number): number {
  const type = field.type === 'list' ? (field.of as NumberType) : (field.type as NumberType);
  const wire = (value - field.offset) / field.scale;
  const [low, high] = NUMBER_RANGE[type];
  if (type === 'f32') return Math.fround(clamp(wire, low, high));
  if (type === 'f64') return wire;
  return clamp(Math.floor(wire + 0.5), low, high);
}

/** The value that a wire number stands for. */
export function fromWire(field: WireField, wire: number): number {
  return field.offset + wire * field.scale;
}

function floatsAreFinite(type: NumberType, bytes: Uint8Array, offset: number, count: number): boolean {
  if (!isFloatType(type)) return true;
  const sizeBytes = NUMBER_SIZE_BYTES[type];
  for (let index = 0; index < count; index++) {
    if (!Number.isFinite(readNumber(type, bytes, offset + index * sizeBytes))) return false;
  }
  return true;
}

/** The offset behind a list at `offset`, or -1. */
function skipList(field: WireField, bytes: Uint8Array, offset: number, end: number): number {
  reader.reset(bytes, offset, end);
  const count = reader.varint();
  const type = field.of as NumberType;
  const sizeBytes = NUMBER_SIZE_BYTES[type];
  if (reader.failed || count > (field.max as number) || count * sizeBytes > reader.remaining) return -1;
  const start = reader.offset;
  return floatsAreFinite(type, bytes, start, count) ? start + count * sizeBytes : -1;
}

function skipText(field: WireField, bytes: Uint8Array, offset: number, end: number): number {
  reader.reset(bytes, offset, end);
  reader.text(field.max as number);
  return reader.failed ? -1 : reader.offset;
}

/** The offset behind a field at `offset`, or -1 when it does not lie whole and sound before `end`. */
function skipField(field: WireField, bytes: Uint8Array, offset: number, end: number): number {
  if (field.type === 'text') return skipText(field, bytes, offset, end);
  if (field.type === 'list') return skipList(field, bytes, offset, end);
  const next = offset + NUMBER_SIZE_BYTES[field.type];
  return next <= end && floatsAreFinite(field.type, bytes, offset, 1) ? next : -1;
}

/**
 * How many bytes the component takes at `offset`, or -1 when it is bad: it does not end by `end`, a text is no UTF-8
 * or too long, a list is too long, a floating-point number is NaN or infinite. Never throws; the work is bounded by
 * the bytes that are there.
 */
export function componentLength(
  component: WireComponent,
  bytes: Uint8Array,
  offset: number,
  end: number,
): number {
  if (end > bytes.length) return -1;
  let at = offset;
  for (const field of component.fields) {
    at = skipField(field, bytes, at, end);
    if (at < 0) return -1;
  }
  return at - offset;
}

function readList(field: WireField, bytes: Uint8Array, offset: number, out: ComponentValues): number {
  reader.reset(bytes, offset, bytes.length);
  const count = reader.varint();
  let at = reader.offset;
  const values: number[] = [];
  for (let index = 0; index < count; index++) {
    values.push(fromWire(field, readNumber(field.of as NumberType, bytes, at)));
    at += NUMBER_SIZE_BYTES[field.of as NumberType];
  }
  out[field.name] = values;
  return at;
}

function readText(field: WireField, bytes: Uint8Array, offset: number, out: ComponentValues): number {
  reader.reset(bytes, offset, bytes.length);
  out[field.name] = reader.text(field.max as number);
  return reader.offset;
}

/**
 * Decodes the component at `offset` into `out` by field name and returns how many bytes it took. The bytes have to
 * have passed `componentLength` or `readFrame` before. A list is a fresh array; numbers allocate nothing.
 */
export function readComponent(
  component: WireComponent,
  bytes: Uint8Array,
  offset: number,
  out: ComponentValues,
): number {
  let at = offset;
  for (const field of component.fields) {
    const { type } = field;
    if (type === 'text') at = readText(field, bytes, at, out);
    else if (type === 'list') at = readList(field, bytes, at, out);
    else {
      out[field.name] = fromWire(field, readNumber(type, bytes, at));
      at += NUMBER_SIZE_BYTES[type];
    }
  }
  return at - offset;
}

/** Positions and size of fields in the order given: what `byte` and `sizeBytes` have to be. */
export function layoutFields(fields: readonly Omit<WireField, 'byte'>[]): {
  fields: WireField[];
  sizeBytes: number;
} {
  let byte = 0;
  const placed = fields.map((field) => {
    const at = byte;
    if (field.type === 'text' || field.type === 'list') byte = -1;
    else if (byte >= 0) byte += NUMBER_SIZE_BYTES[field.type];
    return { ...field, byte: at };
  });
  return { fields: placed, sizeBytes: Math.max(byte, 0) };
}

/** Writes a number field at `offset` and returns the next offset. */
export function writeField(field: WireField, bytes: Uint8Array, offset: number, value: number): number {
  assert(field.type !== 'text' && field.type !== 'list', 'a number field');
  return writeNumber(field.type, bytes, offset, toWire(field, value));
}
