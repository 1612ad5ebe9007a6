/*
 * A state frame, server to client:
 *
 *   u8 type = 1 | u8 flags | u8 zoneIndex | varint epoch | varint tick
 *   [ack]      varint sequence
 *   [leaves]   varint n, n * varint netId
 *   [enters]   varint n, n * (varint netId, u32 idLo, u32 idHi, u8 own, mask, components in bit order)
 *   [updates]  varint runs, runs * (mask, varint n, n * (varint netId, components in bit order))
 *
 * Counts are known only at the end of a part. One byte is left for each; the few that need two make room by moving
 * what follows them, so that every count is written in its shortest form.
 */

import { assert, writeVarint } from '@overworld/kernel';
import { FRAME_FLAG, FRAME_TYPE } from './frame-type.ts';

export interface FrameStart {
  readonly zoneIndex: number;
  readonly epoch: number;
  readonly tick: number;
  /** The last input sequence that was applied, or -1 to say nothing about it. */
  readonly ack: number;
  /** True: the client forgets every entity that it had of this zone before it reads on. */
  readonly keyframe: boolean;
  /** Of the zone's schema. */
  readonly maskBytes: 1 | 2 | 4;
  /** At most the constructor's, which is the default. */
  readonly maxBytes?: number;
}

/** Records that carry the same components, of rows that keep them side by side. */
export interface RecordBatch {
  readonly mask: number;
  /** Of the records, which are `slots[0, count)`. */
  readonly count: number;
  readonly slots: Uint16Array;
  /** By slot. */
  readonly netIds: Uint16Array;
  /** By slot: the row that holds its components. */
  readonly rows: Uint16Array;
  /** Of all rows: a record is the `lengthBytes` from `row * stride + at` on. */
  readonly source: Uint8Array;
  readonly stride: number;
  readonly at: number;
  readonly lengthBytes: number;
}

const SECTION = { none: 0, leaves: 1, enters: 2, updates: 3 } as const;
/** Room for what an entry can add beside itself: a new run takes a mask and a count, and begins or lengthens a part. */
const SLACK_BYTES = 6;
/** Of an enter, between its net id and its mask: the stable id, and whose it is. */
export const ENTER_HEAD_BYTES = 9;
const COPY_LOOP_BYTES = 48;
const MAX_NET_ID_BYTES = 3;

/**
 * Writes state frames, one after the other, into one buffer that it owns.
 *
 * Order: `begin`, leaves, enters (each followed by its components), runs (each record followed by its components),
 * `finish`. Wrong order or a component that was not announced asserts. `leave`, `enter` and `record` answer false,
 * and write nothing, when what they announce does not fit any more: finish the frame and begin the next one.
 */
export class FrameWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;
  #maxBytes = 0;
  #flags = 0;
  #section: number = SECTION.none;
  #sectionCount = 0;
  #sectionCountAt = 0;
  #maskBytes = 1;
  #runMask = 0;
  #runCount = 0;
  #runCountAt = 0;

  constructor(maxBytes: number) {
    assert(maxBytes >= 64, 'a frame takes at least 64 bytes');
    this.#bytes = new Uint8Array(maxBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get sizeBytes(): number {
    return this.#length;
  }

  /** True while the frame says nothing but its header and acknowledgement. */
  get isEmpty(): boolean {
    return this.#section === SECTION.none;
  }

  begin(start: FrameStart): void {
    this.#maxBytes = Math.min(start.maxBytes ?? this.#bytes.length, this.#bytes.length);
    this.#flags = (start.keyframe ? FRAME_FLAG.keyframe : 0) | (start.ack >= 0 ? FRAME_FLAG.ack : 0);
    this.#section = SECTION.none;
    this.#maskBytes = start.maskBytes;
    this.#bytes[0] = FRAME_TYPE.state;
    this.#bytes[2] = start.zoneIndex;
    const ackAt = writeVarint(this.#bytes, writeVarint(this.#bytes, 3, start.epoch), start.tick);
    this.#length = start.ack >= 0 ? writeVarint(this.#bytes, ackAt, start.ack) : ackAt;
  }

  /** The entity is not shown any more; its netId is free for an enter in the same frame. */
  leave(netId: number): boolean {
    if (!this.#hasRoom(netIdBytes(netId))) return false;
    this.#open(SECTION.leaves, FRAME_FLAG.leaves);
    this.#netId(netId);
    this.#countSection();
    return true;
  }

  /**
   * An entity begins to be shown; `mask` names its components, which follow. `componentsBytes` is what they take
   * together: with it, the answer false is certain to come before half of a record was written.
   */
  enter(
    netId: number,
    idLo: number,
    idHi: number,
    own: boolean,
    mask: number,
    componentsBytes: number,
  ): boolean {
    if (!this.#hasRoom(netIdBytes(netId) + ENTER_HEAD_BYTES + this.#maskBytes + componentsBytes))
      return false;
    this.#open(SECTION.enters, FRAME_FLAG.enters);
    this.#netId(netId);
    this.#view.setUint32(this.#length, idLo, true);
    this.#view.setUint32(this.#length + 4, idHi, true);
    this.#bytes[this.#length + 8] = own ? 1 : 0;
    this.#length += ENTER_HEAD_BYTES;
    this.#mask(mask);
    this.#countSection();
    return true;
  }

  /** The records from here on carry these components. A run without a record is not written at all. */
  run(mask: number): void {
    assert(mask !== 0, 'a run carries a component');
    this.#runMask = mask;
    this.#runCount = 0;
  }

  /** New values of the run's components of an entity; they follow and take `componentsBytes` together. */
  record(netId: number, componentsBytes: number): boolean {
    if (!this.#hasRoom(netIdBytes(netId) + componentsBytes)) return false;
    this.#open(SECTION.updates, FRAME_FLAG.updates);
    if (this.#runCount === 0) this.#openRun();
    this.#netId(netId);
    this.#runCount = this.#count(this.#runCountAt, this.#runCount);
    return true;
  }

  /** All of a run at once, or, when they might not fit, nothing and false. */
  records(batch: RecordBatch): boolean {
    const { count, slots, netIds, rows, source, stride, at: offset, lengthBytes } = batch;
    // One more, for the count, which may take as much as a net id.
    if (!this.#hasRoom((count + 1) * (MAX_NET_ID_BYTES + lengthBytes))) return false;
    this.#open(SECTION.updates, FRAME_FLAG.updates);
    this.run(batch.mask);
    this.#openRun();
    const bytes = this.#bytes;
    let at = writeVarint(bytes, this.#runCountAt, count);
    for (let index = 0; index < count; index++) {
      const slot = slots[index] as number;
      const netId = netIds[slot] as number;
      if (netId < 0x80) bytes[at++] = netId;
      else at = writeVarint(bytes, at, netId);
      const from = (rows[slot] as number) * stride + offset;
      for (let byte = 0; byte < lengthBytes; byte++) bytes[at++] = source[from + byte] as number;
    }
    this.#length = at;
    this.#runCount = count;
    return true;
  }

  /** The next component, in bit order, of the last enter or record. */
  component(source: Uint8Array, offset: number, lengthBytes: number): void {
    assert(this.#section >= SECTION.enters, 'a component follows an enter or a record');
    assert(this.#length + lengthBytes <= this.#maxBytes, 'a component fits because it was announced');
    const at = this.#length;
    if (lengthBytes > COPY_LOOP_BYTES) this.#bytes.set(source.subarray(offset, offset + lengthBytes), at);
    else for (let i = 0; i < lengthBytes; i++) this.#bytes[at + i] = source[offset + i] as number;
    this.#length = at + lengthBytes;
  }

  /** The frame as a fresh copy that the caller owns. */
  finish(): Uint8Array {
    return this.finishBorrowed().slice();
  }

  /** The frame where it was written, as a new object each time: its bytes hold until the next `begin`. */
  finishBorrowed(): Uint8Array {
    this.#bytes[1] = this.#flags;
    return this.#bytes.subarray(0, this.#length);
  }

  #hasRoom(sizeBytes: number): boolean {
    return this.#length + sizeBytes + SLACK_BYTES <= this.#maxBytes;
  }

  #open(section: number, flag: number): void {
    assert(this.#section <= section, 'leaves come before enters, and enters before updates');
    if (this.#section === section) return;
    this.#section = section;
    this.#flags |= flag;
    this.#sectionCount = 0;
    this.#sectionCountAt = this.#length;
    this.#bytes[this.#length++] = 0;
    if (section === SECTION.updates) this.#runCount = 0;
  }

  #openRun(): void {
    assert(this.#runMask !== 0, 'a record belongs to a run');
    this.#mask(this.#runMask);
    this.#runCountAt = this.#length;
    this.#bytes[this.#length++] = 0;
    this.#countSection();
  }

  #countSection(): void {
    const lengthBefore = this.#length;
    this.#sectionCount = this.#count(this.#sectionCountAt, this.#sectionCount);
    this.#runCountAt += this.#length - lengthBefore;
  }

  /** Writes count + 1 at `at`, moving what follows by one byte when it has become longer. */
  #count(at: number, count: number): number {
    const next = count + 1;
    if (next === 0x80 || next === 0x4000) {
      const behind = next === 0x80 ? at + 1 : at + 2;
      this.#bytes.copyWithin(behind + 1, behind, this.#length);
      this.#length++;
    }
    writeVarint(this.#bytes, at, next);
    return next;
  }

  #netId(netId: number): void {
    this.#length = writeVarint(this.#bytes, this.#length, netId);
  }

  #mask(mask: number): void {
    if (this.#maskBytes === 4) this.#view.setUint32(this.#length, mask, true);
    else if (this.#maskBytes === 2) this.#view.setUint16(this.#length, mask, true);
    else this.#view.setUint8(this.#length, mask);
    this.#length += this.#maskBytes;
  }
}

function netIdBytes(netId: number): number {
  if (netId < 0x80) return 1;
  return netId < 0x4000 ? 2 : 3;
}
