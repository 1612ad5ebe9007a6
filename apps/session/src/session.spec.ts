import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type LocalPorts, openLocalPorts } from '@overworld/cluster';
import {
  gatewayNotices,
  HELD_SEAT,
  isRefusal,
  type Seat,
  type Standing,
  sessionCalls,
  sessionNotices,
  type World,
} from '@overworld/contracts';
import {
  BusClient,
  BusServer,
  listZones,
  PlatformModule,
  RefusalFilter,
  ServiceCaller,
} from '@overworld/platform';
import { createLogger, createMetrics, HealthRegistry } from '@overworld/telemetry';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announce, FakeShard, obeyLeaves } from '../test/fake-shard.ts';
import { MemoryStores } from '../test/memory-stores.ts';
import type { Lobbies } from './lobbies.ts';
import { LOBBIES, SEATS, SESSION_DEFAULTS, type SessionOptions, STORES } from './options.ts';
import type { Seats } from './seats.ts';
import { SessionModule } from './session.module.ts';

/** The session service on a real port and a real bus; shards and stores are fakes that a test can look into. */
const WORLDS: readonly World[] = [
  {
    name: 'forest',
    title: 'Forest',
    ruleset: 'forest',
    entry: 'forest-1',
    zones: [
      { id: 'forest-1', params: {} },
      { id: 'forest-2', params: {} },
    ],
  },
  {
    name: 'moor',
    title: 'Moor',
    ruleset: 'forest',
    entry: 'moor-1',
    zones: [
      { id: 'moor-1', params: {} },
      { id: 'moor-2', params: {} },
    ],
  },
  {
    name: 'plains',
    title: 'Plains',
    ruleset: 'forest',
    entry: 'plains-1',
    zones: Array.from({ length: 40 }, (_, index) => ({ id: `plains-${index + 1}`, params: {} })),
  },
  { name: 'lobby', title: 'Lobby', ruleset: 'lobby', zones: [] },
];
const IDLE_MINUTES = 0.005;
const MODERATOR_KEY = 'm'.repeat(32);
const OPERATOR_KEY = 'o'.repeat(32);
const OPTIONS: SessionOptions = {
  ...SESSION_DEFAULTS,
  id: 'session-a',
  secret: new Uint8Array(32).fill(7),
  moderatorKey: MODERATOR_KEY,
  operatorKey: OPERATOR_KEY,
  settleTimeoutMs: 600,
  lobbyIdleMinutes: IDLE_MINUTES,
  rates: { ...SESSION_DEFAULTS.rates, lobby: { perSecond: 0.001, burst: 4 } },
};

let folder: string;
let ports: LocalPorts;
let app: INestApplication;
let url: string;
let services: ServiceCaller;
let stores: MemoryStores;

async function call(path: string, body?: unknown, token?: string, method = 'POST') {
  const answer = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

async function login(name: string): Promise<{ token: string; refreshToken: string; player: string }> {
  const { body } = await call('/login', { username: name });
  return {
    token: body.accessToken as string,
    refreshToken: body.refreshToken as string,
    player: body.player as string,
  };
}

async function redeem(ticket: string): Promise<Seat | { refused: string; detail: string }> {
  return services.call(sessionCalls.redeemTicket, { ticket, gateway: 'gateway-a' });
}

async function enter(token: string, target: object): Promise<Seat> {
  const { body } = await call('/join', target, token);
  const seat = await redeem(body.ticket as string);
  if (isRefusal(seat)) throw new Error(JSON.stringify(seat));
  return seat;
}

function stands(zone: string, player: string, standing: Partial<Standing>): void {
  FakeShard.standings.set(`${zone}/${player}`, {
    seat: 'none',
    toZone: '',
    pendingEffects: 0,
    players: 0,
    ...standing,
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-session-'));
  ports = await openLocalPorts({ folder });
  stores = new MemoryStores();
  services = new ServiceCaller(new BusClient(ports.bus));
  const logger = createLogger({ service: 'session', level: 'silent', format: 'json' });
  const health = new HealthRegistry(ports.clock);
  const metrics = createMetrics();
  const platform = { ...ports, worlds: WORLDS, rulesets: new Map(), logger, health, metrics };
  const module = await Test.createTestingModule({
    imports: [PlatformModule.forRoot(platform, { hasOpsRoutes: true }), SessionModule.forRoot(OPTIONS)],
    controllers: [FakeShard],
  })
    .overrideProvider(STORES)
    .useValue(stores)
    .compile();
  app = module.createNestApplication({ logger: false });
  app.useGlobalFilters(new RefusalFilter(() => {}));
  app.connectMicroservice({ strategy: new BusServer({ bus: ports.bus, instance: FakeShard.id }) });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  await announce(ports.leases, ['forest-1', 'forest-2']);
});

beforeEach(async () => {
  FakeShard.reset();
  await announce(ports.leases, ['forest-1', 'forest-2']);
});

afterAll(async () => {
  await app?.close();
  await ports?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('sessions', () => {
  it('[SE1] the same name is the same player, whatever its case', async () => {
    const [one, two] = [await login('Ada'), await login('ada')];
    expect(one.player).toBe(two.player);
    expect(one.player).toMatch(/^[0-9a-f]{16}$/);
  });

  it('[SE2] a refresh token works once; the second use ends the session and tells the gateways', async () => {
    const heard: unknown[] = [];
    const subscription = ports.bus.subscribe(
      `service.${gatewayNotices.sessionRevoked.pattern}`,
      ({ payload }) => {
        heard.push(JSON.parse(new TextDecoder().decode(payload)).data);
      },
    );
    const { refreshToken, player } = await login('Ada');
    const next = await call('/refresh', { refreshToken });
    expect(next.status).toBe(200);
    expect((await call('/refresh', { refreshToken })).body.reason).toBe('session-revoked');
    expect((await call('/refresh', { refreshToken: next.body.refreshToken })).body.reason).toBe(
      'session-revoked',
    );
    await expect.poll(() => heard).toMatchObject([{ player, reason: 'session-revoked' }]);
    subscription.unsubscribe();
  });

  it('[SE3] tokens of one purpose are none of another', async () => {
    const { token } = await login('Ada');
    const { body } = await call('/join', { world: 'forest' }, token);
    expect((await call('/join', { world: 'forest' }, body.ticket)).status).toBe(401);
    expect(await redeem(token)).toMatchObject({ refused: 'ticket-invalid' });
  });
});

describe('tickets', () => {
  it('[SE4] open one door once', async () => {
    const { token, player } = await login('Ada');
    const { body } = await call('/join', { world: 'forest' }, token);
    expect(body).toMatchObject({ zone: 'forest-1', world: 'forest', url });
    expect(await redeem(body.ticket as string)).toMatchObject({ player, name: 'Ada', zone: 'forest-1' });
    expect(await redeem(body.ticket as string)).toMatchObject({ refused: 'ticket-used' });
    expect(new Set(FakeShard.activated)).toEqual(new Set(['forest-1', 'forest-2']));
  });

  it('[SE5] of a session that has ended open nothing', async () => {
    const { token } = await login('Ada');
    const { body } = await call('/join', { world: 'forest' }, token);
    await call('/logout', {}, token);
    expect(await redeem(body.ticket as string)).toMatchObject({ refused: 'session-revoked' });
  });
});

describe('one seat per player', () => {
  it('[SE6] a seat in another zone of the world is where the ticket leads', async () => {
    const { token, player } = await login('Ada');
    stands('forest-2', player, { seat: 'dropped' });
    expect(await enter(token, { world: 'forest' })).toMatchObject({
      zone: 'forest-2',
      character: Buffer.from(HELD_SEAT).toString('base64'),
    });
  });

  it('[SE30] a large world is not woken as a whole, but the zone where the player was seen last is', async () => {
    const { token, player } = await login('Ada');
    await app.get<Seats>(SEATS).remember(player, 'plains-30');
    expect(await enter(token, { zone: 'plains-2' })).toMatchObject({ zone: 'plains-2' });
    const woken = new Set(FakeShard.activated);
    expect(woken.size).toBe(17);
    expect([woken.has('plains-30'), woken.has('plains-2'), woken.has('plains-40')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('[SE7] a seat elsewhere is given up first', async () => {
    const { token, player } = await login('Ada');
    const stop = obeyLeaves(ports.bus, 'forest-2');
    stands('forest-2', player, { seat: 'connected' });
    expect(await enter(token, { zone: 'forest-1' })).toMatchObject({ zone: 'forest-1' });
    expect(FakeShard.left).toEqual(['forest-2']);
    stop();
  });

  it('[SE8] a character is read only when the last save of it is in the database', async () => {
    const { token, player } = await login('Ada');
    stands('forest-2', player, { pendingEffects: 1 });
    const entering = enter(token, { world: 'forest' });
    stores.characters.set(`${player}/forest`, 'b2xk');
    await new Promise((resolve) => setTimeout(resolve, 120));
    stores.characters.set(`${player}/forest`, 'bmV3');
    stands('forest-2', player, { pendingEffects: 0 });
    expect(await entering).toMatchObject({ zone: 'forest-1', character: 'bmV3' });
  });

  it('[SE9] who is between two zones is waited for, not doubled', async () => {
    const { token, player } = await login('Ada');
    stands('forest-1', player, { seat: 'leaving', toZone: 'forest-2' });
    const refused = await call('/join', { world: 'forest' }, token);
    expect(refused).toMatchObject({ status: 503, body: { reason: 'busy' } });
    const entering = enter(token, { world: 'forest' });
    await new Promise((resolve) => setTimeout(resolve, 120));
    FakeShard.standings.clear();
    stands('forest-2', player, { seat: 'connected' });
    expect(await entering).toMatchObject({ zone: 'forest-2' });
  });

  it('[SE10] a resume leads to a seat that is kept, and to nothing else', async () => {
    const { token, player } = await login('Ada');
    const { resume } = await enter(token, { world: 'forest' });
    const back = () => services.call(sessionCalls.resume, { resume, gateway: 'gateway-a' });
    expect(await back()).toMatchObject({ refused: 'ticket-expired' });
    stands('forest-2', player, { seat: 'dropped' });
    expect(await back()).toMatchObject({ zone: 'forest-2', player });
  });
});

describe('a zone that cannot be opened', () => {
  // Each on a service that has no memory of an earlier failure: of zones that no other spec asks for.
  beforeEach(() => {
    FakeShard.failing.add('moor-2');
  });

  it('[SE24] keeps nobody out of the other zones of its world who cannot stand in it', async () => {
    const { token } = await login('Edsger');
    expect(await enter(token, { world: 'moor' })).toMatchObject({ zone: 'moor-1' });
    const { token: left, player } = await login('Barbara');
    stores.characters.set(`${player}/moor`, 'b2xk');
    expect(await enter(left, { world: 'moor' })).toMatchObject({ zone: 'moor-1', character: 'b2xk' });
  });

  it('[SE25] is closed to everybody, with what to do next', async () => {
    const { token, player } = await login('Edsger');
    stands('moor-1', player, { seat: 'connected' });
    const stop = obeyLeaves(ports.bus, 'moor-1');
    const refused = await call('/join', { zone: 'moor-2' }, token);
    expect(refused).toMatchObject({ status: 503, body: { reason: 'zone-failed' } });
    expect(refused.body.detail).toContain('bad-snapshot');
    expect(refused.body.next).toMatch(/another/);
    expect(FakeShard.left).toEqual([]);
    expect(await enter(token, { world: 'moor' })).toMatchObject({ zone: 'moor-1' });
    stop();
  });

  it('[SE26] keeps whoever may still stand in it out of all others', async () => {
    const [hinted, playing] = [await login('Edsger'), await login('Tony')];
    await app.get<Seats>(SEATS).remember(hinted.player, 'moor-2');
    stores.playing.add(`${playing.player}/moor`);
    for (const { token } of [hinted, playing]) {
      const refused = await call('/join', { world: 'moor' }, token);
      expect(refused).toMatchObject({ status: 503, body: { reason: 'zone-failed' } });
    }
    expect((await call('/join', { world: 'forest' }, hinted.token)).body.reason).toBe('zone-failed');
    expect((await call('/join', { world: 'forest' }, playing.token)).status).toBe(200);
  });
});

describe('who has left', () => {
  it('[SE27] is forgotten only when the zone says so and all is saved', async () => {
    const { token, player } = await login('Hedy');
    await enter(token, { world: 'forest' });
    const hint = async () => (await ports.leases.get(`seats/${player}`)) !== undefined;
    stands('forest-1', player, { seat: 'connected' });
    services.notify(sessionNotices.playerLeft, { player, zone: 'forest-1' });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await hint()).toBe(true);
    stands('forest-1', player, { seat: 'none', pendingEffects: 0 });
    await expect.poll(hint, { timeout: 2000 }).toBe(false);
  });
});

describe('a kick', () => {
  const kick = (player: string) =>
    call(`/admin/players/${player}/kick`, { reason: 'be nice' }, MODERATOR_KEY);

  it('[SE28] takes the seat that is kept for a player who is nowhere connected, in the zone that he walked to', async () => {
    const { token, player } = await login('Lynn');
    await enter(token, { world: 'forest' });
    const stop = obeyLeaves(ports.bus, 'forest-2');
    stands('forest-2', player, { seat: 'dropped' });
    expect(await kick(player)).toMatchObject({ status: 200, body: { done: true } });
    expect(FakeShard.left).toEqual(['forest-2']);
    stop();
  });

  it('[SE29] leaves a connected player to the gateway, and says so when no zone lets go', async () => {
    const { token, player } = await login('Lynn');
    await enter(token, { world: 'forest' });
    stands('forest-1', player, { seat: 'connected' });
    const stop = obeyLeaves(ports.bus, 'forest-1');
    expect(await kick(player)).toMatchObject({ status: 503, body: { reason: 'busy' } });
    expect(FakeShard.left).toEqual([]);
    stop();
    stands('forest-1', player, { seat: 'dropped' });
    expect(await kick(player)).toMatchObject({ status: 503, body: { reason: 'busy' } });
  });
});

describe('placement', () => {
  it('[SE11] goes to the least loaded shard that lives', async () => {
    await announce(ports.leases, [], FakeShard.id, 0.5);
    await announce(ports.leases, [], 'shard-idle', 0.1);
    expect(await services.call(sessionCalls.ensureZone, { zone: 'forest-1' })).toMatchObject({ epoch: 1 });
    const { token } = await login('Ada');
    const { body } = await call('/lobbies', {}, token);
    // The idle one is named by its lease and does not answer: the other one is asked.
    expect(await enter(token, { zone: body.zone })).toMatchObject({ world: 'lobby' });
    expect(FakeShard.activated).toContain(body.zone);
    const idle = await ports.leases.get('shards/shard-idle');
    if (idle !== undefined) await ports.leases.delete(idle.key, idle.revision);
  });
});

describe('lobbies', () => {
  it('[SE12] are full at their capacity, but not for who is in already', async () => {
    const { token, player } = await login('Ada');
    const { body } = await call('/lobbies', { capacity: 2 }, token);
    await announce(ports.leases, [body.zone as string]);
    FakeShard.standings.set(`${body.zone}/*`, { seat: 'none', toZone: '', pendingEffects: 0, players: 2 });
    expect((await call(`/lobbies/${body.code}/join`, {}, token)).body.reason).toBe('lobby-full');
    stands(body.zone as string, player, { seat: 'dropped', players: 2 });
    expect((await call(`/lobbies/${body.code}/join`, {}, token)).status).toBe(200);
  });

  it('[SE14] go when they have been empty for a while, and TEST stays', async () => {
    const { token } = await login('Ada');
    await app.get(SessionModule).open();
    const { body } = await call('/lobbies', {}, token);
    const lobbies = app.get<Lobbies>(LOBBIES);
    // One that is young, and one that is seen empty for the first time, stay.
    for (let look = 0; look < 2; look++) {
      await lobbies.sweep('lobby');
      expect((await call(`/lobbies/${body.code}`, undefined, token, 'GET')).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, IDLE_MINUTES * 60_000 + 50));
    }
    await lobbies.sweep('lobby');
    expect((await call(`/lobbies/${body.code}`, undefined, token, 'GET')).body.reason).toBe('lobby-unknown');
    expect((await call('/lobbies/test', undefined, token, 'GET')).body).toMatchObject({ code: 'TEST' });
  });

  it('[SE13] are opened at a limited rate per address', async () => {
    const { token } = await login('Ada');
    const answers = await Promise.all([1, 2, 3, 4].map(() => call('/lobbies', {}, token)));
    expect(answers.at(-1)?.body.reason).toBe('rate-limited');
  });
});

describe('staff', () => {
  it('[SE20] is known by its key: what a role may not do is forbidden, and a player is told so', async () => {
    const { token } = await login('Ada');
    expect((await call('/admin/zones', undefined, undefined, 'GET')).status).toBe(401);
    expect((await call('/admin/zones', undefined, 'x'.repeat(40), 'GET')).status).toBe(401);
    const asPlayer = await call('/admin/zones', undefined, token, 'GET');
    expect(asPlayer).toMatchObject({ status: 403, body: { reason: 'forbidden' } });
    const asModerator = await call('/admin/zones/forest-1/move', {}, MODERATOR_KEY);
    expect(asModerator).toMatchObject({ status: 403, body: { reason: 'forbidden' } });
    expect((await call('/admin/zones', undefined, MODERATOR_KEY, 'GET')).status).toBe(200);
    const alone = await call('/admin/zones/forest-1/move', {}, OPERATOR_KEY);
    expect(alone).toMatchObject({ status: 503, body: { reason: 'zone-unavailable' } });
  });

  it('[SE22] sees the zones of any cluster page by page', async () => {
    const zones = Array.from({ length: 1_100 }, (_, index) => `wood-${String(index).padStart(4, '0')}`);
    await announce(ports.leases, zones, 'shard-far');
    const page = await services.call(sessionCalls.listZones, { limit: 200 });
    expect(page).toMatchObject({ zones: { length: 200 }, next: expect.any(String) });
    const all = await listZones(services);
    expect(isRefusal(all) ? [] : all.zones.map(({ zone }) => zone)).toEqual(expect.arrayContaining(zones));
    const rest = await call('/admin/zones?limit=2&after=wood-0041', undefined, MODERATOR_KEY, 'GET');
    expect(rest.body).toMatchObject({
      zones: [{ zone: 'wood-0042' }, { zone: 'wood-0043' }],
      next: 'wood-0043',
    });
    const last = await call('/admin/zones?after=wood-1098', undefined, MODERATOR_KEY, 'GET');
    expect(last.body).toMatchObject({ zones: [{ zone: 'wood-1099' }], next: null });
    const wrong = await call('/admin/zones?limit=100000', undefined, MODERATOR_KEY, 'GET');
    expect(wrong).toMatchObject({ status: 400, body: { reason: 'bad-request' } });
    for (const { key, revision } of await ports.leases.list('zones/wood-')) {
      await ports.leases.delete(key, revision);
    }
  });

  it('[SE21] kicks and tells through every gateway', async () => {
    const heard: unknown[] = [];
    const subscriptions = [gatewayNotices.kick, gatewayNotices.notice].map(({ pattern }) =>
      ports.bus.subscribe(`service.${pattern}`, ({ payload }) => {
        heard.push(JSON.parse(new TextDecoder().decode(payload)).data);
      }),
    );
    const { player } = await login('Ada');
    const kicked = await call(`/admin/players/${player}/kick`, { reason: 'spam' }, MODERATOR_KEY);
    expect(kicked).toMatchObject({ status: 200, body: { done: true } });
    expect((await call('/admin/players/none/kick', { reason: 'spam' }, MODERATOR_KEY)).status).toBe(400);
    expect((await call('/admin/notice', { text: 'Back in five' }, MODERATOR_KEY)).status).toBe(200);
    await expect.poll(() => heard).toEqual([{ player, reason: 'spam' }, { text: 'Back in five' }]);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });
});
