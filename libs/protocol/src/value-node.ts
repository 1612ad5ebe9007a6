/*
 * One node per value type. A node writes a checked value and reads checked bytes; nodes nest as deep as the type does,
 * which has a limit, and never as deep as some data does.
 *
 *   numbers    fixed width, little-endian     bool   u8, 0 or 1           enum   u8 index
 *   uint       varint                         int    zigzag varint
 *   string     varint bytes, UTF-8            json   varint bytes, UTF-8 of JSON
 *   array      varint count, elements         object presence bits of the optional fields, then the fields there are
 */

import { assert, type ByteReader, type ByteWriter, utf8Length } from '@overworld/kernel';
import { NUMBER_RANGE, NUMBER_SIZE_BYTES, type NumberType } from './number-type.ts';

const NO_BYTES = new Uint8Array(0);

export interface ValueNode {
  /** No value takes less: a count that promises more elements than can be there is refused before the first. */
  readonly minBytes: number;
  /** False, with anything written so far to be thrown away, when the value is not of this type. */
  write(writer: ByteWriter, value: unknown): boolean;
  /** The value, or anything at all when the reader has failed. */
  read(reader: ByteReader): unknown;
}

export class IntegerNode implements ValueNode {
  readonly minBytes: number;
  readonly #type: Exclude<NumberType, 'f32' | 'f64'>;
  readonly #low: number;
  readonly #high: number;

  constructor(type: Exclude<NumberType, 'f32' | 'f64'>) {
    this.#type = type;
    this.minBytes = NUMBER_SIZE_BYTES[type];
    [this.#low, this.#high] = NUMBER_RANGE[type];
  }

  write(writer: ByteWriter, value: unknown): boolean {
    if (!Number.isInteger(value)) return false;
    const integer = value as number;
    if (integer < this.#low || integer > this.#high) return false;
    writer[this.#type](integer);
    return true;
  }

  read(reader: ByteReader): number {
    return reader[this.#type]();
  }
}

export class FloatNode implements ValueNode {
  readonly minBytes: number;
  readonly #type: 'f32' | 'f64';

  constructor(type: 'f32' | 'f64') {
    this.#type = type;
    this.minBytes = NUMBER_SIZE_BYTES[type];
  }

  write(writer: ByteWriter, value: unknown): boolean {
    if (typeof value !== 'number') return false;
    const rounded = this.#type === 'f32' ? Math.fround(value) : value;
    if (!Number.isFinite(rounded)) return false;
    writer[this.#type](rounded + 0);
    return true;
  }

  /** Adding zero turns -0 into 0, so that no value has two forms. */
  read(reader: ByteReader): number {
    const value = reader[this.#type]();
    if (!Number.isFinite(value)) reader.fail();
    return value + 0;
  }
}

export const UINT_NODE: ValueNode = {
  minBytes: 1,
  write(writer, value) {
    if (!Number.isSafeInteger(value) || (value as number) < 0) return false;
    writer.varint((value as number) + 0);
    return true;
  },
  read: (reader) => reader.varint(),
};

const ZIGZAG_END = 2 ** 52;

export const INT_NODE: ValueNode = {
  minBytes: 1,
  write(writer, value) {
    if (!Number.isInteger(value)) return false;
    const integer = (value as number) + 0;
    if (integer < -ZIGZAG_END || integer >= ZIGZAG_END) return false;
    writer.zigzag(integer);
    return true;
  },
  read: (reader) => reader.zigzag(),
};

export const BOOL_NODE: ValueNode = {
  minBytes: 1,
  write(writer, value) {
    if (typeof value !== 'boolean') return false;
    writer.u8(value ? 1 : 0);
    return true;
  },
  read(reader) {
    const byte = reader.u8();
    if (byte > 1) reader.fail();
    return byte === 1;
  },
};

export class EnumNode implements ValueNode {
  readonly minBytes = 1;
  readonly #values: readonly string[];

  constructor(values: readonly string[]) {
    this.#values = values;
  }

  write(writer: ByteWriter, value: unknown): boolean {
    const index = this.#values.indexOf(value as string);
    if (index < 0) return false;
    writer.u8(index);
    return true;
  }

  read(reader: ByteReader): string {
    const index = reader.u8();
    if (index >= this.#values.length) reader.fail();
    return this.#values[index] ?? '';
  }
}

export class StringNode implements ValueNode {
  readonly minBytes = 1;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  write(writer: ByteWriter, value: unknown): boolean {
    if (typeof value !== 'string' || value.length > this.#maxBytes) return false;
    if (utf8Length(value) > this.#maxBytes) return false;
    writer.text(value);
    return true;
  }

  read(reader: ByteReader): string {
    return reader.text(this.#maxBytes);
  }
}

/** Refuses NaN, infinities (JSON text can spell one: 1e999) and the key that would set a prototype; -0 becomes 0. */
function soundOrThrow(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new RangeError('a key that is not allowed');
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) throw new RangeError('a number that is not finite');
  return value + 0;
}

export class JsonNode implements ValueNode {
  readonly minBytes = 1;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  write(writer: ByteWriter, value: unknown): boolean {
    try {
      const text = JSON.stringify(value, soundOrThrow) as string | undefined;
      if (text === undefined || text.length > this.#maxBytes || utf8Length(text) > this.#maxBytes)
        return false;
      writer.text(text);
      return true;
    } catch {
      return false;
    }
  }

  read(reader: ByteReader): unknown {
    const text = reader.text(this.#maxBytes);
    if (reader.failed) return undefined;
    try {
      return JSON.parse(text, soundOrThrow);
    } catch {
      reader.fail();
      return undefined;
    }
  }
}

export class ArrayNode implements ValueNode {
  readonly minBytes = 1;
  readonly #element: ValueNode;
  readonly #max: number;

  constructor(element: ValueNode, max: number) {
    assert(element.minBytes > 0, 'the elements of an array take at least a byte each');
    this.#element = element;
    this.#max = max;
  }

  write(writer: ByteWriter, value: unknown): boolean {
    if (!Array.isArray(value) || value.length > this.#max) return false;
    writer.varint(value.length);
    for (const element of value) {
      if (!this.#element.write(writer, element)) return false;
    }
    return true;
  }

  read(reader: ByteReader): unknown[] {
    const values: unknown[] = [];
    const count = reader.varint();
    if (count > this.#max || count * this.#element.minBytes > reader.remaining) reader.fail();
    for (let index = 0; index < count && !reader.failed; index++) values.push(this.#element.read(reader));
    return values;
  }
}

export type FieldTest = (value: unknown) => boolean;

export interface FieldNode {
  readonly name: string;
  readonly optional: boolean;
  readonly node: ValueNode;
}

export class ObjectNode implements ValueNode {
  readonly minBytes: number;
  readonly #fields: readonly FieldNode[];
  readonly #optional: readonly FieldNode[];
  readonly #presenceBytes: number;

  constructor(fields: readonly FieldNode[]) {
    this.#fields = fields;
    this.#optional = fields.filter(({ optional }) => optional);
    this.#presenceBytes = Math.ceil(this.#optional.length / 8);
    const required = fields.filter(({ optional }) => !optional);
    this.minBytes = required.reduce((sum, { node }) => sum + node.minBytes, this.#presenceBytes);
  }

  write(writer: ByteWriter, value: unknown): boolean {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const from = value as Record<string, unknown>;
    this.#writePresence(writer, from);
    for (const { name, optional, node } of this.#fields) {
      const given = Object.hasOwn(from, name) ? from[name] : undefined;
      if (given === undefined && optional) continue;
      if (!node.write(writer, given)) return false;
    }
    return true;
  }

  read(reader: ByteReader): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const presence = this.#presenceBytes === 0 ? NO_BYTES : reader.bytes(this.#presenceBytes);
    if (this.#hasStrayBits(presence)) reader.fail();
    let optionalIndex = 0;
    for (const { name, optional, node } of this.#fields) {
      if (reader.failed) return value;
      if (optional && !this.#isPresent(presence, optionalIndex++)) continue;
      value[name] = node.read(reader);
    }
    return value;
  }

  /** The number of fields, when all of them are always there; otherwise -1. */
  get requiredCount(): number {
    return this.#optional.length === 0 ? this.#fields.length : -1;
  }

  /** Reads as `read` does and makes no object: each field is put to the test at its place. All have to be required. */
  passes(reader: ByteReader, tests: readonly FieldTest[]): boolean {
    for (let index = 0; index < this.#fields.length; index++) {
      const value = (this.#fields[index] as FieldNode).node.read(reader);
      if (reader.failed || !(tests[index] as FieldTest)(value)) return false;
    }
    return true;
  }

  #writePresence(writer: ByteWriter, from: Record<string, unknown>): void {
    for (let first = 0; first < this.#optional.length; first += 8) {
      let bits = 0;
      for (let index = first; index < Math.min(first + 8, this.#optional.length); index++) {
        const { name } = this.#optional[index] as FieldNode;
        if (Object.hasOwn(from, name) && from[name] !== undefined) bits |= 1 << (index - first);
      }
      writer.u8(bits);
    }
  }

  #isPresent(presence: Uint8Array, index: number): boolean {
    return (((presence[index >> 3] as number) >> (index & 7)) & 1) === 1;
  }

  #hasStrayBits(presence: Uint8Array): boolean {
    const used = this.#optional.length & 7;
    return used > 0 && (presence[presence.length - 1] as number) >> used !== 0;
  }
}
