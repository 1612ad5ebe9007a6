// biome-ignore-all lint/suspicious/noExplicitAny: the core runs every ruleset, so it meets components by name; game code meets them typed
import type { State } from '@overworld/state';
import type { Zone } from './zone.ts';

/** A column whose field type is only known by name: a typed array, a text column or a list column. */
export type DynamicColumn = any;
export type DynamicColumns = { readonly [component: string]: any };

export type AnyState = State<any>;
/** A ruleset's function gets its own zone type; the core hands over this one. */
export type AnyZone = Zone<any, any, any, any, any, any, any>;

export function columnsOf(state: AnyState): DynamicColumns {
  return state.columns as DynamicColumns;
}
