import { Hash64 } from '@overworld/kernel';
import type { WireSchema } from './schema.ts';

/** Objects with their keys in order, so that the text does not depend on how the schema was put together. */
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * 16 hex digits over everything in the schema but its own `hash`, whatever the order of its keys. Both ends of this
 * project compute it the same way; a client in another language compares hashes and never has to compute one.
 */
export function hashWireSchema(schema: Omit<WireSchema, 'hash'> & { readonly hash?: string }): string {
  const { hash: _own, ...rest } = schema;
  const hash = new Hash64();
  hash.text(JSON.stringify(rest, sortKeys));
  return hash.digest();
}
