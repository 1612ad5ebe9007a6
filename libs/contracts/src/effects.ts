/**
 * What zones ask of the database: the payloads of the request `effects.apply` and of its answer.
 *
 * ```
 * request  u8 version = 1 | text zone | text world | varint count | count * effect
 * effect   varint sequence | varint tick | text kind | u8 hasPlayer | [u32 lo, u32 hi] | text payload (JSON)
 * answer   u8 version = 1 | varint upTo | text detail
 * ```
 * Little-endian; text is a varint length and UTF-8. A zone sends its pending effects from the lowest on, again and again
 * until they are settled; the answer says up to which sequence they stand in the database, each applied exactly once.
 */
import { ByteReader, ByteWriter, hex64, parseHex64 } from '@overworld/kernel';

export interface ZoneEffect {
  /** From 1, growing by one per effect of this zone. With the zone's id it is the effect's identity. */
  readonly sequence: number;
  readonly tick: number;
  /** The effect's name, such as `character.save` or one of the ruleset's. */
  readonly kind: string;
  /** 16 hex digits, or empty when the effect concerns no single player. */
  readonly player: string;
  /** The value as JSON text. */
  readonly payload: string;
}

export interface EffectBatch {
  readonly zone: string;
  readonly world: string;
  /** By growing sequence. */
  readonly effects: readonly ZoneEffect[];
}

export interface EffectsAnswer {
  /** Every effect of the request with a sequence up to this one stands in the database; 0 for none. */
  readonly upTo: number;
  /** Why not all of them do; empty when they do. */
  readonly detail: string;
}

/** The bounds that both ends keep: a zone with more pending effects sends the rest once these are settled. */
export const EFFECT_LIMITS = {
  maxEffects: 256,
  maxKindBytes: 64,
  maxZoneBytes: 63,
  maxWorldBytes: 63,
  maxPayloadBytes: 65_536,
  maxDetailBytes: 500,
} as const;

const VERSION = 1;

/** The caller owns the result. A player id that is not 16 hexadecimal digits is a programmer error and throws. */
export function encodeEffects(batch: EffectBatch): Uint8Array {
  const writer = new ByteWriter(64 + batch.effects.length * 128);
  writer.u8(VERSION);
  writer.text(batch.zone);
  writer.text(batch.world);
  writer.varint(batch.effects.length);
  for (const effect of batch.effects) writeEffect(writer, effect);
  return writer.finish();
}

/** Reads a request; `undefined` when the bytes are none or the sequences do not grow. */
export function decodeEffects(bytes: Uint8Array): EffectBatch | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) return undefined;
  const zone = reader.text(EFFECT_LIMITS.maxZoneBytes);
  const world = reader.text(EFFECT_LIMITS.maxWorldBytes);
  const count = reader.varint();
  if (reader.failed || count > EFFECT_LIMITS.maxEffects) return undefined;
  const effects: ZoneEffect[] = [];
  let previous = 0;
  for (let index = 0; index < count; index++) {
    const effect = readEffect(reader);
    if (reader.failed || effect.sequence <= previous) return undefined;
    previous = effect.sequence;
    effects.push(effect);
  }
  return reader.remaining === 0 ? { zone, world, effects } : undefined;
}

export function encodeEffectsAnswer(answer: EffectsAnswer): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(VERSION);
  writer.varint(answer.upTo);
  writer.text(answer.detail.slice(0, EFFECT_LIMITS.maxDetailBytes / 4));
  return writer.finish();
}

export function decodeEffectsAnswer(bytes: Uint8Array): EffectsAnswer | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const upTo = reader.varint();
  const detail = reader.text(EFFECT_LIMITS.maxDetailBytes);
  if (reader.failed || reader.remaining > 0 || version !== VERSION) return undefined;
  return { upTo, detail };
}

function writeEffect(writer: ByteWriter, effect: ZoneEffect): void {
  writer.varint(effect.sequence);
  writer.varint(effect.tick);
  writer.text(effect.kind);
  writer.u8(effect.player === '' ? 0 : 1);
  if (effect.player !== '') {
    const id = parseHex64(effect.player);
    if (id === undefined) throw new TypeError(`not a player id: ${effect.player}`);
    writer.u32(id.lo);
    writer.u32(id.hi);
  }
  writer.text(effect.payload);
}

function readEffect(reader: ByteReader): ZoneEffect {
  const sequence = reader.varint();
  const tick = reader.varint();
  const kind = reader.text(EFFECT_LIMITS.maxKindBytes);
  const player = readPlayer(reader);
  const payload = reader.text(EFFECT_LIMITS.maxPayloadBytes);
  return { sequence, tick, kind, player, payload };
}

function readPlayer(reader: ByteReader): string {
  const hasPlayer = reader.u8();
  if (hasPlayer === 0) return '';
  if (hasPlayer !== 1) reader.fail();
  const lo = reader.u32();
  return hex64(lo, reader.u32());
}
