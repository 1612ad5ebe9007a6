import { isZoneId } from '@overworld/contracts';
import { type ByteReader, type ByteWriter, Hash64 } from '@overworld/kernel';

/** What makes a zone this zone. It never changes after the zone's first fence, which carries it. */
export interface ZoneSpec {
  /** One token of a subject: see `isZoneId` of the contracts. */
  readonly id: string;
  /** Unique among all zones for ever: entity ids are made from it. */
  readonly zoneNumber: number;
  readonly world: string;
  /** The ruleset's name. */
  readonly ruleset: string;
  /** Seed of the zone's random streams; not to be told to players. */
  readonly seed: string;
  /** JSON for the ruleset's `create`; undefined counts as null. */
  readonly params: unknown;
}

/** A spec together with the secret that its entity ids are made with. */
export interface ZoneBirthCertificate {
  readonly spec: ZoneSpec;
  readonly idKey: readonly [number, number];
}

export const MAX_SPEC_BYTES = 65_536;

function keyWord(spec: ZoneSpec, purpose: string): number {
  const hash = new Hash64();
  hash.text(purpose);
  hash.text(spec.seed);
  hash.text(spec.id);
  return hash.lo;
}

/** The default secret of entity ids, from the zone's seed. An installation that has one of its own passes that. */
export function defaultIdKey(spec: ZoneSpec): readonly [number, number] {
  return [keyWord(spec, 'id-low'), keyWord(spec, 'id-high')];
}

export function writeBirth(writer: ByteWriter, birth: ZoneBirthCertificate): void {
  writer.u32(birth.idKey[0]);
  writer.u32(birth.idKey[1]);
  const { id, zoneNumber, world, ruleset, seed, params } = birth.spec;
  writer.text(JSON.stringify({ id, zoneNumber, world, ruleset, seed, params: params ?? null }));
}

/** Undefined, and the reader failed, when the bytes are no birth certificate. */
export function readBirth(reader: ByteReader): ZoneBirthCertificate | undefined {
  const idKey = [reader.u32(), reader.u32()] as const;
  const spec = parseSpec(reader.text(MAX_SPEC_BYTES));
  if (spec === undefined) reader.fail();
  return spec === undefined ? undefined : { spec, idKey };
}

function parseSpec(text: string): ZoneSpec | undefined {
  try {
    const { id, zoneNumber, world, ruleset, seed, params } = JSON.parse(text);
    const texts = [id, world, ruleset, seed].every((value) => typeof value === 'string');
    if (!texts || !isZoneId(id) || !Number.isInteger(zoneNumber) || zoneNumber < 0) return undefined;
    return { id, zoneNumber, world, ruleset, seed, params };
  } catch {
    return undefined;
  }
}
