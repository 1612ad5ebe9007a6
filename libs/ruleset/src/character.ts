import { type DynamicColumn, columnsOf, type AnyState } from './dynamic.ts';
import { ByteReader, ByteWriter } from '@overworld/kernel';
import type { Components } from './declaration.ts';

type Kept = { [component: string]: { [field: string]: number | string | number[] } };

/** What outlives a player's stay in a zone: the components declared with `keep`, and how often the character moved. */
export interface Character {
  readonly entityEpoch: number;
  readonly kept: Kept;
}

const MAX_BYTES = 65_536;

export function encodeCharacter(character: Character): Uint8Array {
  const writer = new ByteWriter();
  writer.text(JSON.stringify(character));
  return writer.finish();
}

/** In place of a character: the player is known to have a seat, nobody is to be made. */
export function isHeldSeat(bytes: Uint8Array): boolean {
  return bytes.length === 1 && bytes[0] === 0;
}

/** Anything that is not a character reads as a new one. */
export function decodeCharacter(bytes: Uint8Array): Character {
  const none: Character = { entityEpoch: 0, kept: {} };
  if (bytes.length === 0) return none;
  const reader = new ByteReader();
  reader.reset(bytes);
  const text = reader.text(MAX_BYTES);
  if (reader.failed) return none;
  try {
    const parsed = JSON.parse(text);
    if (!Number.isSafeInteger(parsed?.entityEpoch) || typeof parsed.kept !== 'object') return none;
    return { entityEpoch: parsed.entityEpoch, kept: parsed.kept ?? {} };
  } catch {
    return none;
  }
}

function readField(column: DynamicColumn, type: unknown, entity: number): number | string | number[] {
  if (typeof type === 'string') return column[entity];
  if ('text' in (type as object)) return column.get(entity);
  return Array.from({ length: column.length(entity) }, (_, index) => column.get(entity, index));
}

export function readKept(state: AnyState, components: Components, entity: number): Kept {
  const kept: Kept = {};
  for (const [name, declaration] of Object.entries(components)) {
    if (!declaration.keep || !state.has(entity, name)) continue;
    const fields: Kept[string] = {};
    for (const [field, type] of Object.entries(declaration.fields)) {
      fields[field] = readField(columnsOf(state)[name][field], type, entity);
    }
    kept[name] = fields;
  }
  return kept;
}

/** Writes one field's starting value; values of the wrong shape are left out (they may come from an older version). */
export function writeField(column: DynamicColumn, type: unknown, entity: number, value: unknown): void {
  if (typeof type === 'string') {
    if (typeof value === 'number' && !Number.isNaN(value)) column[entity] = value;
    return;
  }
  if ('text' in (type as object)) {
    if (typeof value === 'string') column.set(entity, value);
    return;
  }
  if (!Array.isArray(value)) return;
  column.clear(entity);
  for (const item of value) if (typeof item === 'number') column.push(entity, item);
}

/** Adds the component when it is missing, then writes the fields that are given. */
export function writeComponent(
  state: AnyState,
  components: Components,
  entity: number,
  name: string,
  values: { readonly [field: string]: unknown },
): void {
  const declaration = components[name];
  if (declaration === undefined) return;
  if (!state.has(entity, name)) state.add(entity, name);
  for (const [field, type] of Object.entries(declaration.fields)) {
    if (values[field] !== undefined) writeField(columnsOf(state)[name][field], type, entity, values[field]);
  }
}

export function giveBack(state: AnyState, components: Components, entity: number, kept: Kept): void {
  for (const name of Object.keys(components)) {
    const values = kept[name];
    if (components[name]?.keep && typeof values === 'object' && values !== null) {
      writeComponent(state, components, entity, name, values);
    }
  }
}
