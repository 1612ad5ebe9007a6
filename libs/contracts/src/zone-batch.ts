/**
 * What enters a zone's mailbox: the payload of `zone.<id>.in`. One message carries the commands of one gateway (or
 * of one other zone, or of the ai service) in the order in which they were given.
 *
 * ```
 * u8 version = 2 | text gateway | varint count | count * command
 * command        = u8 kind, then
 *   1 join            u32 lo, u32 hi | text name | blob character
 *   2 drop            u32 lo, u32 hi
 *   3 leave           u32 lo, u32 hi | text reason
 *   4 input           u32 lo, u32 hi | varint sequence | varint behind | varint tick | varint input | u8 source | blob value
 *   5 presence        (nothing)
 *   6 handoff         text from | varint handoff | varint lowWater | blob bytes
 *   7 handoff-receipt varint handoff | u8 accepted | text reason
 * ```
 * Little-endian; text and blob are a varint length and the bytes. `behind` is `sequence - after`, 0 when `after` is 0; version 1,
 * which is read as well, does not have it.
 */
import { ByteReader, ByteWriter, hex64, parseHex64 } from '@overworld/kernel';

export type InputSource = 'player' | 'ai';

export type ZoneCommand =
  /**
   * A present player is reconnected by it; `character` holds the kept components, nothing for a new one, or `HELD_SEAT` for
   * a player who is known to have a seat: then nobody is made anew when the seat is not there (any more).
   */
  | {
      readonly kind: 'join';
      readonly player: string;
      readonly name: string;
      readonly character: Uint8Array;
    }
  /**
   * The connection through this gateway is gone; the seat stays for a minute of zone time. Ignored when the player is
   * connected through another gateway: this one is late.
   */
  | { readonly kind: 'drop'; readonly player: string }
  | { readonly kind: 'leave'; readonly player: string; readonly reason: string }
  | {
      readonly kind: 'input';
      readonly player: string;
      /** From 1, +1 per input of this player; 0 for an input of the ai service, which is not deduplicated. */
      readonly sequence: number;
      /**
       * The input of the player that the gateway let in before this one: the zone takes this one only behind it, since otherwise it
       * was lost on the way. 0 when everything before this one is settled: the first of what a client sends again.
       */
      readonly after: number;
      /** The tick that is to execute it; 0 = as soon as possible. */
      readonly tick: number;
      /** The kind: the index among the ruleset's inputs. */
      readonly input: number;
      readonly source: InputSource;
      /** Encoded by the input's codec. */
      readonly value: Uint8Array;
    }
  /** The gateway is alive and has players here; sent every second. */
  | { readonly kind: 'presence' }
  | {
      readonly kind: 'handoff';
      readonly from: string;
      readonly handoff: number;
      readonly lowWater: number;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'handoff-receipt';
      readonly handoff: number;
      readonly accepted: boolean;
      readonly reason: string;
    };

export interface ZoneBatch {
  readonly gateway: string;
  readonly commands: readonly ZoneCommand[];
}

/** In place of a character: connect the player's seat, do not make one. No character is written like this. */
export const HELD_SEAT: Uint8Array = new Uint8Array([0]);

/** The bounds that a decoder holds a batch to. */
export const BATCH_LIMITS = {
  maxCommands: 4096,
  maxGatewayBytes: 64,
  maxNameBytes: 96,
  maxReasonBytes: 64,
  maxZoneBytes: 63,
  maxCharacterBytes: 65_536,
  maxValueBytes: 1024,
  maxHandoffBytes: 262_144,
} as const;

const VERSION = 2;
/** Does not say behind which an input comes. */
const OLD_VERSION = 1;
const KINDS = { join: 1, drop: 2, leave: 3, input: 4, presence: 5, handoff: 6, receipt: 7 } as const;

/**
 * The caller owns the result (a `Bus` may take it over). The commands are trusted: they come from this process;
 * a player id that is not 16 hexadecimal digits is a programmer error and throws.
 */
export function encodeBatch(gateway: string, commands: readonly ZoneCommand[]): Uint8Array {
  const writer = new BatchWriter(gateway);
  for (const command of commands) writer.push(command);
  return writer.finish();
}

/** A player's input with the id as it is on the wire, 64 bits in two words, and the value where it lies: `bytes[from, to)`. */
export interface WrittenInput {
  readonly idLo: number;
  readonly idHi: number;
  readonly sequence: number;
  readonly after: number;
  readonly tick: number;
  readonly input: number;
  readonly source: InputSource;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** A batch that is written as its commands come; what they refer to is theirs again as soon as they are in. */
export class BatchWriter {
  readonly #gateway: string;
  readonly #head = new ByteWriter(64);
  readonly #commands = new ByteWriter(1024);
  #count = 0;

  constructor(gateway: string) {
    this.#gateway = gateway;
  }

  /** The commands since the last `finish`. */
  get count(): number {
    return this.#count;
  }

  push(command: ZoneCommand): void {
    this.#count += 1;
    writeCommand(this.#commands, command);
  }

  pushInput(input: WrittenInput): void {
    this.#count += 1;
    const writer = this.#commands;
    writer.u8(KINDS.input);
    writer.u32(input.idLo);
    writer.u32(input.idHi);
    writeInputHead(writer, input);
    writer.blob(input.bytes, input.from, input.to);
  }

  /** The batch, which the caller owns; the next command begins another one. */
  finish(): Uint8Array {
    const head = this.#head;
    head.reset();
    head.u8(VERSION);
    head.text(this.#gateway);
    head.varint(this.#count);
    head.bytes(this.#commands.view());
    this.#commands.reset();
    this.#count = 0;
    return head.finish();
  }
}

/** Reads a batch; `undefined` when the bytes are none. Values, characters and handoffs are copies. */
export function decodeBatch(bytes: Uint8Array): ZoneBatch | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION && version !== OLD_VERSION) return undefined;
  const gateway = reader.text(BATCH_LIMITS.maxGatewayBytes);
  const count = reader.varint();
  if (reader.failed || count > BATCH_LIMITS.maxCommands) return undefined;
  const commands: ZoneCommand[] = [];
  for (let index = 0; index < count; index++) {
    const command = readCommand(reader, version);
    if (command === undefined || reader.failed) return undefined;
    commands.push(command);
  }
  return reader.remaining === 0 ? { gateway, commands } : undefined;
}

function writePlayer(writer: ByteWriter, player: string): void {
  const id = parseHex64(player);
  if (id === undefined) throw new TypeError(`not a player id: ${player}`);
  writer.u32(id.lo);
  writer.u32(id.hi);
}

function readPlayer(reader: ByteReader): string {
  const lo = reader.u32();
  return hex64(lo, reader.u32());
}

function writeCommand(writer: ByteWriter, command: ZoneCommand): void {
  switch (command.kind) {
    case 'join':
      writer.u8(KINDS.join);
      writePlayer(writer, command.player);
      writer.text(command.name);
      writer.blob(command.character);
      break;
    case 'drop':
      writer.u8(KINDS.drop);
      writePlayer(writer, command.player);
      break;
    case 'leave':
      writer.u8(KINDS.leave);
      writePlayer(writer, command.player);
      writer.text(command.reason);
      break;
    case 'input':
      writeInput(writer, command);
      break;
    case 'presence':
      writer.u8(KINDS.presence);
      break;
    case 'handoff':
      writer.u8(KINDS.handoff);
      writer.text(command.from);
      writer.varint(command.handoff);
      writer.varint(command.lowWater);
      writer.blob(command.bytes);
      break;
    case 'handoff-receipt':
      writer.u8(KINDS.receipt);
      writer.varint(command.handoff);
      writer.u8(command.accepted ? 1 : 0);
      writer.text(command.reason);
      break;
  }
}

function writeInput(writer: ByteWriter, input: ZoneCommand & { kind: 'input' }): void {
  writer.u8(KINDS.input);
  writePlayer(writer, input.player);
  writeInputHead(writer, input);
  writer.blob(input.value);
}

type InputHead = Pick<WrittenInput, 'sequence' | 'after' | 'tick' | 'input' | 'source'>;

function writeInputHead(writer: ByteWriter, input: InputHead): void {
  writer.varint(input.sequence);
  writer.varint(input.after === 0 ? 0 : input.sequence - input.after);
  writer.varint(input.tick);
  writer.varint(input.input);
  writer.u8(input.source === 'ai' ? 1 : 0);
}

function readCommand(reader: ByteReader, version: number): ZoneCommand | undefined {
  switch (reader.u8()) {
    case KINDS.join:
      return {
        kind: 'join',
        player: readPlayer(reader),
        name: reader.text(BATCH_LIMITS.maxNameBytes),
        character: reader.ownBlob(BATCH_LIMITS.maxCharacterBytes),
      };
    case KINDS.drop:
      return { kind: 'drop', player: readPlayer(reader) };
    case KINDS.leave:
      return { kind: 'leave', player: readPlayer(reader), reason: reader.text(BATCH_LIMITS.maxReasonBytes) };
    case KINDS.input:
      return readInput(reader, version);
    case KINDS.presence:
      return { kind: 'presence' };
    case KINDS.handoff:
      return {
        kind: 'handoff',
        from: reader.text(BATCH_LIMITS.maxZoneBytes),
        handoff: reader.varint(),
        lowWater: reader.varint(),
        bytes: reader.ownBlob(BATCH_LIMITS.maxHandoffBytes),
      };
    case KINDS.receipt:
      return readReceipt(reader);
    default:
      return undefined;
  }
}

function readInput(reader: ByteReader, version: number): ZoneCommand | undefined {
  const player = readPlayer(reader);
  const sequence = reader.varint();
  const behind = version === OLD_VERSION ? 0 : reader.varint();
  const tick = reader.varint();
  const input = reader.varint();
  const source = reader.u8();
  const value = reader.ownBlob(BATCH_LIMITS.maxValueBytes);
  if (source > 1 || sequence > 0xffffffff || tick > 0xffffffff || input > 0xff) return undefined;
  if (behind > sequence) return undefined;
  const after = behind === 0 ? 0 : sequence - behind;
  return {
    kind: 'input',
    player,
    sequence,
    after,
    tick,
    input,
    source: source === 1 ? 'ai' : 'player',
    value,
  };
}

function readReceipt(reader: ByteReader): ZoneCommand | undefined {
  const handoff = reader.varint();
  const accepted = reader.u8();
  const reason = reader.text(BATCH_LIMITS.maxReasonBytes);
  return accepted > 1 ? undefined : { kind: 'handoff-receipt', handoff, accepted: accepted === 1, reason };
}
