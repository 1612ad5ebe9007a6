import type { ClientPorts, Status } from '@overworld/client';
import { Overworld } from '@overworld/client/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Balancer, Cluster } from '../test/gateways.ts';
import { PlainPlayer } from '../test/plain-player.ts';
import { inWaves } from './drain.ts';

const WAIT = { timeout: 8000, interval: 10 };

let cluster: Cluster;
let balancer: Balancer;
let plain: PlainPlayer[];
let games: Overworld[];

beforeEach(async () => {
  cluster = await Cluster.start();
  plain = [];
  games = [];
  const a = await cluster.gateway('gateway-a');
  const b = await cluster.gateway('gateway-b');
  balancer = await Balancer.start([a.port, b.port]);
});

afterEach(async () => {
  for (const player of plain) player.close();
  for (const game of games) game.close();
  balancer.close();
  await cluster.stop();
});

/** The session service's REST door, as far as the SDK asks it. */
async function http(number: number): Promise<ClientPorts['http']> {
  const { player, name, token } = await cluster.player(number);
  const login = { player, name, accessToken: token, refreshToken: 'r', expiresInSeconds: 900 };
  return {
    request: async ({ url }) => ({
      status: 200,
      body: url.endsWith('/login')
        ? { ...login, sessionEndsInSeconds: 14_400 }
        : {
            ticket: `ticket/${player}`,
            url: balancer.url,
            zone: 'room-1',
            world: 'house',
            expiresInSeconds: 30,
          },
    }),
  };
}

async function play(number: number): Promise<{ game: Overworld; statuses: Status[]; name: string }> {
  const game = new Overworld({ url: balancer.url }, { http: await http(number) });
  games.push(game);
  const statuses: Status[] = [];
  await game.login('x');
  await game.join({ world: 'house' });
  game.on('status', (status) => statuses.push(status));
  return { game, statuses, name: `Player ${number}` };
}

async function enter(number: number): Promise<PlainPlayer> {
  const player = new PlainPlayer(cluster.gateways[0]?.url ?? '', await cluster.player(number));
  plain.push(player);
  expect(await player.join()).toMatchObject({ ok: true });
  return player;
}

/** The longest time without a frame, of a game in which something happens at every tick. */
class FrameGap {
  longestMs = 0;
  readonly #game: Overworld;
  #frames: number;
  #sinceMs = performance.now();

  constructor(game: Overworld) {
    this.#game = game;
    this.#frames = game.stats().frames;
  }

  look(): void {
    const { frames } = this.#game.stats();
    const nowMs = performance.now();
    this.longestMs = Math.max(this.longestMs, nowMs - this.#sinceMs);
    if (frames === this.#frames) return;
    this.#frames = frames;
    this.#sinceMs = nowMs;
  }
}

describe('waves', () => {
  it('[DR1] move everybody once, spread over the time, and never too many at a time', async () => {
    const clock = cluster.clock;
    const moved: number[] = [];
    const atMs: number[] = [];
    const waiting = Array.from({ length: 60 }, (_, index) => index);
    const startMs = clock.now();
    const move = (member: number): void => {
      moved.push(member);
      atMs.push(clock.now() - startMs);
    };
    await inWaves(waiting, 600, { clock, random: Math.random, stopped: () => false, move });
    expect([...moved].sort((a, b) => a - b)).toEqual(waiting);
    expect(moved).not.toEqual(waiting);
    expect(atMs.filter((ms) => ms < 40).length).toBeLessThanOrEqual(20);
    expect(Math.max(...atMs)).toBeGreaterThan(300);
    expect(Math.max(...atMs)).toBeLessThan(1500);
  });
});

describe('a gateway that is gone without a word', () => {
  it('[DR7] loses no seat and no input: its players come back through the other one', async () => {
    const playing = await Promise.all([play(1), play(2), play(3), play(4)]);
    let n = 0;
    const typing = setInterval(() => {
      n += 1;
      for (const { game } of playing) game.zone?.input('count' as never, { n } as never);
    }, 20);
    await expect.poll(() => n, WAIT).toBeGreaterThan(10);
    balancer.sever(cluster.gateways[0]?.port ?? 0);
    await expect.poll(() => cluster.gateways[1]?.hub.connections, WAIT).toBe(4);
    await expect.poll(() => playing.every(({ game }) => game.stats().state === 'playing'), WAIT).toBe(true);
    clearInterval(typing);
    const all = Array.from({ length: n }, (_, index) => index + 1);
    for (const { game } of playing) {
      await expect.poll(() => game.stats().pendingInputs, WAIT).toBe(0);
      expect(cluster.executed(game.account?.player ?? '')).toEqual(all);
    }
    expect(playing.filter(({ statuses }) => statuses.length > 0)).toHaveLength(2);
  });
});

describe('two clients of one player that come back by themselves', () => {
  it('[DR6] do not drive each other out: the first stays away, and says why', async () => {
    const first = await play(1);
    const second = await play(1);
    await expect.poll(() => first.statuses.at(-1)?.state, WAIT).toBe('closed');
    expect(first.statuses.at(-1)).toMatchObject({ reason: 'replaced' });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(first.statuses).toHaveLength(1);
    expect(second.statuses).toEqual([]);
    expect(second.game.stats().state).toBe('playing');
  });
});

describe('the drain of a gateway', () => {
  it('[DR2] sends players to the other one without a lost seat or input, and without a word to the game', async () => {
    const playing = await Promise.all(Array.from({ length: 8 }, (_, index) => play(index + 1)));
    const [a, b] = cluster.gateways;
    expect(a?.hub.connections).toBe(4);
    let n = 0;
    const gaps = playing.map(({ game }) => new FrameGap(game));
    const typing = setInterval(() => {
      n += 1;
      for (const { game } of playing) game.zone?.input('count' as never, { n } as never);
    }, 20);
    const looking = setInterval(() => {
      for (const gap of gaps) gap.look();
    }, 5);
    await a?.hub.drain(1);
    expect(a?.hub.connections).toBe(0);
    expect(b?.hub.connections).toBe(8);
    clearInterval(typing);
    clearInterval(looking);
    // Typically below 70 ms; the bound is what a machine that is busy otherwise leaves.
    expect(Math.max(...gaps.map(({ longestMs }) => longestMs))).toBeLessThan(1000);
    const all = Array.from({ length: n }, (_, index) => index + 1);
    for (const { game, statuses, name } of playing) {
      const { account } = game;
      await expect.poll(() => game.stats().pendingInputs, WAIT).toBe(0);
      expect(cluster.executed(account?.player ?? ''), name).toEqual(all);
      expect(statuses).toEqual([]);
      expect(cluster.seat(account?.player ?? '')).toBe('connected');
    }
  });

  it('[DR3] refuses who comes meanwhile, and joins', async () => {
    const waiting = await enter(1);
    const [a] = cluster.gateways;
    const drained = a?.hub.drain(0.2);
    const late = new PlainPlayer(a?.url ?? '', await cluster.player(2));
    plain.push(late);
    expect(await late.connected()).toMatchObject({ reason: 'draining' });
    expect(await waiting.join()).toMatchObject({ ok: false, reason: 'draining' });
    await drained;
  });

  it('[DR4] tells a plain client first, and disconnects it in the end with the seat kept', async () => {
    const player = await enter(1);
    await cluster.gateways[0]?.hub.drain(0.2);
    expect(player.heard('closing')[0]).toMatchObject({ reason: 'draining', openForMs: 2000 });
    expect(player.heard('closing').at(-1)).toMatchObject({ reason: 'draining' });
    await expect.poll(() => player.disconnected, WAIT).toBe(true);
    await expect.poll(() => cluster.seat(player.player), WAIT).toBe('dropped');
  });

  it('[DR5] over no time closes everything at once', async () => {
    const player = await enter(1);
    void cluster.gateways[0]?.hub.drain(0);
    expect(cluster.gateways[0]?.hub.connections).toBeLessThanOrEqual(1);
    await expect.poll(() => player.disconnected, WAIT).toBe(true);
    expect(player.heard('closing')).toMatchObject([{ reason: 'draining' }]);
    await expect.poll(() => cluster.seat(player.player), WAIT).toBe('dropped');
  });
});
