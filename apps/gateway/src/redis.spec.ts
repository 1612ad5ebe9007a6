import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { type RedisServer, startRedis } from '@overworld/servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster, type TestGateway } from '../test/gateways.ts';
import { PlainPlayer } from '../test/plain-player.ts';
import { RedisLink } from './redis-link.ts';

/** Two gateways with a real Redis between them, which is killed, frozen and started again. */
const WAIT = { timeout: 10_000, interval: 20 };

let folder: string;
let redis: RedisServer;
let cluster: Cluster;
let players: PlainPlayer[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-redis-'));
  redis = await startRedis({ folder });
});

afterAll(async () => {
  await redis?.kill();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  cluster = await Cluster.start();
  players = [];
});

afterEach(async () => {
  for (const player of players) player.close();
  await cluster.stop();
  if (!redis.isRunning) await redis.start();
});

async function twoGateways(): Promise<void> {
  const address = { url: redis.url, tlsCa: '' };
  await cluster.gateway('gateway-a', { redis: address });
  await cluster.gateway('gateway-b', { redis: address });
}

async function enter(gateway: number, number: number): Promise<PlainPlayer> {
  const { url } = cluster.gateways[gateway] as TestGateway;
  const player = new PlainPlayer(url, await cluster.player(number));
  players.push(player);
  expect(await player.join()).toMatchObject({ ok: true });
  return player;
}

async function four(): Promise<PlainPlayer[]> {
  return [await enter(0, 1), await enter(0, 2), await enter(1, 3), await enter(1, 4)];
}

function say(player: PlainPlayer, text: string, to = 'world'): Promise<{ ok: boolean; reason?: string }> {
  return player.ask('chat', { to, text });
}

async function redisUp(gateway: TestGateway): Promise<string | undefined> {
  return /^overworld_redis_up (\d)/m.exec((await gateway.metrics.page()).text)?.[1];
}

describe('chat over gateways', () => {
  it('[RD1] reaches everybody in the world and in the zone once, whichever gateway they are at', async () => {
    await twoGateways();
    const all = await four();
    const [ada] = all as [PlainPlayer];
    await until(async () => (await say(ada, 'hello')).ok);
    await until(async () => (await say(ada, 'here', 'zone')).ok);
    const from = 'Player 1';
    for (const player of all) {
      await expect.poll(() => player.heard('chat').at(-1), WAIT).toEqual({ from, to: 'zone', text: 'here' });
      expect(player.heard('chat').filter(({ text }) => text === 'hello')).toHaveLength(1);
    }
  });

  it('[RD2] while Redis is dead is refused in plain words, and comes back by itself; the game goes on', async () => {
    await twoGateways();
    const all = await four();
    const [ada, , cid] = all as [PlainPlayer, PlainPlayer, PlainPlayer];
    const errors: unknown[] = [];
    const unhandled = (error: unknown): void => void errors.push(error);
    process.on('unhandledRejection', unhandled);
    await until(async () => (await say(ada, 'one')).ok);
    for (const text of ['two', 'three']) {
      await redis.kill();
      await until(async () => (await say(ada, 'lost')).reason === 'chat-unavailable');
      const [a] = cluster.gateways as [TestGateway];
      await expect.poll(() => redisUp(a), WAIT).toBe('0');
      expect(a.health.ready().ok).toBe(true);
      expect(await ada.ask('clock', { t: 1 })).toMatchObject({ t: 1 });
      const before = cluster.executed(cid.player).length;
      cid.socket.emit('input', { sequence: before + 1, name: 'count', value: { n: 7 } });
      await expect.poll(() => cluster.executed(cid.player).length, WAIT).toBe(before + 1);
      await redis.start();
      // The first line that was said is heard by those at the other gateway.
      await until(async () => (await say(ada, text)).ok);
      await expect.poll(() => cid.heard('chat').map((line) => line.text), WAIT).toContain(text);
      expect(cid.heard('chat').filter((line) => line.text === text)).toHaveLength(1);
      await expect.poll(() => redisUp(a), WAIT).toBe('1');
    }
    process.off('unhandledRejection', unhandled);
    expect(errors).toEqual([]);
    expect(all.map(({ disconnected }) => disconnected)).toEqual([false, false, false, false]);
  });

  it('[RD3] is refused while Redis is there and says nothing, and nobody waits for it long', async () => {
    await twoGateways();
    const ada = await enter(0, 1);
    await until(async () => (await say(ada, 'one')).ok);
    redis.signal('SIGSTOP');
    // The signal takes a moment to arrive.
    await until(async () => {
      const startMs = performance.now();
      const { reason } = await say(ada, 'two');
      expect(performance.now() - startMs).toBeLessThan(4000);
      return reason === 'chat-unavailable';
    });
    redis.signal('SIGCONT');
    await until(async () => (await say(ada, 'three')).ok);
  });

  it('[RD4] begins when Redis does: a gateway starts without it, and is ready', async () => {
    await redis.kill();
    await twoGateways();
    const [ada, bob] = [await enter(0, 1), await enter(1, 2)];
    expect(await say(ada, 'hello')).toMatchObject({ ok: false, reason: 'chat-unavailable' });
    expect((cluster.gateways[0] as TestGateway).health.ready().ok).toBe(true);
    await redis.start();
    await until(async () => (await say(ada, 'hello')).ok && bob.heard('chat').length > 0);
  });

  it('[RD5] takes out what could pass for something else, and refuses what is nothing or too much', async () => {
    await twoGateways();
    const ada = await enter(0, 1);
    await until(async () => (await say(ada, 'a\u202eb\u0007c\u2028d')).ok);
    await expect.poll(() => ada.heard('chat').at(-1)?.text, WAIT).toBe('abcd');
    expect(await say(ada, '\u202e\u200f')).toMatchObject({ reason: 'bad-request' });
    expect(await say(ada, 'x'.repeat(201))).toMatchObject({ reason: 'bad-request' });
    expect(await say(ada, 'x', 'everybody')).toMatchObject({ reason: 'bad-request' });
    const answers = await Promise.all(Array.from({ length: 15 }, () => say(ada, 'again')));
    expect(answers.map(({ reason }) => reason)).toContain('rate-limited');
  });
});

describe('a server that cannot be trusted', () => {
  it('[RD8] is told of, and ends nothing, however the link to it is closed', async () => {
    const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=nobody'];
    execFileSync('openssl', [...words, '-keyout', 'nobody.key', '-out', 'nobody.crt'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const [key, cert] = ['nobody.key', 'nobody.crt'].map((file) => readFileSync(join(folder, file)));
    const server = createServer({ key, cert });
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const details: string[] = [];
    for (let round = 0; round < 20; round++) {
      await new Promise<void>((resolve) => {
        const changed = (isUp: boolean, detail: string): void => {
          details.push(`${isUp} ${detail}`);
          void link.close().then(resolve);
        };
        const link = new RedisLink({ url: `rediss://127.0.0.1:${port}`, tlsCa: '' }, { changed });
      });
    }
    // What a socket says at its very end comes after it was closed.
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const detail of details) expect(detail).toMatch(/^false self-signed certificate/);
    expect(details).toHaveLength(20);
    server.close();
  });
});

describe('presence', () => {
  it('[RD6] counts and names the players of all gateways, and tells of those who come and go', async () => {
    await twoGateways();
    const [ada, , cid] = (await four()) as [PlainPlayer, PlainPlayer, PlainPlayer];
    const who = (): Promise<{ count: number; names: string[] }> => ada.ask('who', {});
    await until(async () => (await who()).count === 4);
    const names = ['Player 1', 'Player 2', 'Player 3', 'Player 4'];
    expect([...(await who()).names].sort()).toEqual(names);
    cid.close();
    await expect
      .poll(() => ada.heard('presence').at(-1), WAIT)
      .toMatchObject({ world: 'house', count: 3, left: ['Player 3'] });
  });

  it('[RD7] knows the players of its own gateway while Redis is away, and all again afterwards', async () => {
    await twoGateways();
    const [ada] = (await four()) as [PlainPlayer];
    const count = async (): Promise<number> => (await ada.ask<{ count: number }>('who', {})).count;
    await until(async () => (await count()) === 4);
    await redis.kill();
    await until(async () => (await count()) === 2);
    await redis.start();
    await until(async () => (await count()) === 4);
  });
});

/** Asks no more often than a client may. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error('it did not become so in time');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
