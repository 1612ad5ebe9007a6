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

/**
 * An input frame as it lies in its bytes: of each input what it says, and where its value begins and ends. Made once and filled
 * anew by every frame, for who reads thousands a second.
 */
export class InputSpans {
  zoneIndex = 0;
  count = 0;
  readonly sequences = new Uint32Array(LIMITS.maxInputsPerFrame);
  readonly ticks = new Uint32Array(LIMITS.maxInputsPerFrame);
  readonly kinds = new Uint8Array(LIMITS.maxInputsPerFrame);
  readonly starts = new Uint32Array(LIMITS.maxInputsPerFrame);
  readonly ends = new Uint32Array(LIMITS.maxInputsPerFrame);

  /** Reads a frame that is `bytes[from, to)` whole, or says why it is none: then what is here means nothing. Never throws on bytes. */
  read(bytes: Uint8Array, from = 0, to = bytes.length): InputFault | undefined {
    reader.reset(bytes, from, to);
    if (reader.u8() !== FRAME_TYPE.input) return 'bad-type';
    this.zoneIndex = reader.u8();
    this.count = reader.varint();
    if (reader.failed) return 'truncated';
    if (this.count === 0 || this.count > LIMITS.maxInputsPerFrame) return 'bad-count';
    if (this.count * MIN_RECORD_BYTES > reader.remaining) return 'truncated';
    let previous = 0;
    for (let index = 0; index < this.count; index++) {
      const fault = this.#readRecord(index, previous);
      if (fault !== undefined) return fault;
      previous = this.sequences[index] as number;
    }
    return reader.remaining > 0 ? 'trailing' : undefined;
  }

  #readRecord(index: number, previous: number): InputFault | undefined {
    const sequence = reader.varint();
    const tick = reader.varint();
    const kind = reader.u8();
    const lengthBytes = reader.varint();
    if (reader.failed) return 'truncated';
    if (sequence <= previous || sequence > U32_MAX || tick > U32_MAX) return 'bad-order';
    if (lengthBytes > LIMITS.maxInputBytes) return 'too-large';
    this.sequences[index] = sequence;
    this.ticks[index] = tick;
    this.kinds[index] = kind;
    this.starts[index] = reader.offset;
    reader.skip(lengthBytes);
    this.ends[index] = reader.offset;
    return reader.failed ? 'truncated' : undefined;
  }
}

const spans = new InputSpans();

/**
 * Reads an input frame whole or refuses it whole; never throws on bytes. Values are borrowed from `bytes`: copy what
 * outlives them. Sequences rise within a frame; whether they are new, and whether a kind exists, is the zone's and the
 * schema's business.
 */
export function readInputFrame(bytes: Uint8Array): InputFrameOutcome {
  const reason = spans.read(bytes);
  if (reason !== undefined) return { ok: false, reason };
  const { zoneIndex, count, sequences, ticks, kinds, starts, ends } = spans;
  const inputs = Array.from({ length: count }, (_, index) => ({
    sequence: sequences[index] as number,
    tick: ticks[index] as number,
    kind: kinds[index] as number,
    value: bytes.subarray(starts[index], ends[index]),
  }));
  return { ok: true, zoneIndex, inputs };
}
