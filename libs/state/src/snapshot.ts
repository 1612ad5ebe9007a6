/*
 * A snapshot, little-endian:
 *
 *   u32 magic 'OWST' | u8 format | u32 u32 schema hash | f64 tick | u32 zone number | u32 u32 id key
 *   | u32 most rows | u32 most timers | u32 rows (one past the last in use)
 *   | entities: u32 births so far, then masks, births, idLo, idHi, epochs: rows * u32 each
 *   | fields in order of declaration: numbers rows * size; texts and lists only of rows that hold the component
 *   | record | timers in firing order | 4 * u32 per random stream | side table in key order
 *   | u32 u32 Hash64 of all bytes before
 *
 * Most rows is the capacity of the state that was written, and only checked: a restored state has the capacity that its
 * caller asks for.
 */

import { ByteReader, type ByteWriter, Hash64, parseHex64 } from '@overworld/kernel';
import { ROW_BYTES } from './entities.ts';
import { MAX_ROWS, SIZE_BYTES, type StateSchema, schemaHash } from './schema.ts';
import { Store } from './store.ts';

const MAGIC = 0x5453574f;
const FORMAT = 1;
const CHECKSUM_BYTES = 8;
/** The most timers that any state can have. */
export const MAX_TIMERS = 1_048_576;

/** Why a snapshot was not restored. */
export interface RestoreRefusal {
  readonly refused: 'bad-snapshot' | 'format-mismatch' | 'schema-mismatch' | 'too-many-rows';
  readonly detail: string;
}

export function writeSnapshot(store: Store, writer: ByteWriter): Uint8Array {
  const { entities } = store;
  const { zoneNumber, idKey } = entities.identity;
  writer.reset();
  writer.u32(MAGIC);
  writer.u8(FORMAT);
  writeHash(writer, store.schemaHash);
  writer.f64(store.clock[0] as number);
  writer.u32(zoneNumber);
  writer.u32(idKey[0]);
  writer.u32(idKey[1]);
  writer.u32(entities.capacity);
  writer.u32(store.timers.max);
  writer.u32(entities.end);
  entities.write(writer);
  for (const field of store.fields) field.write(writer, entities.masks, entities.end);
  store.record.write(writer);
  store.timers.write(writer);
  for (const word of store.words) writer.u32(word);
  store.side.write(writer);
  writeHash(writer, digest(writer.view()));
  return writer.finish();
}

function digest(bytes: Uint8Array): string {
  const hash = new Hash64();
  hash.bytes(bytes);
  return hash.digest();
}

export function writeHash(writer: ByteWriter, hash: string): void {
  const words = parseHex64(hash) as { lo: number; hi: number };
  writer.u32(words.lo);
  writer.u32(words.hi);
}

/** Reads a hash and says whether it is the one expected. */
export function readHash(reader: ByteReader, expected: string): boolean {
  const words = parseHex64(expected) as { lo: number; hi: number };
  const lo = reader.u32();
  const hi = reader.u32();
  return lo === words.lo && hi === words.hi;
}

function refuse(refused: RestoreRefusal['refused'], detail: string): RestoreRefusal {
  return { refused, detail };
}

/** Checks what stands around the content, from the outside in; `undefined` when all of it is as expected. */
function checkEnvelope(
  reader: ByteReader,
  schema: StateSchema,
  bytes: Uint8Array,
): RestoreRefusal | undefined {
  if (bytes.length < CHECKSUM_BYTES) return refuse('bad-snapshot', 'too short');
  const end = bytes.length - CHECKSUM_BYTES;
  reader.reset(bytes, end);
  if (!readHash(reader, digest(bytes.subarray(0, end))))
    return refuse('bad-snapshot', 'damaged: wrong checksum');
  reader.reset(bytes, 0, end);
  if (reader.u32() !== MAGIC) return refuse('bad-snapshot', 'no snapshot');
  const format = reader.u8();
  if (format !== FORMAT) return refuse('format-mismatch', `format ${format}, this build reads ${FORMAT}`);
  const same = readHash(reader, schemaHash(schema));
  return same ? undefined : refuse('schema-mismatch', 'taken with another schema');
}

/** What a snapshot holds of every row, whatever the row holds. */
function rowBytes(schema: StateSchema): number {
  let sizeBytes = ROW_BYTES;
  for (const fields of Object.values(schema.components)) {
    for (const type of Object.values(fields)) if (typeof type === 'string') sizeBytes += SIZE_BYTES[type];
  }
  return sizeBytes;
}

/**
 * A store with the snapshot's content and room for `rows`, or why there is none. Never throws, whatever the bytes are.
 */
export function readSnapshot(schema: StateSchema, bytes: Uint8Array, rows: number): Store | RestoreRefusal {
  const reader = new ByteReader();
  const refusal = checkEnvelope(reader, schema, bytes);
  if (refusal !== undefined) return refusal;
  const tick = reader.f64();
  const zoneNumber = reader.u32();
  const idKey = [reader.u32(), reader.u32()] as const;
  const maxRows = reader.u32();
  const maxTimers = reader.u32();
  const end = reader.u32();
  const sized =
    maxRows > 0 && maxRows <= MAX_ROWS && end <= maxRows && maxTimers > 0 && maxTimers <= MAX_TIMERS;
  if (!sized || !Number.isSafeInteger(tick) || tick < 0)
    return refuse('bad-snapshot', 'a limit is out of range');
  // What is reserved is up to the caller, and what is written to follows the bytes that are there: so a few forged ones
  // cannot ask for a lot of memory.
  if (end * rowBytes(schema) > reader.remaining) return refuse('bad-snapshot', 'rows are missing');
  if (end > rows) return refuse('too-many-rows', `it takes ${end} rows, the capacity is ${rows}`);
  const store = new Store(schema, { rows, maxTimers }, { zoneNumber, idKey });
  store.clock[0] = tick;
  readContent(store, reader, end);
  if (!reader.failed && reader.remaining === 0) return store;
  return refuse('bad-snapshot', reader.failed ? 'a value is out of range' : 'bytes are left over');
}

function readContent(store: Store, reader: ByteReader, end: number): void {
  const { entities } = store;
  entities.read(reader, end, store.knownBits);
  for (const field of store.fields) {
    if (reader.failed) return;
    field.read(reader, entities.masks, end);
  }
  store.record.read(reader);
  store.timers.read(reader);
  const { words } = store;
  for (let index = 0; index < words.length; index++) words[index] = reader.u32();
  store.side.read(reader);
}
