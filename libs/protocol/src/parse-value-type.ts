import { LIMITS } from './limits.ts';
import { isNumberType } from './number-type.ts';
import { isFieldName, type ValueField, type ValueType } from './value-type.ts';

type Json = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isIntegerIn(value: unknown, low: number, high: number): value is number {
  return Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
}

interface Parsed {
  readonly type: ValueType;
  /** True when some value of the type takes no bytes at all. */
  readonly empty: boolean;
}

function parseEnum(values: unknown): Parsed | undefined {
  if (!Array.isArray(values) || values.length === 0 || values.length > LIMITS.maxEnumValues) return undefined;
  if (!values.every((value) => typeof value === 'string')) return undefined;
  return { type: { t: 'enum', values: [...values] }, empty: false };
}

function parseArray(json: Json, depth: number): Parsed | undefined {
  if (!isIntegerIn(json.max, 0, LIMITS.maxArrayLength)) return undefined;
  const of = parseAt(json.of, depth + 1);
  if (of === undefined || of.empty) return undefined;
  return { type: { t: 'array', of: of.type, max: json.max }, empty: false };
}

function parseField(json: unknown, depth: number): { field: ValueField; empty: boolean } | undefined {
  if (!isJsonObject(json) || !isFieldName(json.name)) return undefined;
  if (json.optional !== undefined && typeof json.optional !== 'boolean') return undefined;
  const value = parseAt(json.value, depth + 1);
  if (value === undefined) return undefined;
  const field = { name: json.name, value: value.type };
  return json.optional === true
    ? { field: { ...field, optional: true }, empty: false }
    : { field, empty: value.empty };
}

function parseObject(json: Json, depth: number): Parsed | undefined {
  if (!Array.isArray(json.fields) || json.fields.length > LIMITS.maxValueFields) return undefined;
  const fields: ValueField[] = [];
  let empty = true;
  for (const item of json.fields) {
    const parsed = parseField(item, depth);
    if (parsed === undefined || fields.some(({ name }) => name === parsed.field.name)) return undefined;
    fields.push(parsed.field);
    empty &&= parsed.empty;
  }
  return { type: { t: 'object', fields }, empty };
}

function parseText(json: Json, t: 'string' | 'json', limitBytes: number): Parsed | undefined {
  return isIntegerIn(json.max, 0, limitBytes) ? { type: { t, max: json.max }, empty: false } : undefined;
}

/** As deep as the limit at most, and with work in proportion to the JSON. */
function parseAt(json: unknown, depth: number): Parsed | undefined {
  if (depth > LIMITS.maxValueDepth || !isJsonObject(json)) return undefined;
  const { t } = json;
  if (isNumberType(t) || t === 'uint' || t === 'int' || t === 'bool') return { type: { t }, empty: false };
  switch (t) {
    case 'enum':
      return parseEnum(json.values);
    case 'string':
      return parseText(json, t, LIMITS.maxStringBytes);
    case 'json':
      return parseText(json, t, LIMITS.maxJsonBytes);
    case 'array':
      return parseArray(json, depth);
    case 'object':
      return parseObject(json, depth);
    default:
      return undefined;
  }
}

/** A value type that came from outside, copied, or undefined when `ValueCodec` could not be made of it. */
export function parseValueType(json: unknown): ValueType | undefined {
  return parseAt(json, 1)?.type;
}
