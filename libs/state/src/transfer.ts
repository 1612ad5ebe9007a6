/*
 * One entity on its way to another state of the same schema, little-endian:
 *
 *   u8 format | u32 u32 schema hash | u32 u32 stable id | u32 entity epoch | u32 mask of its components
 *   | the fields of those components in order of declaration
 */

import { ByteReader, type ByteWriter } from '@overworld/kernel';
import { ALIVE } from './entities.ts';
import { readHash, writeHash } from './snapshot.ts';
import type { Store } from './store.ts';

const FORMAT = 1;

/** Why an entity was not imported; the state is as it was. */
export interface ImportRefusal {
  readonly refused: 'bad-entity' | 'schema-mismatch' | 'duplicate-entity' | 'full';
  readonly detail: string;
}

export function writeEntity(store: Store, row: number, writer: ByteWriter): Uint8Array {
  const { entities } = store;
  const mask = ((entities.masks[row] as number) & ~ALIVE) >>> 0;
  writer.reset();
  writer.u8(FORMAT);
  writeHash(writer, store.schemaHash);
  writer.u32(entities.idLo[row] as number);
  writer.u32(entities.idHi[row] as number);
  writer.u32(entities.epochs[row] as number);
  writer.u32(mask);
  for (const field of store.fields) if ((mask & field.bit) !== 0) field.writeRow(writer, row);
  return writer.finish();
}

function refuse(refused: ImportRefusal['refused'], detail: string): ImportRefusal {
  return { refused, detail };
}

/** Reads the fields of `mask` into `row`, or only checks them when `row` is -1. */
function readFields(store: Store, reader: ByteReader, mask: number, row: number): void {
  for (const field of store.fields) {
    if (reader.failed) return;
    if ((mask & field.bit) !== 0) field.readRow(reader, row);
  }
}

/** The row of the entity, or why it was refused. The bytes are checked to the end before anything changes. */
export function readEntity(store: Store, bytes: Uint8Array): number | ImportRefusal {
  const { entities } = store;
  const reader = new ByteReader(bytes);
  if (reader.u8() !== FORMAT) return refuse('bad-entity', 'unknown format');
  if (!readHash(reader, store.schemaHash)) return refuse('schema-mismatch', 'exported with another schema');
  const idLo = reader.u32();
  const idHi = reader.u32();
  const epoch = reader.u32();
  const mask = reader.u32();
  const content = reader.offset;
  if ((mask & ~store.knownBits) !== 0) return refuse('bad-entity', 'unknown components');
  readFields(store, reader, mask, -1);
  if (reader.failed || reader.remaining > 0) return refuse('bad-entity', 'a value is out of range');
  if (entities.findId(idLo, idHi) >= 0) return refuse('duplicate-entity', 'it is here already');
  const row = entities.spawn();
  if (row < 0) return refuse('full', 'no row is free');
  entities.masks[row] = (mask | ALIVE) >>> 0;
  entities.idLo[row] = idLo;
  entities.idHi[row] = idHi;
  entities.epochs[row] = epoch;
  reader.reset(bytes, content);
  readFields(store, reader, mask, row);
  return row;
}
