import { ByteReader, type ByteWriter } from '@overworld/kernel';
import { componentLength, type WireComponent, type WireSchema } from '@overworld/protocol';
import { fullMask, schemaTag } from './component-layout.ts';

/*
 * What a zone tells its gateways, once a view tick. Little-endian; `v` is an unsigned varint; `mask` is maskBytes wide.
 *
 *   +----+----+-------+-----------+---------+---------+--------------+
 *   | 5A | 03 | flags | schemaTag | epoch   | tick    | previousTick |   flags: 1 full, and 2 * (ms since the tick began + 1),
 *   | u8 | u8 |  u8   |    u32    |   v     |  u32    |     u32      |   or 2 * 0 where that is not said
 *   +----+----+-------+-----------+---------+---------+--------------+
 *   leaves    v n   n * | row u16 |
 *   enters    v n   n * | row u16 | idLo u32 | idHi u32 | owner u16 | mask |
 *   reshapes  v n   n * | row u16 | owner u16 | mask |
 *   runs      v n   n * | mask | v m | m * ( row u16, the mask's components in bit order ) |
 *   players   v n   n * | kind u8 | idLo u32 | idHi u32 | by kind, see PlayerEntry |
 *   acks      v n   n * | row u16 | sequence v |
 *   events    v n   n * | kind v | to u8 | by to | length v | bytes |
 *
 * `owner` is the owning player's row + 1, or 0. The sections are applied in this order: a row may leave and enter in
 * one message. The message ends with the last event.
 */
export const OUT_MAGIC = 0x5a;
export const OUT_VERSION = 3;
/** It does not say when its tick began; otherwise the same. */
const OUT_VERSION_BEFORE = 2;
export const OUT_FULL = 1;
const FLAGS_AT = 2;
const MOST_MS = 126;

/**
 * Notes in a message that leaves now how long ago its tick began: who hears it knows when the next one will. Nothing is noted where
 * there is no room for it.
 */
export function stampAge(message: Uint8Array, ageMs: number): void {
  const wholeMs = Math.max(0, Math.round(ageMs));
  const said = wholeMs > MOST_MS ? 0 : wholeMs + 1;
  message[FLAGS_AT] = ((message[FLAGS_AT] as number) & OUT_FULL) | (said << 1);
}

export const PlayerEntry = {
  /** row u16, avatar u16 (row + 1, or 0), connected u8, name text, gateway text. Said once more when it changes. */
  present: 1,
  /** Nothing more: the connection is lost, the seat is kept. */
  dropped: 2,
  /** reason text. */
  left: 3,
  /** reason text. */
  refused: 4,
  /** to-zone text. */
  moved: 5,
  /** avatar u16: the player has another avatar than before. */
  avatar: 6,
} as const;
export type PlayerEntryKind = (typeof PlayerEntry)[keyof typeof PlayerEntry];

export const EventTo = {
  everybody: 0,
  /** idLo u32, idHi u32 of the player. */
  player: 1,
  /** x f32, y f32: where the entity was when the event happened. */
  near: 2,
} as const;
export type EventToKind = (typeof EventTo)[keyof typeof EventTo];

export const MAX_NAME_BYTES = 128;
export const MAX_WORD_BYTES = 256;
export const MAX_EVENT_BYTES = 65_535;

export interface OutHeader {
  /** The ownership under which the zone runs. */
  readonly epoch: number;
  readonly tick: number;
  /** The tick of the out message before this one: how a gateway notices that it missed one. */
  readonly previousTick: number;
}

export interface PlayerEntryValue {
  kind: PlayerEntryKind;
  idLo: number;
  idHi: number;
  row: number;
  /** -1: none. */
  avatar: number;
  connected: boolean;
  name: string;
  gateway: string;
  /** The reason, or the zone moved to. */
  word: string;
}

/** Reused from event to event; the bytes are borrowed from the message. */
export interface OutEventValue {
  kind: number;
  to: EventToKind;
  idLo: number;
  idHi: number;
  x: number;
  y: number;
  bytes: Uint8Array;
}

/** What a message says, part by part in the message's order. Byte ranges are borrowed from the message. */
export interface OutSink {
  leave(row: number): void;
  enter(row: number, idLo: number, idHi: number, owner: number, mask: number): void;
  reshape(row: number, owner: number, mask: number): void;
  record(row: number, mask: number): void;
  component(index: number, bytes: Uint8Array, offset: number, lengthBytes: number): void;
  player(entry: PlayerEntryValue): void;
  ack(row: number, sequence: number): void;
  event(event: OutEventValue): void;
}

const EMPTY = new Uint8Array(0);
const NOWHERE: OutSink = {
  leave() {},
  enter() {},
  reshape() {},
  record() {},
  component() {},
  player() {},
  ack() {},
  event() {},
};

/** Writes a component mask in the schema's width. */
export function writeMask(writer: ByteWriter, maskBytes: number, mask: number): void {
  if (maskBytes === 1) writer.u8(mask);
  else if (maskBytes === 2) writer.u16(mask);
  else writer.u32(mask);
}

/** Reads out messages of one schema. Nothing of a message that is damaged anywhere reaches the sink. */
export class OutReader {
  /** What the message given to `check` last says of itself. Reused. */
  readonly header = { full: false, epoch: 0, tick: 0, previousTick: 0, ageMs: -1 };
  readonly #components: readonly WireComponent[];
  readonly #maskBytes: number;
  readonly #knownMask: number;
  readonly #tag: number;
  readonly #reader = new ByteReader();
  readonly #entry: PlayerEntryValue = {
    kind: PlayerEntry.present,
    idLo: 0,
    idHi: 0,
    row: 0,
    avatar: -1,
    connected: false,
    name: '',
    gateway: '',
    word: '',
  };
  readonly #event: OutEventValue = {
    kind: 0,
    to: EventTo.everybody,
    idLo: 0,
    idHi: 0,
    x: 0,
    y: 0,
    bytes: EMPTY,
  };
  #bytes: Uint8Array = EMPTY;

  constructor(wire: WireSchema) {
    this.#components = wire.components;
    this.#maskBytes = wire.maskBytes;
    this.#knownMask = fullMask(wire);
    this.#tag = schemaTag(wire);
  }

  /** True when the whole message is well-formed and of this schema. Never throws. */
  check(bytes: Uint8Array): boolean {
    this.#walk(bytes, NOWHERE);
    return !this.#reader.failed;
  }

  /** Hands a message that `check` accepted to the sink. */
  visit(bytes: Uint8Array, sink: OutSink): void {
    this.#walk(bytes, sink);
  }

  #walk(bytes: Uint8Array, sink: OutSink): void {
    const reader = this.#reader;
    reader.reset(bytes);
    this.#bytes = bytes;
    this.#header();
    this.#leaves(sink);
    this.#enters(sink);
    this.#reshapes(sink);
    this.#runs(sink);
    this.#players(sink);
    this.#acks(sink);
    this.#events(sink);
    if (reader.remaining > 0) reader.fail();
  }

  #header(): void {
    const reader = this.#reader;
    if (reader.u8() !== OUT_MAGIC) reader.fail();
    const version = reader.u8();
    const flags = reader.u8();
    const isKnown = version === OUT_VERSION || (version === OUT_VERSION_BEFORE && flags <= OUT_FULL);
    if (!isKnown || reader.u32() !== this.#tag) reader.fail();
    const { header } = this;
    header.ageMs = (flags >> 1) - 1;
    header.full = (flags & OUT_FULL) !== 0;
    header.epoch = reader.varint();
    header.tick = reader.u32();
    header.previousTick = reader.u32();
  }

  /** A count of things that take at least `minBytes` each: one that cannot be true fails before a loop runs on it. */
  #count(minBytes: number): number {
    const reader = this.#reader;
    const count = reader.varint();
    if (count * minBytes > reader.remaining) reader.fail();
    return reader.failed ? 0 : count;
  }

  #mask(): number {
    const reader = this.#reader;
    const mask = this.#maskBytes === 1 ? reader.u8() : this.#maskBytes === 2 ? reader.u16() : reader.u32();
    if ((mask & ~this.#knownMask) !== 0) reader.fail();
    return mask;
  }

  #leaves(sink: OutSink): void {
    const count = this.#count(2);
    for (let index = 0; index < count; index++) sink.leave(this.#reader.u16());
  }

  #enters(sink: OutSink): void {
    const reader = this.#reader;
    const count = this.#count(12 + this.#maskBytes);
    for (let index = 0; index < count && !reader.failed; index++) {
      const row = reader.u16();
      const idLo = reader.u32();
      const idHi = reader.u32();
      const owner = reader.u16() - 1;
      sink.enter(row, idLo, idHi, owner, this.#mask());
    }
  }

  #reshapes(sink: OutSink): void {
    const reader = this.#reader;
    const count = this.#count(4 + this.#maskBytes);
    for (let index = 0; index < count && !reader.failed; index++) {
      const row = reader.u16();
      const owner = reader.u16() - 1;
      sink.reshape(row, owner, this.#mask());
    }
  }

  #runs(sink: OutSink): void {
    const reader = this.#reader;
    const runs = this.#count(this.#maskBytes + 1);
    for (let run = 0; run < runs && !reader.failed; run++) {
      const mask = this.#mask();
      const count = this.#count(2);
      for (let index = 0; index < count && !reader.failed; index++) {
        sink.record(reader.u16(), mask);
        this.#recordComponents(mask, sink);
      }
    }
  }

  #recordComponents(mask: number, sink: OutSink): void {
    const reader = this.#reader;
    const bytes = this.#bytes;
    for (let index = 0; index < this.#components.length; index++) {
      if ((mask & (1 << index)) === 0) continue;
      const component = this.#components[index] as WireComponent;
      const offset = reader.offset;
      const length = componentLength(component, bytes, offset, bytes.length);
      if (length < 0 || reader.failed) {
        reader.fail();
        return;
      }
      sink.component(index, bytes, offset, length);
      reader.reset(bytes, offset + length);
    }
  }

  #players(sink: OutSink): void {
    const reader = this.#reader;
    const count = this.#count(9);
    const entry = this.#entry;
    for (let index = 0; index < count && !reader.failed; index++) {
      const kind = reader.u8();
      if (kind < PlayerEntry.present || kind > PlayerEntry.avatar) reader.fail();
      entry.kind = kind as PlayerEntryKind;
      entry.idLo = reader.u32();
      entry.idHi = reader.u32();
      this.#playerDetail(entry);
      if (!reader.failed) sink.player(entry);
    }
  }

  #playerDetail(entry: PlayerEntryValue): void {
    const reader = this.#reader;
    if (entry.kind === PlayerEntry.present) {
      entry.row = reader.u16();
      entry.avatar = reader.u16() - 1;
      entry.connected = reader.u8() === 1;
      entry.name = reader.text(MAX_NAME_BYTES);
      entry.gateway = reader.text(MAX_WORD_BYTES);
    } else if (entry.kind === PlayerEntry.avatar) {
      entry.avatar = reader.u16() - 1;
    } else if (entry.kind !== PlayerEntry.dropped) {
      entry.word = reader.text(MAX_WORD_BYTES);
    }
  }

  #acks(sink: OutSink): void {
    const reader = this.#reader;
    const count = this.#count(3);
    for (let index = 0; index < count && !reader.failed; index++) {
      const row = reader.u16();
      const sequence = reader.varint();
      if (sequence > 0xffff_ffff) reader.fail();
      else sink.ack(row, sequence);
    }
  }

  #events(sink: OutSink): void {
    const reader = this.#reader;
    const count = this.#count(3);
    for (let index = 0; index < count && !reader.failed; index++) {
      this.#readEvent(this.#event);
      if (!reader.failed) sink.event(this.#event);
    }
  }

  #readEvent(event: OutEventValue): void {
    const reader = this.#reader;
    event.kind = reader.varint();
    event.to = reader.u8() as EventToKind;
    if (event.kind > 0xffff || event.to > EventTo.near) reader.fail();
    if (event.to === EventTo.player) {
      event.idLo = reader.u32();
      event.idHi = reader.u32();
    } else if (event.to === EventTo.near) {
      event.x = reader.f32();
      event.y = reader.f32();
    }
    event.bytes = reader.blob(MAX_EVENT_BYTES);
  }
}
