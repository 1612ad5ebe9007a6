import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineRuleset } from './compile.ts';
import type { Operation } from './operation.ts';
import { ZoneRuntime } from './runtime.ts';

/*
 * When a zone grows depends on its history: a restored one has other room than the one that it is a copy of. Both have
 * to end alike, though a value is written whose making has one of them grow and the other not.
 */

const PLAYERS = Array.from({ length: 30 }, (_, index) => (index + 1).toString(16).padStart(16, '0'));

const game = defineRuleset({
  name: 'kennel',
  tickHz: 20,
  capacity: { players: 40, entities: 400 },
  gap: { policy: 'hold' },
  components: {
    body: { fields: { x: 'f64' } },
    keeper: { fields: { pet: 'f64', alarm: 'f64' } },
  },
  interest: { everything: true },
  inputs: {
    adopt: { schema: z.object({}), policy: 'all' },
    wait: { schema: z.object({}), policy: 'all' },
  },
  timers: ['ring'],
  join: (zone) => zone.spawn({ keeper: {} }),
  input: {
    adopt(zone, player) {
      zone.keeper.pet[zone.players.avatar(player)] = zone.ref(zone.spawn({ body: { x: 1 } }));
    },
    wait(zone, player) {
      const avatar = zone.players.avatar(player);
      zone.keeper.alarm[avatar] = zone.after(100, 'ring', avatar);
    },
  },
  timer: { ring() {} },
});

function zone(): ZoneRuntime {
  return ZoneRuntime.create(game, { zoneId: 'a', zoneNumber: 1, seed: 's', params: null, idKey: [1, 2] });
}

function twinOf(runtime: ZoneRuntime): ZoneRuntime {
  const twin = ZoneRuntime.restore(game, { zoneId: 'a' }, runtime.snapshot());
  if (!(twin instanceof ZoneRuntime)) throw new Error(twin.detail);
  return twin;
}

const joins = (tick: number): Operation[] =>
  PLAYERS.map((player) => ({
    kind: 'join',
    tick,
    player,
    name: 'Ada',
    character: new Uint8Array(0),
    gateway: 'g',
  }));
const drops = (tick: number): Operation[] => PLAYERS.map((player) => ({ kind: 'drop', tick, player }));

function inputs(tick: number, name: string): Operation[] {
  const input = game.inputs.findIndex((candidate) => candidate.name === name);
  const value = game.inputs[input]?.codec.encode({}) as Uint8Array;
  return PLAYERS.map((player) => ({
    kind: 'input',
    tick,
    player,
    sequence: 1,
    input,
    source: 'player',
    value,
  }));
}

/** What a column holds of every player's row, or of every avatar. */
function valuesOf(runtime: ZoneRuntime, column: ArrayLike<number>, of: 'row' | 'avatar'): number[] {
  const rows = PLAYERS.map((player) => runtime.table.find(player));
  return rows.map((row) => column[of === 'row' ? row : runtime.table.avatar(row)] as number);
}

describe('a zone and its restored twin', () => {
  it('keep the seats of a crowd that is dropped at once alike', () => {
    const live = zone();
    live.step(1, joins(1));
    live.step(2, drops(2));
    live.step(3, joins(3));
    const twin = twinOf(live);
    for (const runtime of [live, twin]) {
      runtime.step(4, drops(4));
      expect(valuesOf(runtime, runtime.table.columns.seatTimer, 'row')).not.toContain(0);
    }
    expect(twin.hashes()).toEqual(live.hashes());
    expect(twin.hash()).toBe(live.hash());
  });

  it('keep what a ruleset writes while it spawns or sets a timer', () => {
    for (const [name, field] of [
      ['adopt', 'pet'],
      ['wait', 'alarm'],
    ] as const) {
      const live = zone();
      live.step(1, joins(1));
      const twin = twinOf(live);
      for (const runtime of [live, twin]) {
        runtime.step(2, inputs(2, name));
        expect(valuesOf(runtime, runtime.columns.keeper[field], 'avatar')).not.toContain(0);
      }
      expect(twin.hashes()).toEqual(live.hashes());
      expect(twin.hash()).toBe(live.hash());
    }
  });
});

describe('the capacity of a restored zone', () => {
  it('is the ruleset’s, be it another than the one before', () => {
    const live = zone();
    live.step(1, joins(1));
    const withCapacity = (players: number, entities: number) =>
      ({ ...game, definition: { ...game.definition, capacity: { players, entities } } }) as typeof game;
    const larger = ZoneRuntime.restore(withCapacity(50, 900), { zoneId: 'a' }, live.snapshot());
    if (!(larger instanceof ZoneRuntime)) throw new Error(larger.detail);
    expect([larger.hash(), larger.state.capacity]).toEqual([live.hash(), 2 * 50 + 900 + 16]);
    expect(ZoneRuntime.restore(withCapacity(10, 10), { zoneId: 'a' }, live.snapshot())).toEqual({
      refused: 'too-many-rows',
      detail: 'it takes 60 rows, the capacity is 46',
    });
  });
});
