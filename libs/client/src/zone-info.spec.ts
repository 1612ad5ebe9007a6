import type { ZoneInfo } from '@overworld/protocol';
import { lobby } from '@overworld/ruleset-lobby';
import { describe, expect, it } from 'vitest';
import { OverworldError } from './refusal.ts';
import { zoneInfoOf } from './zone-info.ts';

const NEWS = {
  index: 4,
  zone: 'lobby-1',
  world: 'lobby',
  ruleset: 'lobby',
  epoch: 7,
  tick: 900,
  tickHz: lobby.tickHz,
  player: '00000000000000aa',
  you: '00000000000000bb',
  sequence: 12,
  resume: 'token',
};
const FULL = { ...NEWS, params: { code: 'TEST' }, schema: lobby.wire };
const first = zoneInfoOf(JSON.parse(JSON.stringify(FULL))) as ZoneInfo;

describe("a zone's description", () => {
  it('[ZI1] is taken whole by a client that knows nothing', () => {
    expect(first).toEqual(FULL);
  });

  it('[ZI2] goes on with what is known of the zone when it leaves that out', () => {
    const next = zoneInfoOf({ ...NEWS, epoch: 8, tick: 950 }, first) as ZoneInfo;
    expect(next).toEqual({ ...FULL, epoch: 8, tick: 950 });
    expect(next.schema).toBe(first.schema);
  });

  it('[ZI3] is refused without a schema when it is of another zone, of another number, or the first', () => {
    for (const [news, last] of [
      [{ ...NEWS, zone: 'lobby-2' }, first],
      [{ ...NEWS, index: 5 }, first],
      [NEWS, undefined],
    ] as const) {
      expect(zoneInfoOf(news, last)).toBeInstanceOf(OverworldError);
    }
  });

  it('[ZI4] takes another schema and other parameters than the ones before', () => {
    const schema = { ...lobby.wire, hash: '00000000000000ff', version: 99 };
    const next = zoneInfoOf({ ...FULL, schema, params: null }, first) as ZoneInfo;
    expect(next.schema.version).toBe(99);
    expect(next.params).toBeNull();
  });

  it('[ZI5] keeps a schema that equals the one before as it is', () => {
    const next = zoneInfoOf({ ...JSON.parse(JSON.stringify(FULL)), index: 5, zone: 'lobby-2' }, first);
    expect((next as ZoneInfo).schema).toBe(first.schema);
  });
});
