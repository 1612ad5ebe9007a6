import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { overworldConfig, parseConfig } from '@overworld/config';
import type { World } from '@overworld/contracts';
import { defineRuleset } from '@overworld/ruleset';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Overworld, startOverworld } from './overworld.ts';
import { TestPlayer } from '../test/test-player.ts';

/** Two rooms with a door between them, on a whole server. */
const WAIT = { timeout: 10_000, interval: 25 };
const SMALL = 2;

const rooms = defineRuleset({
  name: 'rooms',
  tickHz: 20,
  capacity: { players: SMALL, entities: 8 },
  gap: { policy: 'catch-up', maxTicks: 100 },
  components: {
    look: { fields: { name: { text: 24 } }, show: {} },
    bag: { fields: { stones: 'u32' }, show: { audience: 'owner' }, keep: true },
  },
  interest: { everything: true },
  inputs: {
    pick: { schema: z.object({}), policy: 'all' },
    door: { schema: z.object({ to: z.string().max(63) }), policy: 'all' },
    say: { schema: z.object({ text: z.string().max(100) }), policy: 'all' },
  },
  events: { said: z.object({ text: z.string().max(100) }) },
  join: (zone, player) => zone.spawn({ look: { name: zone.players.name(player) }, bag: {} }),
  input: {
    pick(zone, player) {
      const avatar = zone.players.avatar(player);
      zone.bag.stones[avatar] = (zone.bag.stones[avatar] as number) + 1;
    },
    door: (zone, player, { to }) => zone.handoff(player, to),
    say: (zone, _player, { text }) => zone.emit('said', { text }),
  },
  tick() {},
});

const world: World = {
  name: 'house',
  title: 'House',
  ruleset: 'rooms',
  entry: 'house-1',
  zones: [
    { id: 'house-1', params: {} },
    { id: 'house-2', params: {} },
  ],
};

let folder: string;
let server: Overworld;
const players: TestPlayer[] = [];

async function enter(name: string): Promise<TestPlayer> {
  const player = new TestPlayer(server.url, name);
  players.push(player);
  return player.enter('house');
}

function stones(player: TestPlayer): number | undefined {
  return player.replica.own?.get('bag')?.stones as number | undefined;
}

async function start(): Promise<void> {
  const outcome = parseConfig(overworldConfig, {
    words: ['--data', folder, '--port', '0'],
    environment: { OVERWORLD_LOG_LEVEL: 'error' },
  });
  if (outcome.kind !== 'config') throw new Error(JSON.stringify(outcome));
  const worlds = { worlds: [world], rulesets: new Map([[rooms.name, rooms]]) };
  server = await startOverworld(outcome.config, { worlds });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-handoff-'));
  await start();
});

afterEach(async () => {
  for (const player of players.splice(0)) {
    if (player.socket.connected) await player.ask('leave', {});
    player.close();
  }
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a door between two zones', () => {
  it('[HO1] takes the player with everything to the other zone, on the same socket', async () => {
    const ada = await enter('Ada');
    ada.input('pick', {});
    ada.input('pick', {});
    await expect.poll(() => stones(ada), WAIT).toBe(2);
    const { you, player, index } = ada.zone;
    ada.input('door', { to: 'house-2' });
    await expect.poll(() => ada.zone.zone, WAIT).toBe('house-2');
    expect(ada.zone).toMatchObject({ you, player, sequence: 3 });
    expect(ada.zone.index).not.toBe(index);
    await expect.poll(() => stones(ada), WAIT).toBe(2);
    ada.input('pick', {});
    await expect.poll(() => stones(ada), WAIT).toBe(3);
    expect(ada.replica.ack).toBe(4);
  });

  it('[HO2] hears the other zone afterwards, and no more the first one', async () => {
    const ada = await enter('Ada');
    const bob = await enter('Bob');
    ada.input('door', { to: 'house-2' });
    await expect.poll(() => ada.zone.zone, WAIT).toBe('house-2');
    bob.input('say', { text: 'alone' });
    await expect.poll(() => bob.events, WAIT).toHaveLength(1);
    ada.input('say', { text: 'here' });
    await expect
      .poll(() => ada.events.map(({ zone, value }) => [zone, value]), WAIT)
      .toEqual([['house-2', { text: 'here' }]]);
    expect(bob.events).toHaveLength(1);
  });

  it('[HO3] leads back when the other zone has no room', async () => {
    const filled = [await enter('First'), await enter('Second')];
    for (const player of filled) {
      player.input('door', { to: 'house-2' });
      await expect.poll(() => player.zone.zone, WAIT).toBe('house-2');
    }
    const late = await enter('Late');
    late.input('pick', {});
    await expect.poll(() => stones(late), WAIT).toBe(1);
    late.input('door', { to: 'house-2' });
    await expect.poll(() => late.zones.length, WAIT).toBe(2);
    expect(late.zone.zone).toBe('house-1');
    late.input('pick', {});
    await expect.poll(() => stones(late), WAIT).toBe(2);
  });

  it('[HO4] finds who dropped behind the door there, whatever he asks for', async () => {
    const ada = await enter('Ada');
    ada.input('pick', {});
    const { resume } = ada.zone;
    ada.input('door', { to: 'house-2' });
    await expect.poll(() => ada.zone.zone, WAIT).toBe('house-2');
    const { you } = ada.zone;
    ada.close();
    const again = new TestPlayer(server.url, 'Ada');
    players.push(again);
    again.token = ada.token;
    expect(await again.connect().join({ resume })).toMatchObject({ zone: 'house-2', you });
    again.close();
    expect((await enter('Ada')).zone).toMatchObject({ zone: 'house-2', you });
  });

  it('[HO5] keeps what a character kept for the next visit, and gives it once', async () => {
    for (const expected of [0, 1, 2]) {
      const eve = await enter('Eve');
      await expect.poll(() => stones(eve), WAIT).toBe(expected);
      eve.input('pick', {});
      await expect.poll(() => stones(eve), WAIT).toBe(expected + 1);
      await eve.ask('leave', {});
      eve.close();
    }
  });

  it('[HO8] leads at once into a zone that nobody has looked at for long', async () => {
    const ada = await enter('Early');
    // Longer than a zone waits for a gateway to speak.
    await new Promise((resolve) => setTimeout(resolve, 3600));
    ada.input('door', { to: 'house-2' });
    await expect.poll(() => ada.zone.zone, { ...WAIT, timeout: 3000 }).toBe('house-2');
    ada.input('pick', {});
    await expect.poll(() => stones(ada), WAIT).toBe(1);
  });

  it('[HO7] executes every input once, however often the player goes through the door meanwhile', async () => {
    const ada = await enter('Busy');
    let picks = 0;
    for (let round = 1; round <= 6; round++) {
      const to = ada.zone.zone === 'house-1' ? 'house-2' : 'house-1';
      ada.input('door', { to });
      const deadlineMs = performance.now() + 5000;
      while (ada.zone.zone !== to && performance.now() < deadlineMs) {
        ada.input('pick', {});
        picks += 1;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      for (let more = 0; more < 3; more++) ada.input('pick', {});
      picks += 3;
    }
    await expect.poll(() => stones(ada), WAIT).toBe(picks);
    expect(ada.refusals).toEqual([]);
  });

  it('[HO6] finds everything again after the server was stopped and started', async () => {
    const ada = await enter('Max');
    ada.input('pick', {});
    ada.input('door', { to: 'house-2' });
    await expect.poll(() => ada.zone.zone, WAIT).toBe('house-2');
    const { you, resume } = ada.zone;
    await server.stop();
    await start();
    const again = new TestPlayer(server.url, 'Max');
    players.push(again);
    again.token = ada.token;
    expect(await again.connect().join({ resume })).toMatchObject({ zone: 'house-2', you, sequence: 2 });
    await expect.poll(() => stones(again), WAIT).toBe(1);
  });
});
