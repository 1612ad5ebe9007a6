import { type Hash64, RANDOM_STREAM_WORDS } from '@overworld/kernel';
import type { Store } from './store.ts';

/**
 * The hash of a state covers what the rules can see and nothing else: no capacities, freed rows, padding, heap layout
 * or timer ids. Two states with the same content have the same hash, however they came to it.
 *
 * Each part is hashed by itself, and the parts' hashes are hashed in a fixed order: so a difference names its part.
 */
type PartVisitor = (part: string, hash: Hash64) => void;

/** Calls `visit` for each part with a hash that has taken in that part; it is reused for the next. */
function eachPart(store: Store, hash: Hash64, visit: PartVisitor): void {
  hash.reset();
  hash.f64(store.clock[0] as number);
  visit('tick', hash);
  hash.reset();
  store.entities.hashInto(hash);
  visit('entities', hash);
  const { masks, end } = store.entities;
  for (const field of store.fields) {
    hash.reset();
    field.hashInto(hash, masks, end);
    visit(field.part, hash);
  }
  hash.reset();
  store.record.hashInto(hash);
  visit('record', hash);
  hash.reset();
  store.timers.hashInto(hash);
  visit('timers', hash);
  eachStream(store, hash, visit);
  hash.reset();
  store.side.hashInto(hash);
  visit('side', hash);
}

function eachStream(store: Store, hash: Hash64, visit: PartVisitor): void {
  let at = 0;
  for (const { part } of store.streams) {
    hash.reset();
    for (let word = 0; word < RANDOM_STREAM_WORDS; word++) hash.u32(store.words[at++] as number);
    visit(part, hash);
  }
}

/** The hash of the whole state, 16 hex digits. */
export function hashState(store: Store, total: Hash64, part: Hash64): string {
  total.reset();
  total.text(store.schemaHash);
  eachPart(store, part, (_, hash) => {
    total.u32(hash.lo);
    total.u32(hash.hi);
  });
  return total.digest();
}

/** The hash of each part. */
export function hashParts(store: Store, part: Hash64): { [part: string]: string } {
  const parts: { [part: string]: string } = {};
  eachPart(store, part, (name, hash) => {
    parts[name] = hash.digest();
  });
  return parts;
}
