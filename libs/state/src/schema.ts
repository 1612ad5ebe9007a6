import { assert, Hash64 } from '@overworld/kernel';

export type NumberType = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64';

/** A text of at most `text` bytes of UTF-8. */
export interface TextType {
  readonly text: number;
}

/** A list of at most `max` numbers. */
export interface ListType {
  readonly list: NumberType;
  readonly max: number;
}

export type FieldType = NumberType | TextType | ListType;
export type RecordFieldType = NumberType | TextType;

export interface ComponentFields {
  readonly [field: string]: FieldType;
}

/** What a state is made of. The order of declaration is part of the format: a component's mask bit is its position. */
export interface StateSchema {
  readonly components: { readonly [name: string]: ComponentFields };
  /** Values that the whole zone has once. */
  readonly record: { readonly [field: string]: RecordFieldType };
  /** The names of the seeded random streams. */
  readonly streams: readonly string[];
}

export interface TypedArrays {
  i8: Int8Array;
  u8: Uint8Array;
  i16: Int16Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  f32: Float32Array;
  f64: Float64Array;
}
export type TypedArrayOf<T extends NumberType> = TypedArrays[T];
export type AnyTypedArray = TypedArrays[NumberType];

export const SIZE_BYTES: { readonly [T in NumberType]: number } = {
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  f64: 8,
};

const MAX_COMPONENTS = 31;
/** Rows are the low 20 bits of an entity reference. */
export const MAX_ROWS = 1_048_576;
const MAX_TEXT_BYTES = 65_535;
const MAX_LIST_LENGTH = 65_535;
const NAME = /^[a-z$][A-Za-z0-9]*$/;
/** Names that an ordinary object has already, and one that would blur the names of the hash's parts. */
const RESERVED = new Set(['constructor', 'random', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf']);

function checkName(name: string, what: string): void {
  assert(NAME.test(name) && !RESERVED.has(name), `${what} "${name}" is no usable name`);
}

function checkField(type: FieldType, where: string): void {
  if (typeof type === 'string') {
    assert(Object.hasOwn(SIZE_BYTES, type), `${where}: unknown type "${type}"`);
  } else if ('text' in type) {
    const valid = Number.isSafeInteger(type.text) && type.text > 0 && type.text <= MAX_TEXT_BYTES;
    assert(valid, `${where}: a text has 1 to ${MAX_TEXT_BYTES} bytes`);
  } else {
    assert(Object.hasOwn(SIZE_BYTES, type.list), `${where}: unknown type "${type.list}"`);
    const valid = Number.isSafeInteger(type.max) && type.max > 0 && type.max <= MAX_LIST_LENGTH;
    assert(valid, `${where}: a list has 1 to ${MAX_LIST_LENGTH} items`);
  }
}

/** @throws when the schema contradicts itself: names that clash or are unusable, unknown types, too many components. */
export function checkSchema(schema: StateSchema): void {
  const components = Object.entries(schema.components);
  assert(components.length <= MAX_COMPONENTS, `a schema has at most ${MAX_COMPONENTS} components`);
  for (const [component, fields] of components) {
    checkName(component, 'component');
    for (const [field, type] of Object.entries(fields)) {
      checkName(field, `field of ${component}`);
      checkField(type, `${component}.${field}`);
    }
  }
  for (const [field, type] of Object.entries(schema.record)) {
    checkName(field, 'record field');
    assert(typeof type === 'string' || 'text' in type, `record.${field}: a record holds numbers and texts`);
    checkField(type, `record.${field}`);
  }
  for (const stream of schema.streams) checkName(stream, 'stream');
  assert(new Set(schema.streams).size === schema.streams.length, 'two streams have the same name');
}

function hashField(hash: Hash64, name: string, type: FieldType): void {
  hash.text(name);
  if (typeof type === 'string') {
    hash.text(type);
  } else if ('text' in type) {
    hash.text('text');
    hash.u32(type.text);
  } else {
    hash.text(`list ${type.list}`);
    hash.u32(type.max);
  }
}

function hashFields(hash: Hash64, fields: ComponentFields): void {
  const entries = Object.entries(fields);
  hash.u32(entries.length);
  for (const [name, type] of entries) hashField(hash, name, type);
}

/** Names, types, limits and their order: states with equal hashes here read each other's snapshots. 16 hex digits. */
export function schemaHash(schema: StateSchema): string {
  const hash = new Hash64();
  const components = Object.entries(schema.components);
  hash.u32(components.length);
  for (const [name, fields] of components) {
    hash.text(name);
    hashFields(hash, fields);
  }
  hashFields(hash, schema.record);
  hash.u32(schema.streams.length);
  for (const stream of schema.streams) hash.text(stream);
  return hash.digest();
}

/** Keeps the literal types of a schema that is declared apart from the state made of it. */
export function defineSchema<const S extends StateSchema>(schema: S): S {
  return schema;
}
