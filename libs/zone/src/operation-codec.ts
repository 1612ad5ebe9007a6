import { assert, type ByteReader, type ByteWriter, hex64, parseHex64 } from '@overworld/kernel';
import type { Operation } from '@overworld/ruleset';

/*
 * One operation in a record. `v` is an unsigned varint, `t` a text (varint length, UTF-8), `b` a blob (varint length,
 * bytes), `player` the 64-bit pseudonym as u32 lo, u32 hi. `ago` is the record's tick minus the operation's.
 *
 *   +------+-----+
 *   | kind | ago |  then by kind:
 *   |  u8  |  v  |
 *   +------+-----+
 *   1 join             player | name t | gateway t | character b
 *   2 drop             player                        (of journals written before drops named their gateway)
 *   3 leave            player | reason t
 *   4 input            player | sequence v | input u8 | source u8 (0 player, 1 ai) | value b
 *   5 handoff-in       from t | handoff v | lowWater v | bytes b
 *   6 handoff-done     handoff v | accepted u8 | reason t
 *   7 effects-settled  upTo v
 *   8 gateway-lost     gateway t
 *   9 drop             player | gateway t
 */
const KIND = {
  join: 1,
  drop: 2,
  leave: 3,
  input: 4,
  'handoff-in': 5,
  'handoff-done': 6,
  'effects-settled': 7,
  'gateway-lost': 8,
} as const satisfies Record<Operation['kind'], number>;
const DROP_FROM = 9;

/** Bounds of what an operation may carry; the mailbox refuses more, so that every record can be read back. */
export const OPERATION_LIMITS = {
  nameBytes: 96,
  gatewayBytes: 64,
  reasonBytes: 200,
  zoneBytes: 63,
  characterBytes: 65_536,
  valueBytes: 65_535,
  handoffBytes: 262_144,
} as const;

const LIMITS = OPERATION_LIMITS;
const U32 = 0xffff_ffff;

function writePlayer(writer: ByteWriter, player: string): void {
  const id = parseHex64(player);
  assert(id !== undefined, 'a player is 16 hex digits: the mailbox refuses others');
  writer.u32(id.lo);
  writer.u32(id.hi);
}

export function writeOperation(writer: ByteWriter, operation: Operation, recordTick: number): void {
  const isDropFrom = operation.kind === 'drop' && operation.gateway !== undefined;
  writer.u8(isDropFrom ? DROP_FROM : KIND[operation.kind]);
  writer.varint(recordTick - operation.tick);
  switch (operation.kind) {
    case 'join':
      writePlayer(writer, operation.player);
      writer.text(operation.name);
      writer.text(operation.gateway);
      writer.blob(operation.character);
      return;
    case 'drop':
      writePlayer(writer, operation.player);
      if (operation.gateway !== undefined) writer.text(operation.gateway);
      return;
    case 'leave':
      writePlayer(writer, operation.player);
      writer.text(operation.reason);
      return;
    case 'input':
      writePlayer(writer, operation.player);
      writer.varint(operation.sequence);
      writer.u8(operation.input);
      writer.u8(operation.source === 'ai' ? 1 : 0);
      writer.blob(operation.value);
      return;
    case 'handoff-in':
      writer.text(operation.from);
      writer.varint(operation.handoff);
      writer.varint(operation.lowWater);
      writer.blob(operation.bytes);
      return;
    case 'handoff-done':
      writer.varint(operation.handoff);
      writer.u8(operation.accepted ? 1 : 0);
      writer.text(operation.reason);
      return;
    case 'effects-settled':
      writer.varint(operation.upTo);
      return;
    case 'gateway-lost':
      writer.text(operation.gateway);
      return;
  }
}

function readPlayer(reader: ByteReader): string {
  const lo = reader.u32();
  return hex64(lo, reader.u32());
}

function readU32(reader: ByteReader): number {
  const value = reader.varint();
  if (value > U32) reader.fail();
  return value;
}

function readFlag(reader: ByteReader): boolean {
  const value = reader.u8();
  if (value > 1) reader.fail();
  return value === 1;
}

/** Undefined, and the reader failed, when the bytes are no operation of a record at `recordTick`. Bytes are copied. */
export function readOperation(reader: ByteReader, recordTick: number): Operation | undefined {
  const kind = reader.u8();
  const ago = reader.varint();
  if (ago >= recordTick) reader.fail();
  const operation = readBody(reader, kind, recordTick - ago);
  if (operation === undefined) reader.fail();
  return reader.failed ? undefined : operation;
}

function readBody(reader: ByteReader, kind: number, tick: number): Operation | undefined {
  switch (kind) {
    case KIND.join:
      return readJoin(reader, tick);
    case KIND.drop:
      return { kind: 'drop', tick, player: readPlayer(reader) };
    case DROP_FROM:
      return { kind: 'drop', tick, player: readPlayer(reader), gateway: reader.text(LIMITS.gatewayBytes) };
    case KIND.leave:
      return { kind: 'leave', tick, player: readPlayer(reader), reason: reader.text(LIMITS.reasonBytes) };
    case KIND.input:
      return readInput(reader, tick);
    case KIND['handoff-in']:
      return readHandoffIn(reader, tick);
    case KIND['handoff-done']:
      return readHandoffDone(reader, tick);
    case KIND['effects-settled']:
      return { kind: 'effects-settled', tick, upTo: readU32(reader) };
    case KIND['gateway-lost']:
      return { kind: 'gateway-lost', tick, gateway: reader.text(LIMITS.gatewayBytes) };
    default:
      return undefined;
  }
}

function readJoin(reader: ByteReader, tick: number): Operation {
  const player = readPlayer(reader);
  const name = reader.text(LIMITS.nameBytes);
  const gateway = reader.text(LIMITS.gatewayBytes);
  const character = reader.blob(LIMITS.characterBytes).slice();
  return { kind: 'join', tick, player, name, gateway, character };
}

function readInput(reader: ByteReader, tick: number): Operation {
  const player = readPlayer(reader);
  const sequence = readU32(reader);
  const input = reader.u8();
  const source = readFlag(reader) ? 'ai' : 'player';
  const value = reader.blob(LIMITS.valueBytes).slice();
  return { kind: 'input', tick, player, sequence, input, source, value };
}

function readHandoffIn(reader: ByteReader, tick: number): Operation {
  const from = reader.text(LIMITS.zoneBytes);
  const handoff = readU32(reader);
  const lowWater = readU32(reader);
  const bytes = reader.blob(LIMITS.handoffBytes).slice();
  return { kind: 'handoff-in', tick, from, handoff, lowWater, bytes };
}

function readHandoffDone(reader: ByteReader, tick: number): Operation {
  const handoff = readU32(reader);
  const accepted = readFlag(reader);
  return { kind: 'handoff-done', tick, handoff, accepted, reason: reader.text(LIMITS.reasonBytes) };
}

/** About how many bytes an operation takes in a record: never less than it does. */
export function operationSizeBytes(operation: Operation): number {
  const FIXED = 40;
  switch (operation.kind) {
    case 'join':
      return FIXED + 3 * (operation.name.length + operation.gateway.length) + operation.character.length;
    case 'input':
      return FIXED + operation.value.length;
    case 'handoff-in':
      return FIXED + 3 * operation.from.length + operation.bytes.length;
    case 'leave':
    case 'handoff-done':
      return FIXED + 3 * operation.reason.length;
    case 'gateway-lost':
      return FIXED + 3 * operation.gateway.length;
    case 'drop':
      return FIXED + 3 * (operation.gateway?.length ?? 0);
    default:
      return FIXED;
  }
}
