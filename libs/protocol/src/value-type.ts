import type { NumberType } from './number-type.ts';

export interface ValueField {
  readonly name: string;
  readonly value: ValueType;
  readonly optional?: boolean;
}

/**
 * What an input's or an event's value looks like, as flat JSON that a client in any language can walk.
 *
 * `uint` is a varint of 0..2^53-1, `int` a zigzag varint of -2^52..2^52-1. The `max` of a string or of json is in
 * bytes of UTF-8, the `max` of an array in elements. An enum's values are numbered in order.
 */
export type ValueType =
  | { readonly t: NumberType }
  | { readonly t: 'uint' }
  | { readonly t: 'int' }
  | { readonly t: 'bool' }
  | { readonly t: 'enum'; readonly values: readonly string[] }
  | { readonly t: 'string'; readonly max: number }
  | { readonly t: 'array'; readonly of: ValueType; readonly max: number }
  | { readonly t: 'object'; readonly fields: readonly ValueField[] }
  | { readonly t: 'json'; readonly max: number };

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** True for a name that is safe as a property in every language: an identifier, and never `__proto__`. */
export function isFieldName(name: unknown): name is string {
  return typeof name === 'string' && FIELD_NAME.test(name) && name !== '__proto__';
}
