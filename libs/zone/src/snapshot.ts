import { ByteReader, ByteWriter, hex64, parseHex64 } from '@overworld/kernel';
import type { Blobs } from '@overworld/ports';
import { readBirth, writeBirth, type ZoneBirthCertificate } from './spec.ts';

/*
 * A stored snapshot. Little-endian; `v` unsigned varint, `t` text (v length, UTF-8), `b` blob (v length, bytes).
 *
 *   +-------+--------+--------+-------+------+----------+--------+----------------+----------------+-------+-------+
 *   | magic | format | zone   | epoch | tick | sequence | wallMs | codeHash       | hash           | birth | state |
 *   |  u32  |   u8   |   t    |   v   |  v   |    v     |   v    | u32 lo, u32 hi | u32 lo, u32 hi |       |   b   |
 *   +-------+--------+--------+-------+------+----------+--------+----------------+----------------+-------+-------+
 *
 * `sequence` is the journal sequence of the last record that is in the state. Keys sort by age and are never written
 * twice, so that an owner that was replaced cannot overwrite what its successor stored.
 */
const MAGIC = 0x5a57_4f53;
const FORMAT = 1;
const MAX_STATE_BYTES = 256 * 1024 * 1024;

export interface ZoneSnapshot {
  readonly zone: string;
  readonly epoch: number;
  readonly tick: number;
  readonly sequence: number;
  readonly wallMs: number;
  readonly codeHash: string;
  /** Of the state, to be compared after restoring it. */
  readonly hash: string;
  readonly birth: ZoneBirthCertificate;
  /** What the runtime's `snapshot()` gave. */
  readonly state: Uint8Array;
}

function writeHex(writer: ByteWriter, text: string): void {
  const words = parseHex64(text) ?? { lo: 0, hi: 0 };
  writer.u32(words.lo);
  writer.u32(words.hi);
}

function readHex(reader: ByteReader): string {
  const lo = reader.u32();
  return hex64(lo, reader.u32());
}

export function encodeSnapshot(snapshot: ZoneSnapshot): Uint8Array {
  const writer = new ByteWriter(snapshot.state.length + 1_024);
  writer.u32(MAGIC);
  writer.u8(FORMAT);
  writer.text(snapshot.zone);
  writer.varint(snapshot.epoch);
  writer.varint(snapshot.tick);
  writer.varint(snapshot.sequence);
  writer.varint(snapshot.wallMs);
  writeHex(writer, snapshot.codeHash);
  writeHex(writer, snapshot.hash);
  writeBirth(writer, snapshot.birth);
  writer.blob(snapshot.state);
  return writer.finish();
}

/** Undefined for anything that is not a whole snapshot. The state's bytes are borrowed from `bytes`. */
export function decodeSnapshot(bytes: Uint8Array): ZoneSnapshot | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u32() !== MAGIC || reader.u8() !== FORMAT) return undefined;
  const zone = reader.text(63);
  const [epoch, tick, sequence, wallMs] = [
    reader.varint(),
    reader.varint(),
    reader.varint(),
    reader.varint(),
  ];
  const codeHash = readHex(reader);
  const hash = readHex(reader);
  const birth = readBirth(reader);
  const state = reader.blob(MAX_STATE_BYTES);
  if (birth === undefined || reader.failed || reader.remaining > 0) return undefined;
  return { zone, epoch, tick, sequence, wallMs, codeHash, hash, birth, state };
}

function prefixOf(zone: string): string {
  return `snapshot/${zone}/`;
}

/** `snapshot/<zone>/<epoch>-<tick>-<sequence>`, in digits, so that keys sort by age. */
export function snapshotKey(snapshot: Pick<ZoneSnapshot, 'zone' | 'epoch' | 'tick' | 'sequence'>): string {
  const { zone, epoch, tick, sequence } = snapshot;
  const pad = (number: number, digits: number): string => String(number).padStart(digits, '0');
  return `${prefixOf(zone)}${pad(epoch, 10)}-${pad(tick, 10)}-${pad(sequence, 16)}`;
}

/** The journal sequence that a key names; 0 when it is none of ours. */
export function sequenceOfKey(key: string): number {
  return Number(/-(\d{16})$/.exec(key)?.[1] ?? 0);
}

/** The keys of a zone's stored snapshots, newest first. Rejects when the store is out of reach. */
export async function snapshotKeys(blobs: Blobs, zone: string): Promise<readonly string[]> {
  const keys = await blobs.list(prefixOf(zone));
  return [...keys].sort().reverse();
}
