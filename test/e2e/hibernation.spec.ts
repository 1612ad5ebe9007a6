import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Overworld } from '@overworld/client/node';
import { openLocalPorts } from '@overworld/cluster';
import { type Postgres, startPostgres } from '@overworld/overworld/postgres';
import { forest } from '@overworld/ruleset-forest';
import { decodeRecord, decodeSnapshot, snapshotKeys } from '@overworld/zone';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from './server.ts';
import { until } from './until.ts';

const ZONE = 'forest-1';

let folder: string;
let postgres: Postgres;
let database: pg.Client;
let server: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-e2e-database-'));
  postgres = await startPostgres({ folder });
  database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  server = await TestServer.create({
    OVERWORLD_DATABASE_URL: postgres.url,
    OVERWORLD_ZONE_IDLE_SECONDS: '1',
  });
});

afterAll(async () => {
  await server?.dispose();
  await database?.end();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Somebody walks into the forest, and out again; the epoch that the zone had. */
async function visit(): Promise<number> {
  const game = new Overworld({ url: server.url, rulesets: [forest] });
  await game.login('Ada');
  const zone = await game.join({ world: 'forest' }, forest);
  await until('the own entity is in sight', async () => zone.self !== undefined);
  const { epoch } = zone;
  await game.leave();
  return epoch;
}

interface Row {
  readonly tick: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly hash: string;
}

async function archived(): Promise<Row | undefined> {
  const { rows } = await database.query(
    `SELECT tick::int, epoch::int, journal_sequence::int AS sequence, hash FROM zone_snapshots WHERE zone = $1`,
    [ZONE],
  );
  return rows[0] as Row | undefined;
}

/** What lies in the data folder, of a server that does not run. */
async function stored() {
  const ports = await openLocalPorts({ folder: server.dataFolder });
  try {
    const last = await ports.journal.last(ZONE);
    const keys = await snapshotKeys(ports.blobs, ZONE);
    const blobs = await Promise.all(keys.map((key) => ports.blobs.get(key)));
    for (const key of keys) await ports.blobs.delete(key);
    const snapshots = blobs.map((bytes) => decodeSnapshot(bytes as Uint8Array));
    return { sequence: last?.sequence, record: decodeRecord(last?.bytes as Uint8Array), snapshots };
  } finally {
    await ports.close();
  }
}

it('a zone that sleeps is in the database, and comes back from there when the blobs are gone', async () => {
  const epoch = await visit();
  const row = (await until('the zone is archived', archived)) as Row;
  await server.stop();
  const asleep = await stored();
  expect(asleep.record).toMatchObject({ kind: 'close', reason: 'hibernated', tick: row.tick, epoch });
  expect(asleep.record).toMatchObject({ hash: { total: row.hash } });
  expect([row.sequence, row.epoch]).toEqual([asleep.sequence, epoch]);
  expect(asleep.snapshots.length).toBeGreaterThan(0);

  await server.start();
  expect(await visit()).toBe(epoch + 1);
  const page = await (await fetch(`${server.url}/metrics`)).text();
  expect(page).toMatch(/overworld_zone_archive_total\{[^}]*outcome="restored"[^}]*\} 1\b/);
  const later = await until('the zone sleeps again', async () => {
    const newest = await archived();
    return newest !== undefined && newest.epoch > epoch ? newest : undefined;
  });
  expect(later.tick).toBeGreaterThan(row.tick);
  await server.stop();
  const { snapshots } = await stored();
  expect(snapshots.at(-1)).toMatchObject({ tick: row.tick, epoch: row.epoch, hash: row.hash });
});
