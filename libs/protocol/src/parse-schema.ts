/*
 * A schema that came from a server, checked before frames are read with it. Properties that this version does not know
 * are ignored, so that a newer server can add some.
 */

import { layoutFields } from './component.ts';
import { LIMITS } from './limits.ts';
import { isNumberType, NUMBER_RANGE, type NumberType } from './number-type.ts';
import { isIntegerIn, isJsonObject, parseValueType } from './parse-value-type.ts';
import {
  type Audience,
  PROTOCOL_VERSION,
  type WireComponent,
  type WireEvent,
  type WireField,
  type WireInput,
  type WireInputPolicy,
  type WireMotion,
  type WireSchema,
} from './schema.ts';
import { isFieldName } from './value-type.ts';

export type SchemaOutcome =
  | { readonly ok: true; readonly schema: WireSchema }
  | { readonly ok: false; readonly reason: 'protocol-mismatch' | 'schema-mismatch'; readonly detail: string };

const AUDIENCES: readonly unknown[] = ['all', 'owner', 'team'] satisfies Audience[];
const POLICIES: readonly unknown[] = ['latest', 'perTick', 'all'] satisfies WireInputPolicy[];
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const HASH = /^[0-9a-f]{16}$/;
const U32_MAX = 0xffffffff;

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value) && value !== '__proto__';
}

type Json = { readonly [key: string]: unknown };
type UnplacedField = Omit<WireField, 'byte'>;

/** The largest value of a field stays finite. */
function parseNumbers(json: Json, type: NumberType): { scale: number; offset: number } | undefined {
  const { scale, offset } = json;
  if (typeof scale !== 'number' || !(scale > 0) || typeof offset !== 'number') return undefined;
  const [low, high] = NUMBER_RANGE[type];
  return Number.isFinite(offset + low * scale) && Number.isFinite(offset + high * scale)
    ? { scale, offset }
    : undefined;
}

function parseVariable(json: Json, name: string): UnplacedField | undefined {
  const { max, of } = json;
  if (json.type === 'text') {
    return isIntegerIn(max, 0, LIMITS.maxTextBytes)
      ? { name, type: 'text', max, scale: 1, offset: 0 }
      : undefined;
  }
  if (json.type !== 'list' || !isNumberType(of) || !isIntegerIn(max, 0, LIMITS.maxListLength))
    return undefined;
  const numbers = parseNumbers(json, of);
  return numbers && { name, type: 'list', of, max, ...numbers };
}

function parseField(json: unknown): UnplacedField | undefined {
  if (!isJsonObject(json) || !isFieldName(json.name)) return undefined;
  const { name, type } = json;
  if (!isNumberType(type)) return parseVariable(json, name);
  const numbers = parseNumbers(json, type);
  return numbers && { name, type, ...numbers };
}

/** The fields, when the positions that the schema claims are the ones that follow from their types. */
function parseFields(json: Json): { fields: WireField[]; sizeBytes: number } | undefined {
  if (!Array.isArray(json.fields) || json.fields.length > LIMITS.maxFieldsPerComponent) return undefined;
  const unplaced: UnplacedField[] = [];
  for (const item of json.fields) {
    const field = parseField(item);
    if (field === undefined || unplaced.some(({ name }) => name === field.name)) return undefined;
    unplaced.push(field);
  }
  const layout = layoutFields(unplaced);
  const claimed = json.fields as readonly Json[];
  const agrees = layout.fields.every(({ byte }, index) => claimed[index]?.byte === byte);
  return agrees && json.sizeBytes === layout.sizeBytes ? layout : undefined;
}

function isAxisList(value: unknown, fields: readonly WireField[]): value is string[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > 3) return false;
  return value.every((name) => fields.some((field) => field.name === name && isNumberType(field.type)));
}

function parseMotion(json: unknown, fields: readonly WireField[]): WireMotion | undefined {
  if (!isJsonObject(json) || json.start !== 'start') return undefined;
  const { position, velocity } = json;
  if (!isAxisList(position, fields) || !isAxisList(velocity, fields)) return undefined;
  const last = fields[fields.length - 1];
  const starts = last?.name === 'start' && last.type === 'u16' && last.scale === 1 && last.offset === 0;
  if (!starts || position.length !== velocity.length) return undefined;
  return { position: [...position], velocity: [...velocity], start: 'start' };
}

function parseComponent(json: unknown, bit: number): WireComponent | undefined {
  if (!isJsonObject(json) || !isFieldName(json.name) || json.bit !== bit) return undefined;
  const { name, audience, rate } = json;
  if (!AUDIENCES.includes(audience) || !isIntegerIn(rate, 1, 0xffff)) return undefined;
  const layout = parseFields(json);
  if (layout === undefined) return undefined;
  const base = { name, bit, audience: audience as Audience, rate, ...layout };
  if (json.motion === undefined) return base;
  const motion = parseMotion(json.motion, layout.fields);
  return motion && { ...base, motion };
}

function parseInput(json: unknown, kind: number): WireInput | undefined {
  if (!isJsonObject(json) || !isName(json.name) || json.kind !== kind) return undefined;
  const value = parseValueType(json.value);
  if (value === undefined || !POLICIES.includes(json.policy)) return undefined;
  return { name: json.name, kind, policy: json.policy as WireInputPolicy, value };
}

function parseEvent(json: unknown, kind: number): WireEvent | undefined {
  if (!isJsonObject(json) || !isName(json.name) || json.kind !== kind) return undefined;
  const value = parseValueType(json.value);
  return value && { name: json.name, kind, value };
}

/** Every item parsed, no name twice; or undefined. */
function parseList<T extends { readonly name: string }>(
  json: unknown,
  max: number,
  parse: (item: unknown, index: number) => T | undefined,
): T[] | undefined {
  if (!Array.isArray(json) || json.length > max) return undefined;
  const names = new Set<string>();
  const items: T[] = [];
  for (const [index, raw] of json.entries()) {
    const item = parse(raw, index);
    if (item === undefined || names.has(item.name)) return undefined;
    names.add(item.name);
    items.push(item);
  }
  return items;
}

function bad(detail: string): SchemaOutcome {
  return { ok: false, reason: 'schema-mismatch', detail };
}

interface Heading {
  readonly ruleset: string;
  readonly version: number;
  readonly hash: string;
  readonly tickHz: number;
  readonly viewEvery: number;
}

function parseHeading(json: Json): Heading | undefined {
  const { ruleset, version, hash, tickHz, viewEvery } = json;
  if (!isName(ruleset) || !isIntegerIn(version, 0, U32_MAX)) return undefined;
  if (typeof hash !== 'string' || !HASH.test(hash)) return undefined;
  if (!isIntegerIn(tickHz, 1, 1000) || !isIntegerIn(viewEvery, 1, 1000)) return undefined;
  return { ruleset, version, hash, tickHz, viewEvery };
}

function isMaskBytes(value: unknown, componentCount: number): value is 1 | 2 | 4 {
  return (value === 1 || value === 2 || value === 4) && componentCount <= value * 8;
}

/**
 * Checks a schema from outside and copies what it knows of it. Never throws on what JSON can hold; the work is in
 * proportion to the JSON. A refusal's `detail` names the part that is wrong.
 */
export function parseWireSchema(json: unknown): SchemaOutcome {
  if (!isJsonObject(json)) return bad('the schema is no object');
  if (json.protocol !== PROTOCOL_VERSION) {
    return {
      ok: false,
      reason: 'protocol-mismatch',
      detail: `this client speaks protocol ${PROTOCOL_VERSION}`,
    };
  }
  const heading = parseHeading(json);
  if (heading === undefined) return bad('ruleset, version, hash, tickHz or viewEvery');
  const components = parseList(json.components, LIMITS.maxComponents, parseComponent);
  if (components === undefined) return bad('components');
  const { maskBytes } = json;
  if (!isMaskBytes(maskBytes, components.length)) return bad('maskBytes');
  const inputs = parseList(json.inputs, LIMITS.maxKinds, parseInput);
  if (inputs === undefined) return bad('inputs');
  const events = parseList(json.events, LIMITS.maxKinds, parseEvent);
  if (events === undefined) return bad('events');
  const schema: WireSchema = {
    protocol: PROTOCOL_VERSION,
    ...heading,
    maskBytes,
    components,
    inputs,
    events,
  };
  return { ok: true, schema: json.movement === undefined ? schema : { ...schema, movement: json.movement } };
}
