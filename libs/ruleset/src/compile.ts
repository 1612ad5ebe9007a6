import { assert, Hash64 } from '@overworld/kernel';
import type { WireSchema } from '@overworld/protocol';
import type { ComponentFields, NumberType, StateSchema } from '@overworld/state';
import { z } from 'zod';
import type {
  Components,
  InputPolicy,
  Inputs,
  RecordFields,
  RulesetDefinition,
  Schemas,
} from './declaration.ts';
import { OWNED, OWNED_FIELDS, PLAYER, PLAYER_FIELDS } from './player-table.ts';
import {
  type CompiledEffect,
  type CompiledEvent,
  type CompiledInput,
  compileInputs,
  compileSchemas,
} from './value.ts';
import { wireSchemaOf } from './wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: the core runs definitions of every shape
export type AnyDefinition = RulesetDefinition<any, any, any, any, any, any, any, any>;

/** A ruleset ready to run: what the definition says, and everything that follows from it. */
export interface Ruleset<I extends Inputs = Inputs, E extends Schemas = Schemas> {
  readonly name: string;
  readonly version: number;
  readonly tickHz: number;
  readonly viewEvery: number;
  readonly definition: AnyDefinition;
  /** Names the code that a journal was written by: schema and functions. 16 hex digits. */
  readonly codeHash: string;
  readonly wire: WireSchema;
  readonly stateSchema: StateSchema;
  readonly inputs: readonly CompiledInput[];
  readonly events: readonly CompiledEvent[];
  readonly effects: readonly CompiledEffect[];
  /** Types only: the inputs and events that a client of this ruleset may name. */
  readonly types?: { readonly inputs: I; readonly events: E };
}
// biome-ignore lint/suspicious/noExplicitAny: any ruleset, whatever its inputs and events
export type AnyRuleset = Ruleset<any, any>;

/** Effects that every ruleset has, before its own. */
const CORE_EFFECTS = {
  'character.save': z.object({
    name: z.string(),
    zone: z.string(),
    entityEpoch: z.int(),
    left: z.boolean(),
    kept: z.json(),
  }),
} as const;
export const SAVE_CHARACTER = 0;
export const CORE_EFFECT_COUNT = 1;

export const RECORD_EFFECTS = '$effects';
export const RECORD_HANDOFFS = '$handoffs';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const RESERVED = new Set([
  'id',
  'tick',
  'dt',
  'record',
  'random',
  'derived',
  'players',
  'predicting',
  'spawn',
  'destroy',
  'add',
  'drop',
  'has',
  'alive',
  'each',
  'near',
  'own',
  'ref',
  'resolve',
  'stableId',
  'after',
  'cancel',
  'emit',
  'effect',
  'handoff',
  'kick',
  'congested',
]);

function checkDefinition(definition: AnyDefinition): void {
  const { name, tickHz, capacity } = definition;
  assert(NAME.test(name), `ruleset name ${name}: lower case words joined by hyphens`);
  assert(tickHz >= 1 && tickHz <= 128, `${name}: tickHz is ${tickHz}, allowed are 1 to 128`);
  assert(
    capacity.players >= 1 && capacity.entities >= 1,
    `${name}: capacity needs players and entities above 0`,
  );
  assert(capacity.players * 2 + capacity.entities < 65_000, `${name}: a zone holds at most 65,000 rows`);
  for (const component of Object.keys(definition.components)) {
    assert(
      !RESERVED.has(component),
      `${name}: a component cannot be called ${component}, the zone has that name`,
    );
    assert(!component.startsWith('$'), `${name}: names that start with $ belong to the core`);
  }
  checkInterest(definition);
  for (const input of Object.keys(definition.inputs)) {
    assert(typeof definition.input[input] === 'function', `${name}: input.${input} has no function`);
  }
  for (const timer of definition.timers ?? []) {
    assert(typeof definition.timer?.[timer] === 'function', `${name}: timer.${timer} has no function`);
  }
}

function checkInterest({ name, interest, components }: AnyDefinition): void {
  if (!('position' in interest)) return;
  const [component, ...fields] = interest.position;
  for (const field of fields) {
    const type = (components as Components)[component]?.fields[field];
    assert(
      typeof type === 'string',
      `${name}: interest.position names ${component}.${field}, which is no field with a number`,
    );
  }
}

function stateSchemaOf(definition: AnyDefinition): StateSchema {
  const components: { [name: string]: ComponentFields } = {};
  for (const [name, declaration] of Object.entries(definition.components as Components)) {
    components[name] = declaration.fields;
  }
  components[PLAYER] = PLAYER_FIELDS;
  components[OWNED] = OWNED_FIELDS;
  const record: { [field: string]: NumberType | { readonly text: number } } = {
    ...(definition.record ?? {}),
  };
  record[RECORD_EFFECTS] = 'u32';
  record[RECORD_HANDOFFS] = 'u32';
  return { components, record, streams: definition.streams ?? [] };
}

function functionsOf(value: object): string {
  return Object.entries(value)
    .map(([key, member]) => {
      if (typeof member === 'function') return `${key}:${String(member)}`;
      const nested = key === 'input' || key === 'timer' || key === 'predict';
      return nested && typeof member === 'object' && member !== null ? functionsOf(member) : '';
    })
    .join('\n');
}

function codeHashOf(definition: AnyDefinition, wire: WireSchema, stateSchema: StateSchema): string {
  const hash = new Hash64();
  hash.text(wire.hash);
  hash.text(JSON.stringify(stateSchema));
  hash.text(JSON.stringify([definition.gap, definition.capacity, definition.timers ?? []]));
  hash.text(functionsOf(definition));
  return hash.digest();
}

/**
 * Checks a definition and makes it runnable. Throws when the definition contradicts itself: that is a mistake in the
 * ruleset's code, named in the message.
 */
export function defineRuleset<
  const C extends Components,
  const I extends { readonly [name: string]: { readonly schema: z.ZodType; readonly policy: InputPolicy } },
  const R extends RecordFields = Record<never, never>,
  const S extends readonly string[] = readonly [],
  const E extends Schemas = Record<never, never>,
  const X extends Schemas = Record<never, never>,
  const T extends readonly string[] = readonly [],
  D = undefined,
>(definition: RulesetDefinition<C, R, S, I, E, X, T, D>): Ruleset<I, E> {
  checkDefinition(definition);
  const inputs = compileInputs(definition.inputs);
  const events = compileSchemas(definition.events ?? {});
  const effects = compileSchemas({ ...CORE_EFFECTS, ...(definition.effects ?? {}) });
  const version = definition.version ?? 1;
  const viewEvery = definition.viewEvery ?? 1;
  const { name, tickHz } = definition;
  const wire = wireSchemaOf({
    name,
    version,
    tickHz,
    viewEvery,
    components: definition.components,
    inputs,
    events,
  });
  const stateSchema = stateSchemaOf(definition);
  const codeHash = codeHashOf(definition, wire, stateSchema);
  return {
    name,
    version,
    tickHz,
    viewEvery,
    definition,
    codeHash,
    wire,
    stateSchema,
    inputs,
    events,
    effects,
  };
}
