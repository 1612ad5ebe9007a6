import { assert, ByteReader, ByteWriter, hex64, parseHex64 } from '@overworld/kernel';
import type { Operation } from '@overworld/ruleset';
import { readOperation, writeOperation } from './operation-codec.ts';
import { readBirth, writeBirth, type ZoneBirthCertificate } from './spec.ts';

/*
 * One record of a zone's journal. Little-endian; `v` unsigned varint, `t` text (v length, UTF-8), `b` blob (v length).
 *
 *   +-------+------+--------+-------+------+--------+----------+
 *   | magic | kind | format | epoch | tick | wallMs | previous |   `previous`: the journal sequence of the record
 *   |  u8   |  u8  |   u8   |   v   |  v   |   v    |    v     |   before this one, 0 for the first
 *   +-------+------+--------+-------+------+--------+----------+   magic 0x4F, format 1
 *
 *   kind 1 tick        flags u8 (1 hash) | n v, n * operation | [hash]
 *   kind 2 fence       flags u8 (1 birth) | owner t | codeHash u32 lo, u32 hi | fromTick v | stepTicks v | [birth]
 *   kind 3 quarantine  faultTick v | index v | times u8 | operation | message t
 *   kind 4 close       reason t | hash
 *
 *   hash:  total u32 lo, u32 hi | n v, n * u32        (the low words of the sub-hashes, in the order of `hashes()`)
 *   birth: idKey u32, u32 | spec t (JSON)
 *
 * A fence's tick is the tick at which the new owner goes on: the state is stepped without operations up to `fromTick`,
 * then `stepTicks` further, and the rest of the way is jumped over.
 */
const MAGIC = 0x4f;
const FORMAT = 1;
const KIND = { tick: 1, fence: 2, quarantine: 3, close: 4 } as const;
const HAS_HASH = 1;
const HAS_BIRTH = 1;

const MAX_OPERATIONS = 65_536;
const MAX_PARTS = 4_096;
const MAX_OWNER_BYTES = 200;
const MAX_MESSAGE_BYTES = 1_000;
const MAX_REASON_BYTES = 200;
const U32 = 0xffff_ffff;

/** An index of a quarantined operation that was never part of a tick record. */
export const NOT_RECORDED = U32;

export interface RecordHead {
  /** Of the ownership that wrote the record. */
  readonly epoch: number;
  readonly tick: number;
  /** The writer's wall clock. It never enters the state: it tells a later owner how long nobody ran the zone. */
  readonly wallMs: number;
  readonly previous: number;
}

/** A state hash with the low words of its sub-hashes, in the order in which `hashes()` names them. */
export interface RecordedHash {
  readonly total: string;
  readonly parts: readonly number[];
}

/** The operations that a tick executed; without any, and with a hash, it is a mark. */
export interface TickRecord extends RecordHead {
  readonly kind: 'tick';
  readonly operations: readonly Operation[];
  /** Of the state after this tick. */
  readonly hash?: RecordedHash | undefined;
}

export interface FenceRecord extends RecordHead {
  readonly kind: 'fence';
  /** Unique for each opening of a zone. */
  readonly owner: string;
  readonly codeHash: string;
  readonly fromTick: number;
  readonly stepTicks: number;
  /** In the first record of a journal. */
  readonly birth?: ZoneBirthCertificate | undefined;
}

/** An operation that threw twice and is left out. */
export interface QuarantineRecord extends RecordHead {
  readonly kind: 'quarantine';
  readonly faultTick: number;
  /** Its index in the tick record of `faultTick`, or {@link NOT_RECORDED}. */
  readonly index: number;
  readonly times: number;
  readonly operation: Operation;
  readonly message: string;
}

/** The last record of an orderly stop: everything up to its tick was released, nothing after it was stepped. */
export interface CloseRecord extends RecordHead {
  readonly kind: 'close';
  readonly reason: string;
  readonly hash: RecordedHash;
}

export type ZoneRecord = TickRecord | FenceRecord | QuarantineRecord | CloseRecord;

const writer = new ByteWriter(4_096);
const reader = new ByteReader();

/** The record's bytes, which the caller owns. Asserts on values out of range: the writer is the zone itself. */
export function encodeRecord(record: ZoneRecord): Uint8Array {
  writer.reset();
  writer.u8(MAGIC);
  writer.u8(KIND[record.kind]);
  writer.u8(FORMAT);
  writer.varint(record.epoch);
  writer.varint(record.tick);
  writer.varint(record.wallMs);
  writer.varint(record.previous);
  writeBody(record);
  return writer.finish();
}

function writeBody(record: ZoneRecord): void {
  switch (record.kind) {
    case 'tick':
      writeTick(record);
      return;
    case 'fence':
      writeFence(record);
      return;
    case 'quarantine':
      writeQuarantine(record);
      return;
    case 'close':
      writer.text(record.reason);
      writeHash(record.hash);
      return;
  }
}

function writeTick(record: TickRecord): void {
  assert(record.operations.length <= MAX_OPERATIONS, 'the mailbox bounds the operations of a tick');
  writer.u8(record.hash ? HAS_HASH : 0);
  writer.varint(record.operations.length);
  for (const operation of record.operations) writeOperation(writer, operation, record.tick);
  if (record.hash) writeHash(record.hash);
}

function writeFence(record: FenceRecord): void {
  writer.u8(record.birth ? HAS_BIRTH : 0);
  writer.text(record.owner);
  writeHex(record.codeHash);
  writer.varint(record.fromTick);
  writer.varint(record.stepTicks);
  if (record.birth) writeBirth(writer, record.birth);
}

function writeQuarantine(record: QuarantineRecord): void {
  writer.varint(record.faultTick);
  writer.varint(record.index);
  writer.u8(record.times);
  writeOperation(writer, record.operation, record.faultTick);
  writer.text(record.message);
}

function writeHash(hash: RecordedHash): void {
  writeHex(hash.total);
  writer.varint(hash.parts.length);
  for (const part of hash.parts) writer.u32(part);
}

function writeHex(text: string): void {
  const words = parseHex64(text);
  assert(words !== undefined, 'a hash is 16 hex digits');
  writer.u32(words.lo);
  writer.u32(words.hi);
}

/** Undefined for anything that is not exactly one record. Never throws; the bytes are not kept. */
export function decodeRecord(bytes: Uint8Array): ZoneRecord | undefined {
  reader.reset(bytes);
  if (reader.u8() !== MAGIC) return undefined;
  const kind = reader.u8();
  if (reader.u8() !== FORMAT) return undefined;
  const head = { epoch: readU32(), tick: readU32(), wallMs: reader.varint(), previous: reader.varint() };
  const record = readBody(kind, head);
  return reader.failed || reader.remaining > 0 ? undefined : record;
}

/** Without decoding the rest: whether these bytes can only be a quarantine record. */
export function isQuarantine(bytes: Uint8Array): boolean {
  return bytes[1] === KIND.quarantine;
}

function readBody(kind: number, head: RecordHead): ZoneRecord | undefined {
  switch (kind) {
    case KIND.tick:
      return readTick(head);
    case KIND.fence:
      return readFence(head);
    case KIND.quarantine:
      return readQuarantine(head);
    case KIND.close:
      return { kind: 'close', ...head, reason: reader.text(MAX_REASON_BYTES), hash: readHash() };
    default:
      return undefined;
  }
}

function readTick(head: RecordHead): TickRecord {
  const flags = readFlags(HAS_HASH);
  const count = readCount(MAX_OPERATIONS);
  const operations: Operation[] = [];
  for (let index = 0; index < count && !reader.failed; index += 1) {
    const operation = readOperation(reader, head.tick);
    if (operation) operations.push(operation);
  }
  return { kind: 'tick', ...head, operations, hash: flags === HAS_HASH ? readHash() : undefined };
}

function readFence(head: RecordHead): FenceRecord {
  const flags = readFlags(HAS_BIRTH);
  const owner = reader.text(MAX_OWNER_BYTES);
  const codeHash = readHex();
  const fromTick = readU32();
  const stepTicks = readU32();
  const birth = flags === HAS_BIRTH ? readBirth(reader) : undefined;
  if (fromTick + stepTicks > head.tick) reader.fail();
  return { kind: 'fence', ...head, owner, codeHash, fromTick, stepTicks, birth };
}

function readQuarantine(head: RecordHead): QuarantineRecord | undefined {
  const faultTick = readU32();
  const index = readU32();
  const times = reader.u8();
  const operation = readOperation(reader, faultTick);
  const message = reader.text(MAX_MESSAGE_BYTES);
  if (operation === undefined) return undefined;
  return { kind: 'quarantine', ...head, faultTick, index, times, operation, message };
}

function readHash(): RecordedHash {
  const total = readHex();
  const count = readCount(MAX_PARTS);
  const parts: number[] = [];
  for (let index = 0; index < count && !reader.failed; index += 1) parts.push(reader.u32());
  return { total, parts };
}

function readHex(): string {
  const lo = reader.u32();
  return hex64(lo, reader.u32());
}

function readU32(): number {
  const value = reader.varint();
  if (value > U32) reader.fail();
  return value;
}

function readCount(most: number): number {
  const count = reader.varint();
  if (count > most || count > reader.remaining) reader.fail();
  return reader.failed ? 0 : count;
}

function readFlags(known: number): number {
  const flags = reader.u8();
  if ((flags & ~known) !== 0) reader.fail();
  return flags;
}

/** What a state hash looks like in a record. */
export function recordedHash(total: string, hashes: { readonly [part: string]: string }): RecordedHash {
  const parts: number[] = [];
  for (const part of Object.keys(hashes)) parts.push(parseHex64(hashes[part] as string)?.lo ?? 0);
  return { total, parts };
}

/** The names of the parts in which a state differs from what was recorded; empty when only the totals can be compared. */
export function differingParts(
  recorded: RecordedHash,
  hashes: { readonly [part: string]: string },
): readonly string[] {
  const names = Object.keys(hashes);
  if (names.length !== recorded.parts.length) return [];
  return names.filter((name, index) => parseHex64(hashes[name] as string)?.lo !== recorded.parts[index]);
}
