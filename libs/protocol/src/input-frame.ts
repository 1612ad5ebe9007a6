/*
 * An input frame, client to server:
 *
 *   u8 type = 16 | u8 zoneIndex | varint count
 *   count * (varint sequence | varint tick, 0 = as soon as possible | u8 kind | varint length | value bytes)
 */

import { assert, ByteReader, ByteWriter } from '@overworld/kernel';
import { FRAME_TYPE } from './frame-type.ts';
import { LIMITS } from './limits.ts';

export interface InputRecord {
  /** From 1, one more for each input of a player. */
  readonly sequence: number;
  /** The tick that should execute it; 0 for the next one. */
  readonly tick: number;
  /** The input's number in the schema. */
  readonly kind: number;
  /** Encoded by the input's `ValueCodec`. */
  readonly value: Uint8Array;
}

export const INPUT_FAULTS = [
  'bad-type',
  'truncated',
  'trailing',
  'bad-count',
  'bad-order',
  'too-large',
] as const;
export type InputFault = (typeof INPUT_FAULTS)[number];
export type InputFrameOutcome =
  | { readonly ok: true; readonly zoneIndex: number; readonly inputs: readonly InputRecord[] }
  | { readonly ok: false; readonly reason: InputFault };

/** type, sequence, tick, kind and length at their shortest. */
const MIN_RECORD_BYTES = 4;
const U32_MAX = 0xffffffff;

/**
 * An input frame as fresh bytes.
 *
 * @throws when there is no input, more than `LIMITS.maxInputsPerFrame`, a value above `LIMITS.maxInputBytes`, or
 * sequences that do not rise: these are the caller's mistakes.
 */
export function encodeInputFrame(zoneIndex: number, inputs: readonly InputRecord[]): Uint8Array {
  assert(inputs.length > 0 && inputs.length <= LIMITS.maxInputsPerFrame, 'between 1 and 64 inputs a frame');
  const writer = new ByteWriter(64);
  writer.u8(FRAME_TYPE.input);
  writer.u8(zoneIndex);
  writer.varint(inputs.length);
  let previous = 0;
  for (const { sequence, tick, kind, value } of inputs) {
    assert(sequence > previous && sequence <= U32_MAX, 'sequences rise from 1');
    assert(tick >= 0 && tick <= U32_MAX, 'a tick is a u32');
    assert(value.length <= LIMITS.maxInputBytes, 'an input takes at most 1024 bytes');
    previous = sequence;
    writer.varint(sequence);
    writer.varint(tick);
    writer.u8(kind);
    writer.blob(value);
  }
  return writer.finish();
}

const reader = new ByteReader();

function readRecord(previous: number): InputRecord | InputFault {
  const sequence = reader.varint();
  const tick = reader.varint();
  const kind = reader.u8();
  const lengthBytes = reader.varint();
  if (reader.failed) return 'truncated';
  if (sequence <= previous || sequence > U32_MAX || tick > U32_MAX) return 'bad-order';
  if (lengthBytes > LIMITS.maxInputBytes) return 'too-large';
  const value = reader.bytes(lengthBytes);
  return reader.failed ? 'truncated' : { sequence, tick, kind, value };
}

/**
 * Reads an input frame, which is `bytes[from, to)`, whole or refuses it whole; never throws on bytes. Values are borrowed from `bytes`: copy what
 * outlives them. Sequences rise within a frame; whether they are new, and whether a kind exists, is the zone's and the
 * schema's business.
 */
export function readInputFrame(bytes: Uint8Array, from = 0, to = bytes.length): InputFrameOutcome {
  reader.reset(bytes, from, to);
  if (reader.u8() !== FRAME_TYPE.input) return { ok: false, reason: 'bad-type' };
  const zoneIndex = reader.u8();
  const count = reader.varint();
  if (reader.failed) return { ok: false, reason: 'truncated' };
  if (count === 0 || count > LIMITS.maxInputsPerFrame) return { ok: false, reason: 'bad-count' };
  if (count * MIN_RECORD_BYTES > reader.remaining) return { ok: false, reason: 'truncated' };
  const inputs: InputRecord[] = [];
  let previous = 0;
  for (let index = 0; index < count; index++) {
    const record = readRecord(previous);
    if (typeof record === 'string') return { ok: false, reason: record };
    previous = record.sequence;
    inputs.push(record);
  }
  return reader.remaining > 0 ? { ok: false, reason: 'trailing' } : { ok: true, zoneIndex, inputs };
}
