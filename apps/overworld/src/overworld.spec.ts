import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OverworldConfig, overworldConfig, parseConfig } from '@overworld/config';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Overworld, startOverworld } from './overworld.ts';
import { rest, TestPlayer } from '../test/test-player.ts';

/** The whole server in this process, on a data folder of its own, with players on real sockets. */
const WAIT = { timeout: 8000, interval: 25 };
const MODERATOR_KEY = 'm'.repeat(32);

let folder: string;
let server: Overworld;
const players: TestPlayer[] = [];

function config(): OverworldConfig {
  const words = ['--data', folder, '--port', '0'];
  const outcome = parseConfig(overworldConfig, {
    words,
    environment: {
      OVERWORLD_LOG_LEVEL: 'error',
      OVERWORLD_PROXIES: '1',
      OVERWORLD_MODERATOR_KEY: MODERATOR_KEY,
      OVERWORLD_GAMES: join(folder, 'games'),
    },
  });
  if (outcome.kind !== 'config') throw new Error(JSON.stringify(outcome));
  return outcome.config;
}

function newPlayer(name: string): TestPlayer {
  const player = new TestPlayer(server.url, name);
  players.push(player);
  return player;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-spec-'));
  server = await startOverworld(config());
});

afterEach(() => {
  for (const player of players.splice(0)) player.close();
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a server', () => {
  it('[OW1] lets two players see each other walk in the lobby TEST', async () => {
    const ada = await newPlayer('Ada').enterLobby('TEST');
    const bob = await newPlayer('Bob').enterLobby('test');
    expect(bob.zone.zone).toBe('lobby-test');
    await expect.poll(() => bob.see('Ada', 'body', 'x'), WAIT).toBeDefined();
    const before = bob.see('Ada', 'body', 'x') as number;
    ada.input('move', { dx: 100, dy: 0 });
    await expect.poll(() => bob.see('Ada', 'body', 'vx'), WAIT).toBeGreaterThan(1);
    ada.input('move', { dx: 0, dy: 0 });
    await expect.poll(() => bob.see('Ada', 'body', 'vx'), WAIT).toBe(0);
    expect(bob.see('Ada', 'body', 'x')).toBeGreaterThan(before);
    await expect.poll(() => ada.replica.ack, WAIT).toBe(2);
  });

  it('[OW2] carries chat to everybody in the zone, and nothing that the ruleset does not accept', async () => {
    const ada = await newPlayer('Ada').enterLobby('TEST');
    const bob = await newPlayer('Bob').enterLobby('TEST');
    ada.input('say', { text: 'hello Bob' });
    await expect
      .poll(() => bob.events.map(({ value }) => value), WAIT)
      .toContainEqual({
        name: 'Ada',
        text: 'hello Bob',
      });
    const tooLong = ada.input('say', { text: 'x'.repeat(201) });
    ada.input('fly', {});
    ada.socket.emit('input', { sequence: 'many' });
    await expect
      .poll(() => ada.refusals.map(({ reason }) => reason), WAIT)
      .toEqual(['bad-input', 'unknown-input', 'bad-request']);
    expect(ada.refusals[0]?.sequence).toBe(tooLong);
  });

  it('[OW3] does what a sentence says, as inputs of the player', async () => {
    const ada = await newPlayer('Ada').enterLobby('TEST');
    expect(await ada.ask('ai', { text: 'walk east' })).toMatchObject({ ok: true, inputs: 1 });
    await expect.poll(() => ada.see('Ada', 'body', 'vx'), WAIT).toBeGreaterThan(1);
    ada.input('say', { text: '/ai stop' });
    await expect.poll(() => ada.see('Ada', 'body', 'vx'), WAIT).toBe(0);
    expect(await ada.ask('ai', { text: 'sing a song' })).toMatchObject({
      ok: false,
      reason: 'not-understood',
    });
    const sequence = ada.input('say', { text: '/ai sing a song' });
    await expect.poll(() => ada.refusals, WAIT).toMatchObject([{ reason: 'not-understood', sequence }]);
  });

  it('[OW4] keeps the seat of a player whose connection drops, and gives it back by the resume token', async () => {
    const ada = await newPlayer('Ada').enter('forest');
    const { you, resume, sequence } = ada.zone;
    expect(sequence).toBe(0);
    ada.input('move', { dx: 0, dy: 0 });
    await expect.poll(() => ada.replica.ack, WAIT).toBe(1);
    ada.close();
    ada.connect();
    const back = await ada.join({ resume });
    expect(back).toMatchObject({ you, zone: ada.zone.zone, sequence: 1 });
    await expect.poll(() => ada.replica.own?.id, WAIT).toBe(you);
  });

  it('[OW5] brings a player who lost everything but the name back to the seat, in the same world', async () => {
    const ada = await newPlayer('Eve').enter('forest');
    ada.close();
    const again = await newPlayer('Eve').enter('forest');
    expect(again.zone.you).toBe(ada.zone.you);
  });

  it('[OW6] has a player in one place: who connects again replaces the older connection', async () => {
    const first = await newPlayer('Zoe').enter('forest');
    const second = await newPlayer('Zoe').enter('forest');
    await expect.poll(() => first.closing?.reason, WAIT).toBe('replaced');
    expect(second.zone.you).toBe(first.zone.you);
    await second.join({ ticket: await second.lobbyTicket('TEST') });
    const third = await newPlayer('Watcher').enter('forest');
    expect(third.see('Zoe', 'body', 'x')).toBeUndefined();
    expect(second.zone.zone).toBe('lobby-test');
  });

  it('[OW7] accepts a ticket once, from the player it was made for', async () => {
    const ada = await newPlayer('Ada').enterLobby('TEST');
    const bob = await newPlayer('Bob').login();
    bob.connect();
    const ticket = await ada.lobbyTicket('TEST');
    expect(await bob.ask('join', { ticket })).toMatchObject({ ok: false, reason: 'ticket-invalid' });
    expect(await ada.ask('join', { ticket })).toMatchObject({ ok: false, reason: 'ticket-used' });
    expect(await ada.ask('join', { ticket: 'nonsense' })).toMatchObject({
      ok: false,
      reason: 'ticket-invalid',
    });
    expect(await ada.ask('join', { door: 'back' })).toMatchObject({ ok: false, reason: 'bad-request' });
  });

  it('[OW8] refuses handshakes with a reason', async () => {
    const ada = await newPlayer('Ada').login();
    const refusal = (auth: Record<string, unknown>): Promise<{ reason: string }> => {
      const stranger = newPlayer('Stranger');
      stranger.token = ada.token;
      return stranger.connect(auth).refusal();
    };
    expect(await refusal({ token: 'none' })).toMatchObject({ reason: 'unauthorized' });
    expect(await refusal({ protocol: 99 })).toMatchObject({ reason: 'protocol-mismatch' });
    expect(await refusal({ frames: 'smoke' })).toMatchObject({ reason: 'bad-request' });
  });

  it('[OW9] ends a session at logout, its connection too', async () => {
    const ada = await newPlayer('Leaver').enterLobby('TEST');
    expect((await rest(server.url, 'POST', '/logout', { token: ada.token })).status).toBe(200);
    await expect.poll(() => ada.closing?.reason, WAIT).toBe('session-revoked');
    const join = await rest(server.url, 'POST', '/join', { body: { world: 'forest' }, token: ada.token });
    expect(join.body.reason).toBe('session-revoked');
    const lobby = await rest(server.url, 'POST', '/lobbies', { body: {}, token: ada.token });
    expect(lobby.body.reason).toBe('session-revoked');
    const again = newPlayer('Leaver');
    again.token = ada.token;
    expect(await again.connect().refusal()).toMatchObject({ reason: 'session-revoked' });
  });

  it('[OW10] ends the session when a refresh token is used twice', async () => {
    const ada = await newPlayer('Careless').login();
    const used = { refreshToken: ada.refreshToken };
    const renewed = await rest(server.url, 'POST', '/refresh', { body: used });
    expect(renewed.status).toBe(200);
    const theft = await rest(server.url, 'POST', '/refresh', { body: used });
    expect(theft).toMatchObject({ status: 401, body: { reason: 'session-revoked' } });
    const last = await rest(server.url, 'POST', '/refresh', {
      body: { refreshToken: renewed.body.refreshToken },
    });
    expect(last.body.reason).toBe('session-revoked');
  });

  it('[OW19] has a kick take the seat that is kept for a player who is not connected', async () => {
    const ada = await newPlayer('Ada').enter('forest');
    const bob = await newPlayer('Bob').enter('forest');
    await expect.poll(() => bob.see('Ada', 'body', 'x'), WAIT).toBeDefined();
    const { resume } = ada.zone;
    ada.close();
    const kick = { body: { reason: 'be nice' }, token: MODERATOR_KEY };
    const kicked = await rest(server.url, 'POST', `/admin/players/${ada.player}/kick`, kick);
    expect(kicked).toMatchObject({ status: 200, body: { done: true } });
    await expect.poll(() => bob.see('Ada', 'body', 'x'), WAIT).toBeUndefined();
    ada.connect();
    expect(await ada.ask('join', { resume })).toMatchObject({ ok: false, reason: 'ticket-expired' });
    await ada.enter('forest');
    expect(ada.zone.zone).toBe('forest-1');
  });

  it('[OW11] opens lobbies with a code, which their owner closes', async () => {
    const ada = await newPlayer('Ada').login();
    const bob = await newPlayer('Bob').login();
    const lobby = await rest(server.url, 'POST', '/lobbies', { body: { capacity: 1 }, token: ada.token });
    expect(lobby).toMatchObject({ status: 201, body: { capacity: 1, players: 0, yours: true } });
    const code = lobby.body.code as string;
    expect(code).toMatch(/^[CDFGHJKMNPQRTVWXY34679]{6}$/);
    await ada.enterLobby(code.toLowerCase());
    const full = await rest(server.url, 'POST', `/lobbies/${code}/join`, { token: bob.token });
    expect(full).toMatchObject({ status: 409, body: { reason: 'lobby-full' } });
    const notHis = await rest(server.url, 'DELETE', `/lobbies/${code}`, { token: bob.token });
    expect(notHis).toMatchObject({ status: 403, body: { reason: 'lobby-not-owner' } });
    expect((await rest(server.url, 'DELETE', `/lobbies/${code}`, { token: ada.token })).status).toBe(200);
    const gone = await rest(server.url, 'GET', `/lobbies/${code}`, { token: ada.token });
    expect(gone).toMatchObject({ status: 404, body: { reason: 'lobby-unknown' } });
    await expect.poll(() => ada.left, WAIT).toEqual([{ zone: ada.zone.zone, reason: 'unknown-zone' }]);
  });

  it('[OW12] answers what is wrong with a request, why, and what to do next', async () => {
    const { token } = await newPlayer('Ada').login();
    const cases = [
      ['POST', '/login', { body: {} }, 400, 'bad-request'],
      ['POST', '/login', { body: { username: '   ' } }, 400, 'name-invalid'],
      ['POST', '/login', { body: { username: 'a\u0000b' } }, 400, 'name-invalid'],
      ['POST', '/login', { body: { username: 'x'.repeat(25) } }, 400, 'name-invalid'],
      ['POST', '/login', { body: { username: '\ufdfa'.repeat(24) } }, 400, 'name-invalid'],
      ['POST', '/login', { body: { username: '\uffa0' } }, 400, 'name-invalid'],
      ['POST', '/login', { body: { username: 'x'.repeat(20_000) } }, 413, 'too-large'],
      ['POST', '/refresh', { body: { refreshToken: 'x' } }, 401, 'unauthorized'],
      ['POST', '/join', { body: { world: 'forest' } }, 401, 'unauthorized'],
      ['POST', '/join', { body: { world: 'moon' }, token }, 404, 'unknown-world'],
      ['POST', '/join', { body: { world: 'lobby' }, token }, 400, 'bad-request'],
      ['POST', '/join', { body: { zone: 'moon-1' }, token }, 404, 'unknown-zone'],
      ['POST', '/join', { body: {}, token }, 400, 'bad-request'],
      ['GET', '/lobbies/not-a-code', { token }, 400, 'code-invalid'],
      ['GET', '/lobbies/CDFGHJ', { token }, 404, 'lobby-unknown'],
      ['GET', '/nowhere', {}, 404, 'bad-request'],
    ] as const;
    for (const [method, path, options, status, reason] of cases) {
      const answer = await rest(server.url, method, path, options);
      expect([path, answer.status, answer.body.reason]).toEqual([path, status, reason]);
      expect(typeof answer.body.next).toBe('string');
    }
  });

  it('[OW13] documents its interface, and shows its health and metrics', async () => {
    const document = await rest(server.url, 'GET', '/api-json');
    const paths = Object.keys(document.body.paths as object);
    expect(paths).toEqual(expect.arrayContaining(['/login', '/join', '/worlds', '/lobbies/{code}/join']));
    expect((await fetch(`${server.url}/api`)).status).toBe(200);
    expect((await rest(server.url, 'GET', '/health/live')).status).toBe(200);
    expect((await rest(server.url, 'GET', '/health/ready')).status).toBe(200);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('overworld_tick_duration_seconds_bucket');
    expect(metrics).toMatch(/overworld_refusals_total\{reason="lobby-full"\} 1/);
  });

  it('[OW14] lets only its own pages in, unless the operator names others', async () => {
    const from = (origin: string): Promise<number> =>
      fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers: { origin } }).then(
        ({ status }) => status,
      );
    expect(await from(server.url)).toBe(200);
    expect(await from('https://evil.example')).toBe(403);
  });

  it('[OW15] holds a lobby to its size also when somebody comes by the id of its zone', async () => {
    const ada = await newPlayer('Ada').login();
    const lobby = await rest(server.url, 'POST', '/lobbies', { body: { capacity: 1 }, token: ada.token });
    await ada.enterLobby(lobby.body.code as string);
    const bob = await newPlayer('Bob').login();
    bob.connect();
    const ticket = await bob.ticket({ zone: lobby.body.zone as string });
    expect(await bob.ask('join', { ticket })).toMatchObject({ ok: false, reason: 'lobby-full' });
  });

  it('[OW16] closes the connection of a client that leaves the namespace', async () => {
    const ada = await newPlayer('Ada').enterLobby('TEST');
    const { engine } = ada.socket.io;
    engine.write('1');
    await expect.poll(() => engine.readyState, WAIT).toBe('closed');
  });

  it('[OW17] closes the connection of a client that floods, and stays well', async () => {
    const ada = await newPlayer('Ada').login();
    ada.connect();
    await expect.poll(() => ada.socket.connected, WAIT).toBe(true);
    for (let count = 0; count < 3000; count++) ada.socket.io.engine.write(new Uint8Array(1));
    await expect.poll(() => ada.closing?.reason, WAIT).toBe('rate-limited');
    await expect.poll(() => ada.socket.connected, WAIT).toBe(false);
    expect((await rest(server.url, 'GET', '/health/live')).status).toBe(200);
  });

  it('[OW18] answers only so many guesses at lobby codes from one address, as the proxy in front tells it', async () => {
    const { token } = await newPlayer('Guesser').login();
    const guess = (address: string): Promise<number> => {
      const headers = { 'x-forwarded-for': address };
      return rest(server.url, 'GET', '/lobbies/nope', { token, headers }).then(({ status }) => status);
    };
    const statuses: number[] = [];
    for (let round = 0; round < 15; round++) {
      // What the client puts before the proxy's own word makes no other address of it.
      const guesses = Array.from({ length: 50 }, (_, index) => guess(`198.51.100.${index}, 203.0.113.1`));
      statuses.push(...(await Promise.all(guesses)));
    }
    expect(statuses).toContain(429);
    expect(await guess('203.0.113.2')).toBe(400);
  });
});
