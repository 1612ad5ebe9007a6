import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster } from '../test/gateways.ts';
import { PlainPlayer } from '../test/plain-player.ts';
import { rooms } from './rooms.ts';

/** Two gateways on one bus, without Redis: what is said between them is said over the bus. */
const WAIT = { timeout: 8000, interval: 10 };

let cluster: Cluster;
let players: PlainPlayer[];

beforeEach(async () => {
  cluster = await Cluster.start();
  players = [];
  await cluster.gateway('gateway-a');
  await cluster.gateway('gateway-b');
});

afterEach(async () => {
  for (const player of players) player.close();
  await cluster.stop();
});

async function connect(gateway: number, number: number, session = ''): Promise<PlainPlayer> {
  const url = (cluster.gateways[gateway] as { url: string }).url;
  const player = new PlainPlayer(url, await cluster.player(number, session));
  players.push(player);
  return player;
}

async function enter(gateway: number, number: number, session = ''): Promise<PlainPlayer> {
  const player = await connect(gateway, number, session);
  const answer = await player.join();
  expect(answer).toMatchObject({ ok: true });
  return player;
}

/** Looks every two milliseconds, which no tick escapes. */
async function staysConnected(player: string, forMs: number): Promise<void> {
  const untilMs = Date.now() + forMs;
  while (Date.now() < untilMs) {
    expect(cluster.seat(player)).toBe('connected');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function reasons(player: PlainPlayer): unknown[] {
  return player.heard('closing').map(({ reason }) => reason);
}

describe('a second login of the same player', () => {
  it('[GW1] closes the first one at another gateway, with the reason, and keeps the seat', async () => {
    const first = await enter(0, 1, '/one');
    const second = await enter(1, 1, '/two');
    await expect.poll(() => first.disconnected, WAIT).toBe(true);
    expect(reasons(first)).toEqual(['replaced']);
    expect(first.heard('closing')[0]).toMatchObject({ reconnectAfterMs: 0 });
    await expect.poll(() => cluster.seat(second.player), WAIT).toBe('connected');
    expect(second.disconnected).toBe(false);
    expect(cluster.actor.status().players).toBe(1);
  });

  it('[GW2] at the same gateway closes the first one, too', async () => {
    const first = await enter(0, 1);
    const second = await enter(0, 1);
    await expect.poll(() => first.disconnected, WAIT).toBe(true);
    expect(reasons(first)).toEqual(['replaced']);
    await expect.poll(() => cluster.seat(second.player), WAIT).toBe('connected');
  });

  it('[GW3] of any two at the same moment exactly one stays, and has the seat', async () => {
    for (let round = 1; round <= 12; round++) {
      const both = await Promise.all([connect(0, round, '/one'), connect(1, round, '/two')]);
      await Promise.all(both.map((player) => player.join().catch(() => undefined)));
      await expect.poll(() => both.filter(({ disconnected }) => disconnected).length, WAIT).toBe(1);
      const [player] = both;
      await expect.poll(() => cluster.seat((player as PlainPlayer).player), WAIT).toBe('connected');
      const left = both.filter(({ disconnected }) => !disconnected);
      expect(left).toHaveLength(1);
      expect(await (left[0] as PlainPlayer).ask('clock', { t: 1 })).toMatchObject({ t: 1 });
    }
  });

  it('[GW4] stays with the newest when an older one, late, tells the zone that it has the player', async () => {
    const { player, name } = await cluster.player(1);
    const newest = await enter(1, 1);
    cluster.say('gateway-a', { kind: 'join', player, name, character: new Uint8Array(0) });
    await expect.poll(() => cluster.seat(player), WAIT).toBe('connected');
    cluster.say('gateway-a', { kind: 'drop', player });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(newest.disconnected).toBe(false);
    await expect.poll(() => cluster.seat(player), WAIT).toBe('connected');
    cluster.say('gateway-a', { kind: 'drop', player });
    await staysConnected(player, 200);
  });
});

describe('a seat that goes from one gateway to another', () => {
  it('[GW5] is not dropped by the late word of the first', async () => {
    const first = await enter(0, 1);
    first.close();
    await expect.poll(() => cluster.seat(first.player), WAIT).toBe('dropped');
    const second = await connect(1, 1);
    const answer = await second.ask<{ ok: boolean; resume: string }>('join', {
      resume: `resume/${first.player}`,
    });
    expect(answer).toMatchObject({ ok: true, resume: `resume/${first.player}` });
    cluster.say('gateway-a', { kind: 'drop', player: first.player });
    await staysConnected(first.player, 200);
    expect(second.heard('left')).toEqual([]);
  });

  it('[GW6] is given up when its drop was lost: the gateway that is said to have the player looks', async () => {
    await enter(0, 2);
    const { player, name } = await cluster.player(1);
    cluster.say('gateway-a', { kind: 'join', player, name, character: new Uint8Array(0) });
    await expect.poll(() => cluster.seat(player), WAIT).toBe('connected');
    await expect.poll(() => cluster.seat(player), WAIT).toBe('dropped');
  });

  it('[GW7] takes the inputs with it: each is executed once, whichever way it came', async () => {
    const first = await enter(0, 1);
    const send = (player: PlainPlayer, sequence: number): void => {
      player.socket.emit('input', { sequence, name: 'count', value: { n: sequence } });
    };
    for (let sequence = 1; sequence <= 20; sequence++) send(first, sequence);
    const second = await connect(1, 1);
    await second.connected();
    const answer = await second.ask<{ sequence: number }>('join', { resume: `resume/${first.player}` });
    for (let sequence = answer.sequence + 1; sequence <= 40; sequence++) send(second, sequence);
    const all = Array.from({ length: 40 }, (_, index) => index + 1);
    await expect.poll(() => cluster.executed(first.player), WAIT).toEqual(all);
  });
});

describe('a kick', () => {
  it('[GW8] reaches the player at whichever gateway, with the reason, and takes the seat', async () => {
    const ada = await enter(0, 1);
    const bob = await enter(1, 2);
    cluster.kick(bob.player, 'be nice');
    await expect.poll(() => bob.disconnected, WAIT).toBe(true);
    expect(bob.heard('closing')).toEqual([{ reason: 'kicked', detail: 'be nice', reconnectAfterMs: 0 }]);
    await expect.poll(() => cluster.seat(bob.player), WAIT).toBe('none');
    const again = await connect(0, 2);
    expect(await again.ask('join', { resume: `resume/${bob.player}` })).toMatchObject({
      reason: 'ticket-expired',
    });
    expect(ada.disconnected).toBe(false);
  });
});

describe('without Redis', () => {
  it('[GW10] chat and presence know this gateway, and nothing of Redis is loaded', async () => {
    const [ada, bob] = [await enter(0, 1), await enter(0, 2)];
    expect(await ada.ask('chat', { to: 'world', text: 'hello' })).toEqual({ ok: true });
    await expect
      .poll(() => bob.heard('chat'), WAIT)
      .toEqual([{ from: 'Player 1', to: 'world', text: 'hello' }]);
    expect(await bob.ask('who', {})).toMatchObject({ ok: true, world: 'house', count: 2 });
    await expect.poll(() => ada.heard('presence').at(-1), WAIT).toMatchObject({ count: 2 });
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    expect(loaded.filter((file) => /ioredis|redis-adapter/.test(file))).toEqual([]);
  });

  it('[GW11] who is in no zone says nothing and is told nothing', async () => {
    const ada = await enter(0, 1);
    const bob = await connect(0, 2);
    expect(await bob.ask('chat', { to: 'world', text: 'hello' })).toMatchObject({ reason: 'not-joined' });
    expect(await bob.ask('who', {})).toMatchObject({ reason: 'not-joined' });
    expect(await ada.ask('leave', {})).toMatchObject({ ok: true });
    expect(await ada.ask('chat', { to: 'zone', text: 'hello' })).toMatchObject({ reason: 'not-joined' });
  });
});

describe('rooms', () => {
  it('[GW12] are never as long as the id of a connection, and never two for one name', () => {
    const names = Array.from({ length: 63 }, (_, index) => 'x'.repeat(index + 1));
    const all = names.flatMap((name) => [rooms.world(name), rooms.zone(name)]);
    expect(all.filter((name) => name.length === 20)).toEqual([]);
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('notices', () => {
  it('[GW9] are told to everybody at every gateway', async () => {
    const both = [await enter(0, 1), await enter(1, 2)];
    cluster.notice('back at noon');
    for (const player of both) {
      await expect.poll(() => player.heard('notice'), WAIT).toEqual([{ text: 'back at noon' }]);
    }
  });
});
