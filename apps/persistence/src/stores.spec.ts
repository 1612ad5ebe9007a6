import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Accounts } from './accounts.ts';
import { dataSourceOptions, openDatabase } from './database.ts';
import { Sessions } from './sessions.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';
import { ZoneRegistry } from './zone-registry.ts';

const HOUR_MS = 3_600_000;
const hash = (digit: string) => digit.repeat(64);
let test: TestDatabase;

beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

describe('the tables', () => {
  it('[PT1] that the migrations make are those of the entities', async () => {
    const { upQueries } = await test.database.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('[PT2] are brought up to date once by many who start at the same time', async () => {
    await test.database.query('CREATE DATABASE race');
    const databaseUrl = test.url.replace(/[^/]+$/, 'race');
    const open = () => openDatabase(dataSourceOptions({ databaseUrl, connections: 2 }));
    const opened = await Promise.all([open(), open(), open()]);
    const rows: unknown[] = (await opened[0]?.query('SELECT * FROM migrations')) ?? [];
    expect(rows).toHaveLength(opened[0]?.migrations.length ?? -1);
    await Promise.all(opened.map((database) => database.destroy()));
  });

  it('[PT3] go away when the migrations are taken back', async () => {
    await test.database.query('CREATE DATABASE back');
    const databaseUrl = test.url.replace(/[^/]+$/, 'back');
    const database = await openDatabase(dataSourceOptions({ databaseUrl, connections: 2 }));
    for (const _ of database.migrations) await database.undoLastMigration();
    const rows: unknown[] = await database.query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'",
    );
    expect(rows).toEqual([]);
    await database.destroy();
  });
});

describe('accounts', () => {
  it('[PA1] are made once per name, in whatever case, also by many at once', async () => {
    const accounts = new Accounts(test.database);
    const found = await Promise.all(['Grace', 'grace', 'GRACE', 'Grace'].map((name) => accounts.guest(name)));
    expect(new Set(found.map(({ player }) => player)).size).toBe(1);
    expect(found[0]?.player).toMatch(/^[0-9a-f]{16}$/);
    const other = await accounts.guest('Grace2');
    expect(other.player).not.toBe(found[0]?.player);
    expect(await accounts.find(other.player)).toEqual(other);
    expect(await accounts.find('0123456789abcdef')).toBeNull();
  });
});

describe('sessions', () => {
  async function login(name: string, nowMs = 0) {
    const time = { nowMs };
    const sessions = new Sessions(test.database, () => time.nowMs);
    const { player } = await new Accounts(test.database).guest(name);
    const sessionId = `session-of-${name}`;
    const refreshHash = hash('0');
    await test.database.query('DELETE FROM refresh_tokens WHERE hash = $1', [refreshHash]);
    const created = await sessions.create({ sessionId, player, refreshHash, endsAtMs: nowMs + 9 * HOUR_MS });
    return { time, sessions, player, sessionId, created };
  }

  it('[PS1] end after four hours, whatever was asked for', async () => {
    const { time, sessions, sessionId, created, player } = await login('Ida', 1_000);
    expect(created).toEqual({ created: true, endsAtMs: 1_000 + 4 * HOUR_MS });
    expect(await sessions.find(sessionId)).toEqual({
      sessionId,
      player,
      name: 'Ida',
      endsAtMs: 1_000 + 4 * HOUR_MS,
      revoked: null,
    });
    time.nowMs = 1_000 + 4 * HOUR_MS;
    expect(await sessions.rotate(sessionId, hash('0'), hash('1'))).toBe('expired');
    expect(await sessions.revoke(sessionId, 'logout')).toBe(false);
  });

  it('[PS2] take each refresh token once; shown again, it ends the session', async () => {
    const { sessions, sessionId } = await login('Joan');
    expect(await sessions.rotate(sessionId, hash('0'), hash('2'))).toBe('rotated');
    expect(await sessions.rotate(sessionId, hash('2'), hash('3'))).toBe('rotated');
    expect(await sessions.rotate(sessionId, hash('0'), hash('4'))).toBe('reused');
    expect(await sessions.rotate(sessionId, hash('3'), hash('5'))).toBe('revoked');
    expect(await sessions.find(sessionId)).toMatchObject({ revoked: 'refresh-token-reused' });
  });

  it('[PS3] of two who show the same token at once, one gets the next and the session ends', async () => {
    const { sessions, sessionId } = await login('Katherine');
    const outcomes = await Promise.all([
      sessions.rotate(sessionId, hash('0'), hash('6')),
      sessions.rotate(sessionId, hash('0'), hash('7')),
    ]);
    expect(outcomes.sort()).toEqual(['reused', 'rotated']);
    expect(await sessions.find(sessionId)).toMatchObject({ revoked: 'refresh-token-reused' });
  });

  it('[PS4] know neither the tokens of others nor sessions that never were', async () => {
    const { sessions, sessionId } = await login('Mary');
    expect(await sessions.rotate(sessionId, hash('e'), hash('f'))).toBe('unknown');
    expect(await sessions.rotate('session-of-nobody', hash('0'), hash('f'))).toBe('unknown');
    expect(await sessions.find('session-of-nobody')).toBeNull();
    expect(await sessions.revoke('session-of-nobody', 'logout')).toBe(false);
  });

  it('[PS5] end once', async () => {
    const { sessions, sessionId } = await login('Radia');
    expect(await sessions.revoke(sessionId, 'logout')).toBe(true);
    expect(await sessions.revoke(sessionId, 'kicked')).toBe(false);
    expect(await sessions.find(sessionId)).toMatchObject({ revoked: 'logout' });
  });
});

describe('the zone registry', () => {
  const zone = (id: string, more: object = {}) => ({
    id,
    world: 'forest',
    ruleset: 'forest',
    seed: 'one',
    params: { gate: [1, 2] },
    ...more,
  });

  it('[PZ1] gives each zone its number once and keeps what was registered first', async () => {
    const zones = new ZoneRegistry(test.database);
    const both = await Promise.all([
      zones.register(zone('forest-1')),
      zones.register(zone('forest-1', { seed: 'two' })),
    ]);
    expect(both[0]).toEqual(both[1]);
    const second = await zones.register(zone('forest-2'));
    expect(second.zoneNumber).not.toBe(both[0]?.zoneNumber);
    expect(second).toMatchObject({ seed: 'one', params: { gate: [1, 2] }, closed: false });
    expect(await zones.find('forest-2')).toEqual(second);
    expect(await zones.find('forest-3')).toBeNull();
  });

  it('[PZ2] closes for good', async () => {
    const zones = new ZoneRegistry(test.database);
    await zones.register(zone('lobby-test', { world: 'lobby' }));
    await zones.register(zone('lobby-abcd', { world: 'lobby' }));
    expect(await zones.close('lobby-abcd')).toBe(true);
    expect(await zones.close('lobby-abcd')).toBe(false);
    const listed = async (world?: string) =>
      (await zones.list({ world, after: 0, limit: 100, minAgeMs: 0 })).zones.map(({ id }) => id);
    expect(await listed('lobby')).toEqual(['lobby-test']);
    expect(await listed()).toContain('lobby-test');
    expect(await zones.register(zone('lobby-abcd', { world: 'lobby' }))).toMatchObject({ closed: true });
  });

  it('[PZ4] lists the open zones of a world page by page, by number, those that are old enough', async () => {
    const zones = new ZoneRegistry(test.database);
    const ids = ['a', 'b', 'c', 'd', 'e'].map((name) => `pages-${name}`);
    for (const id of ids) await zones.register(zone(id, { world: 'pages' }));
    await zones.close('pages-b');
    await test.database.query(
      "UPDATE zones SET created_at = now() - interval '1 hour' WHERE id <> 'pages-d'",
    );
    const page = async (after: number, limit: number, minAgeMs = 0) => {
      const found = await zones.list({ world: 'pages', after, limit, minAgeMs });
      return { ids: found.zones.map(({ id }) => id.slice('pages-'.length)), next: found.next };
    };
    const first = await page(0, 2);
    expect(first).toEqual({ ids: ['a', 'c'], next: expect.any(Number) });
    expect(await page(first.next ?? 0, 2)).toEqual({ ids: ['d', 'e'], next: null });
    expect((await page(0, 9, 60_000)).ids).toEqual(['a', 'c', 'e']);
    expect((await page(0, 9, 7_200_000)).ids).toEqual([]);
  });

  it('[PZ5] counts the open zones of an owner', async () => {
    const zones = new ZoneRegistry(test.database);
    const owned = (id: string, owner: string) => zone(id, { world: 'owned', params: { owner } });
    for (const id of ['owned-a', 'owned-b', 'owned-c']) await zones.register(owned(id, 'ada'));
    await zones.register(owned('owned-d', 'bob'));
    await zones.close('owned-b');
    expect(await zones.countOwned('owned', 'ada')).toBe(2);
    expect(await zones.countOwned('owned', 'nobody')).toBe(0);
    expect(await zones.countOwned('pages', 'ada')).toBe(0);
  });

  it('[PZ3] keeps the newest snapshot of a zone', async () => {
    const zones = new ZoneRegistry(test.database);
    const bytes = Buffer.from([0, 1, 2, 255]).toString('base64');
    const snapshot = {
      zone: 'forest-1',
      tick: 5,
      epoch: 2,
      journalSequence: 70,
      codeHash: 'c',
      hash: 'h',
      bytes,
    };
    expect(await zones.getSnapshot('forest-1')).toBeNull();
    expect(await zones.putSnapshot(snapshot)).toBe(true);
    expect(await zones.putSnapshot({ ...snapshot, tick: 4, journalSequence: 69 })).toBe(false);
    expect(await zones.getSnapshot('forest-1')).toEqual(snapshot);
    expect(await zones.putSnapshot({ ...snapshot, tick: 6, journalSequence: 71 })).toBe(true);
    expect(await zones.getSnapshot('forest-1')).toMatchObject({ tick: 6 });
  });
});
