import { SystemClock } from '@overworld/cluster';
import { Logger } from '@nestjs/common';
import type { World } from '@overworld/contracts';
import type { Clock } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { executedBy, room } from '../test/rooms-ruleset.ts';
import { GATEWAY_DEFAULTS } from './options.ts';
import { rehearse } from './rehearsal.ts';

const PLAYERS = 30;
const OPTIONS = { ...GATEWAY_DEFAULTS, id: 'gateway-a', secret: new Uint8Array(32).fill(7), origins: [] };
const HOUSE: World = {
  name: 'house',
  title: 'House',
  ruleset: room.name,
  entry: 'room-1',
  zones: [{ id: 'room-1', params: {} }],
};

const real = new SystemClock();

/** On which a second takes as long as four: a busy machine does not end what is looked at. */
const slow: Clock = {
  now: () => real.now() / 4,
  wall: () => real.wall(),
  after: (delayMs, callback) => real.after(delayMs * 4, callback),
};

function rehearseRoom(clock: Clock, ...rulesets: AnyRuleset[]) {
  const named = new Map(rulesets.map((ruleset) => [ruleset.name, ruleset]));
  return rehearse({ clock, rulesets: named, worlds: [HOUSE] }, OPTIONS);
}

function servers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
}

beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => executedBy.clear());

describe('a rehearsal of a gateway', () => {
  it('[RH1] lets players in who move and are sent frames, and leaves no door open', async () => {
    const before = servers();
    const [rehearsed] = await rehearseRoom(slow, room);
    expect(rehearsed).toMatchObject({ ruleset: 'room', players: PLAYERS, ticks: 100 });
    expect(rehearsed?.frames).toBeGreaterThan(PLAYERS);
    expect(executedBy.size).toBe(PLAYERS);
    for (const executed of executedBy.values()) expect(executed.length).toBeGreaterThan(10);
    await expect.poll(servers).toBe(before);
  });

  it('[RH2] plays every ruleset, with no more players than it has seats for', async () => {
    const { definition } = room;
    const small = { ...definition, capacity: { ...definition.capacity, players: 3 } };
    const box = { ...room, name: 'box', definition: small } as AnyRuleset;
    const rehearsed = await rehearseRoom(slow, room, box);
    expect(rehearsed).toMatchObject([{ ruleset: 'room' }, { ruleset: 'box', players: 3 }]);
  });

  it('[RH3] ends when its time is over', async () => {
    let nowMs = 0;
    const hasty: Clock = { ...slow, now: () => (nowMs += 50), after: slow.after };
    const [rehearsed, ...others] = await rehearseRoom(hasty, room, { ...room, name: 'box' } as AnyRuleset);
    expect(rehearsed?.ticks).toBeLessThan(100);
    expect(others.length).toBeLessThanOrEqual(1);
  });

  it('[RH4] is no reason not to start when a ruleset throws', async () => {
    const definition = {
      ...room.definition,
      create: () => {
        throw new Error('no room');
      },
    };
    const broken = { ...room, definition } as unknown as AnyRuleset;
    expect(await rehearseRoom(slow, broken)).toMatchObject([{ players: 0, ticks: 0 }]);
  });
});
