/*
 * From JSON Schema (draft 2020-12, as zod 4 writes it) to the value types of the wire. What has no value type of its
 * own, such as unions, tuples and records, travels as JSON text.
 */

import { LIMITS } from './limits.ts';
import { NUMBER_RANGE } from './number-type.ts';
import { isFieldName, type ValueField, type ValueType } from './value-type.ts';

type JsonSchema = { readonly [keyword: string]: unknown };

const DEFAULT_STRING_BYTES = 1024;
const DEFAULT_JSON_BYTES = 8192;
const DEFAULT_ARRAY_LENGTH = 256;
/** A UTF-16 code unit takes at most three bytes of UTF-8. */
const BYTES_PER_CODE_UNIT = 3;
const JSON_VALUE: ValueType = { t: 'json', max: DEFAULT_JSON_BYTES };
/** What says more about a value than its `type` and the keywords that belong to that. */
const COMBINED = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'patternProperties'] as const;
const INTEGER_TYPES = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32'] as const;

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bound(schema: JsonSchema, inclusive: string, exclusive: string, step: number, none: number): number {
  const at = schema[inclusive];
  if (typeof at === 'number') return at;
  const beyond = schema[exclusive];
  return typeof beyond === 'number' ? beyond + step : none;
}

function integerType(schema: JsonSchema): ValueType {
  const low = bound(schema, 'minimum', 'exclusiveMinimum', 1, -Infinity);
  const high = bound(schema, 'maximum', 'exclusiveMaximum', -1, Infinity);
  for (const t of INTEGER_TYPES) {
    if (low >= NUMBER_RANGE[t][0] && high <= NUMBER_RANGE[t][1]) return { t };
  }
  return { t: low >= 0 ? 'uint' : 'int' };
}

function numberType(schema: JsonSchema): ValueType {
  const [low, high] = NUMBER_RANGE.f32;
  return { t: schema.minimum === low && schema.maximum === high ? 'f32' : 'f64' };
}

function enumType(values: readonly unknown[]): ValueType {
  const texts = values.filter((value) => typeof value === 'string');
  const fits = texts.length === values.length && texts.length > 0 && texts.length <= LIMITS.maxEnumValues;
  return fits ? { t: 'enum', values: [...new Set(texts)] } : JSON_VALUE;
}

function stringType(schema: JsonSchema): ValueType {
  const { maxLength } = schema;
  const max = typeof maxLength === 'number' ? maxLength * BYTES_PER_CODE_UNIT : DEFAULT_STRING_BYTES;
  return { t: 'string', max: Math.min(max, LIMITS.maxStringBytes) };
}

/** The fewest bytes of an element: an array cannot be made of what takes none. */
function takesBytes(type: ValueType): boolean {
  return (
    type.t !== 'object' || type.fields.some(({ value, optional }) => optional === true || takesBytes(value))
  );
}

function arrayType(schema: JsonSchema, depth: number): ValueType {
  if (!isSchema(schema.items) || schema.prefixItems !== undefined) return JSON_VALUE;
  const of = typeOf(schema.items, depth + 1);
  if (of === undefined || !takesBytes(of)) return JSON_VALUE;
  const max = typeof schema.maxItems === 'number' ? schema.maxItems : DEFAULT_ARRAY_LENGTH;
  return { t: 'array', of, max: Math.min(max, LIMITS.maxArrayLength) };
}

function objectType(schema: JsonSchema, depth: number): ValueType {
  const { properties, additionalProperties, required } = schema;
  if (!isSchema(properties) || isSchema(additionalProperties) || additionalProperties === true)
    return JSON_VALUE;
  const entries = Object.entries(properties);
  if (entries.length > LIMITS.maxValueFields) return JSON_VALUE;
  const fields: ValueField[] = [];
  for (const [name, property] of entries) {
    const value = isSchema(property) ? typeOf(property, depth + 1) : undefined;
    if (value === undefined || !isFieldName(name)) return JSON_VALUE;
    const isRequired = Array.isArray(required) && required.includes(name);
    fields.push(isRequired ? { name, value } : { name, value, optional: true });
  }
  return { t: 'object', fields };
}

/** Undefined past the depth that value types have: the level above becomes JSON then. */
function typeOf(schema: JsonSchema, depth: number): ValueType | undefined {
  if (depth > LIMITS.maxValueDepth) return undefined;
  if (COMBINED.some((keyword) => keyword in schema)) return JSON_VALUE;
  if ('const' in schema) return enumType([schema.const]);
  if (Array.isArray(schema.enum)) return enumType(schema.enum);
  switch (schema.type) {
    case 'integer':
      return integerType(schema);
    case 'number':
      return numberType(schema);
    case 'boolean':
      return { t: 'bool' };
    case 'string':
      return stringType(schema);
    case 'array':
      return arrayType(schema, depth);
    case 'object':
      return objectType(schema, depth);
    default:
      return JSON_VALUE;
  }
}

/**
 * The value type for what a JSON schema describes. Bounds choose the width of integers; a string or an array without a
 * bound gets one (1,024 bytes, 256 elements). The type never says less than the schema, but it may admit more: check
 * values with the schema itself, too. Anything without a value type becomes `json`.
 */
export function valueTypeFromJsonSchema(schema: unknown): ValueType {
  return (isSchema(schema) ? typeOf(schema, 1) : undefined) ?? JSON_VALUE;
}
