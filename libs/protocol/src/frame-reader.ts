/*
 * Reads the state frame that frame-writer.ts draws. A frame is walked twice with the same code: once without a sink,
 * to know that all of it is sound, and once to hand it over. So a sink never sees half of a bad frame.
 */

import { ByteReader } from '@overworld/kernel';
import { type CompiledSchema, compileWireSchema, type MaskLayout } from './compiled-schema.ts';
import { componentLength } from './component.ts';
import { FRAME_FLAG, FRAME_FLAGS_MASK, FRAME_TYPE } from './frame-type.ts';
import { ENTER_HEAD_BYTES } from './frame-writer.ts';
import { LIMITS } from './limits.ts';
import type { WireComponent, WireSchema } from './schema.ts';

/** Why a frame was refused: a closed set. */
export const FRAME_FAULTS = [
  'too-large',
  'bad-type',
  'bad-flags',
  'unknown-zone',
  'truncated',
  'trailing',
  'bad-id',
  'bad-mask',
  'bad-count',
  'bad-owner',
  'bad-component',
] as const;

export type FrameFault = (typeof FRAME_FAULTS)[number];
export type FrameOutcome = { readonly ok: true } | { readonly ok: false; readonly reason: FrameFault };

/** Reused from frame to frame: copy what you keep. */
export interface FrameHeader {
  zoneIndex: number;
  epoch: number;
  tick: number;
  /** -1 when the frame does not acknowledge anything. */
  ack: number;
  keyframe: boolean;
}

/**
 * What `readFrame` calls, in the order of the bytes: `begin`, `leave`s, `enter`s and `update`s, each of the latter
 * two followed by one `component` per bit of its mask, `end`. Bytes are borrowed until the call returns.
 */
export interface FrameSink {
  begin(header: FrameHeader, schema: WireSchema): void;
  leave(netId: number): void;
  enter(netId: number, idLo: number, idHi: number, own: boolean, mask: number): void;
  update(netId: number, mask: number): void;
  component(component: WireComponent, bytes: Uint8Array, offset: number, lengthBytes: number): void;
  end(): void;
}

const OK: FrameOutcome = { ok: true };
/** Of the shortest one. */
const MIN_NET_ID_BYTES = 1;
const MIN_ENTER_BYTES = MIN_NET_ID_BYTES + ENTER_HEAD_BYTES;
const MAX_NET_ID = 0xffff;
const MAX_TICK = 0xffff_ffff;

function refuse(reason: FrameFault): FrameOutcome {
  return { ok: false, reason };
}

/** One walk over one frame. A single instance is reused: reading is synchronous and sinks do not read frames. */
class FrameWalk {
  readonly #reader = new ByteReader();
  readonly #header: FrameHeader = { zoneIndex: 0, epoch: 0, tick: 0, ack: -1, keyframe: false };
  #bytes: Uint8Array = new Uint8Array(0);
  #schema!: CompiledSchema;
  #sink: FrameSink | undefined;

  /** The first fault, or undefined. With a sink, the bytes have been walked without one before. */
  walk(bytes: Uint8Array, schema: CompiledSchema, sink: FrameSink | undefined): FrameFault | undefined {
    this.#bytes = bytes;
    this.#schema = schema;
    this.#sink = sink;
    this.#reader.reset(bytes, 1);
    const flags = this.#reader.u8();
    if ((flags & ~FRAME_FLAGS_MASK) !== 0) return 'bad-flags';
    this.#readHeader(flags);
    if (this.#reader.failed) return 'truncated';
    sink?.begin(this.#header, schema.schema);
    const fault = this.#readSections(flags);
    if (fault !== undefined) return fault;
    if (this.#reader.remaining > 0) return 'trailing';
    sink?.end();
    return undefined;
  }

  /** Lets go of what belongs to the caller. */
  release(): void {
    this.#bytes = new Uint8Array(0);
    this.#reader.reset(this.#bytes);
    this.#sink = undefined;
  }

  #readHeader(flags: number): void {
    const reader = this.#reader;
    const header = this.#header;
    header.zoneIndex = reader.u8();
    header.epoch = reader.varint();
    header.tick = reader.varint();
    if (header.tick > MAX_TICK) reader.fail();
    header.ack = (flags & FRAME_FLAG.ack) !== 0 ? reader.varint() : -1;
    header.keyframe = (flags & FRAME_FLAG.keyframe) !== 0;
  }

  #readSections(flags: number): FrameFault | undefined {
    let fault: FrameFault | undefined;
    if ((flags & FRAME_FLAG.leaves) !== 0) fault = this.#readLeaves();
    if (fault === undefined && (flags & FRAME_FLAG.enters) !== 0) fault = this.#readEnters();
    if (fault === undefined && (flags & FRAME_FLAG.updates) !== 0) fault = this.#readRuns();
    return fault;
  }

  /** A count of things that take at least `minBytes` each, or a fault: the bytes bound the work. */
  #readCount(minBytes: number): number | FrameFault {
    const count = this.#reader.varint();
    if (this.#reader.failed) return 'truncated';
    if (count === 0) return 'bad-count';
    return count * minBytes > this.#reader.remaining ? 'truncated' : count;
  }

  /** A mask of known components only, or -1. */
  #readMask(): number {
    const { maskBytes } = this.#schema.schema;
    const reader = this.#reader;
    const mask = maskBytes === 1 ? reader.u8() : maskBytes === 2 ? reader.u16() : reader.u32();
    return mask < this.#schema.maskEnd ? mask : -1;
  }

  #readNetId(): number | FrameFault {
    const netId = this.#reader.varint();
    if (this.#reader.failed) return 'truncated';
    return netId > MAX_NET_ID ? 'bad-id' : netId;
  }

  #readLeaves(): FrameFault | undefined {
    const count = this.#readCount(MIN_NET_ID_BYTES);
    if (typeof count !== 'number') return count;
    for (let index = 0; index < count; index++) {
      const netId = this.#readNetId();
      if (typeof netId !== 'number') return netId;
      this.#sink?.leave(netId);
    }
    return undefined;
  }

  #readEnters(): FrameFault | undefined {
    const count = this.#readCount(MIN_ENTER_BYTES + this.#schema.schema.maskBytes);
    if (typeof count !== 'number') return count;
    for (let index = 0; index < count; index++) {
      const fault = this.#readEnter();
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #readEnter(): FrameFault | undefined {
    const reader = this.#reader;
    const netId = this.#readNetId();
    if (typeof netId !== 'number') return netId;
    const idLo = reader.u32();
    const idHi = reader.u32();
    const own = reader.u8();
    const mask = this.#readMask();
    if (reader.failed) return 'truncated';
    if (own > 1) return 'bad-owner';
    if (mask < 0) return 'bad-mask';
    this.#sink?.enter(netId, idLo, idHi, own === 1, mask);
    return this.#readComponents(this.#schema.layout(mask));
  }

  #readRuns(): FrameFault | undefined {
    const count = this.#readCount(this.#schema.schema.maskBytes + 1 + MIN_NET_ID_BYTES);
    if (typeof count !== 'number') return count;
    for (let index = 0; index < count; index++) {
      const fault = this.#readRun();
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #readRun(): FrameFault | undefined {
    const mask = this.#readMask();
    if (this.#reader.failed) return 'truncated';
    if (mask <= 0) return 'bad-mask';
    const layout = this.#schema.layout(mask);
    const count = this.#readCount(MIN_NET_ID_BYTES + Math.max(layout.fixedBytes, 0));
    if (typeof count !== 'number') return count;
    return this.#readRecords(count, mask, layout);
  }

  #readRecords(count: number, mask: number, layout: MaskLayout): FrameFault | undefined {
    for (let index = 0; index < count; index++) {
      const netId = this.#readNetId();
      if (typeof netId !== 'number') return netId;
      if (this.#sink === undefined && layout.fixedBytes >= 0) {
        this.#reader.reset(this.#bytes, this.#reader.offset + layout.fixedBytes);
        continue;
      }
      this.#sink?.update(netId, mask);
      const fault = this.#readComponents(layout);
      if (fault !== undefined) return fault;
    }
    return this.#reader.failed ? 'truncated' : undefined;
  }

  #readComponents(layout: MaskLayout): FrameFault | undefined {
    const reader = this.#reader;
    for (const component of layout.components) {
      const offset = reader.offset;
      const lengthBytes = this.#lengthOf(component, offset);
      if (lengthBytes < 0) return 'bad-component';
      this.#sink?.component(component, this.#bytes, offset, lengthBytes);
      reader.reset(this.#bytes, offset + lengthBytes);
    }
    return undefined;
  }

  /** The second walk trusts fixed sizes: the first has seen that the bytes are there and sound. */
  #lengthOf(component: WireComponent, offset: number): number {
    if (this.#sink !== undefined && component.sizeBytes > 0) return component.sizeBytes;
    return componentLength(component, this.#bytes, offset, this.#bytes.length);
  }
}

const walk = new FrameWalk();

/**
 * Reads one state frame. `schemaOf` finds the schema of the zone by its index on this connection.
 *
 * The whole frame is checked before the first call of the sink: it gets all of a sound frame or nothing of a bad one.
 * Never throws on bytes; the work and the memory are bounded by the frame's length, whatever its counts say. What a
 * sink throws passes through. Unknown netIds, repeated frames and old ticks are the sink's business.
 */
export function readFrame(
  bytes: Uint8Array,
  schemaOf: (zoneIndex: number) => WireSchema | undefined,
  sink: FrameSink,
): FrameOutcome {
  if (bytes.length > LIMITS.maxFrameBytes) return refuse('too-large');
  if (bytes[0] !== FRAME_TYPE.state) return refuse('bad-type');
  if (bytes.length < 3) return refuse('truncated');
  const schema = schemaOf(bytes[2] as number);
  if (schema === undefined) return refuse('unknown-zone');
  const compiled = compileWireSchema(schema);
  try {
    const fault = walk.walk(bytes, compiled, undefined);
    if (fault !== undefined) return refuse(fault);
    walk.walk(bytes, compiled, sink);
    return OK;
  } finally {
    walk.release();
  }
}
