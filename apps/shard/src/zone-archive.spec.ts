import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type LocalPorts, openLocalPorts } from '@overworld/cluster';
import {
  encodeBatch,
  isRefusal,
  type StoredSnapshot,
  subjects,
  type ZoneSpecMessage,
} from '@overworld/contracts';
import { BusClient, ServiceCaller } from '@overworld/platform';
import { type AnyRuleset, defineRuleset } from '@overworld/ruleset';
import { createLogger, createMetrics, HealthRegistry } from '@overworld/telemetry';
import { decodeRecord, decodeSnapshot, encodeSnapshot, snapshotKey, snapshotKeys } from '@overworld/zone';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SnapshotStore } from '../test/snapshot-store.ts';
import { ZoneArchive } from './zone-archive.ts';
import { ZoneHost } from './zone-host.ts';
import { ZoneMetrics } from './zone-metrics.ts';

/** Sleeping zones on real local ports, with a persistence that remembers. */
const WAIT = { timeout: 15_000, interval: 20 };
const ADA = '00000000000000ad';
const ZONE = 'hills-1';

const stones = defineRuleset({
  name: 'stones',
  tickHz: 20,
  capacity: { players: 4, entities: 4 },
  gap: { policy: 'hold' },
  components: { look: { fields: { size: 'u32' }, show: {} } },
  interest: { everything: true },
  inputs: {},
  input: {},
  join: (zone) => zone.spawn({ look: { size: 7 } }),
  tick() {},
}) as AnyRuleset;

let folder: string;
let ports: LocalPorts;
let store: SnapshotStore;
let host: ZoneHost;
let metrics: ReturnType<typeof createMetrics>;

function archivePorts() {
  const logger = createLogger({ service: 'shard', level: 'silent', format: 'json' });
  return {
    ...ports,
    rulesets: new Map([[stones.name, stones]]),
    services: new ServiceCaller(new BusClient(ports.bus)),
    metrics: new ZoneMetrics(metrics, new HealthRegistry(ports.clock), logger),
  };
}

const spec: ZoneSpecMessage = {
  id: ZONE,
  zoneNumber: 1,
  world: 'hills',
  ruleset: 'stones',
  seed: 's',
  params: {},
};

async function count(outcome: string): Promise<number> {
  const { text } = await metrics.page();
  const line = text.match(new RegExp(`overworld_zone_archive_total\\{outcome="${outcome}"\\} (\\d+)`));
  return Number(line?.[1] ?? 0);
}

/** Opens the zone and puts it to sleep; what persistence has then. */
async function sleep(): Promise<{
  readonly tick: number;
  readonly hash: string;
  readonly row: StoredSnapshot;
}> {
  const opened = await host.activate(spec);
  expect(opened).toMatchObject({ epoch: expect.any(Number) });
  const slept = await host.hibernate(ZONE);
  if (isRefusal(slept)) throw new Error(slept.detail);
  // Not by the tick: a zone that sleeps at once after waking up is still at the same one.
  const last = await ports.journal.last(ZONE);
  await expect.poll(() => store.rows.get(ZONE)?.journalSequence, WAIT).toBe(last?.sequence);
  return { ...slept, row: store.rows.get(ZONE) as StoredSnapshot };
}

async function sleepWithAda(): ReturnType<typeof sleep> {
  await host.activate(spec);
  const join = { kind: 'join', player: ADA, name: 'Ada', character: new Uint8Array(0) } as const;
  ports.bus.publish(subjects.zoneIn(ZONE), encodeBatch('gateway-a', [join]));
  await expect.poll(() => host.standing(ZONE, ADA), WAIT).toMatchObject({ seat: 'connected' });
  return sleep();
}

async function loseBlobs(): Promise<void> {
  for (const key of await snapshotKeys(ports.blobs, ZONE)) await ports.blobs.delete(key);
}

/** So often that the journal is trimmed behind its beginning: it alone does not give the state any more. */
async function sleepUntilTrimmed(): ReturnType<typeof sleep> {
  let slept = await sleep();
  for (let times = 0; times < 8 && (await beginsWithBirth()); times += 1) slept = await sleep();
  expect(await beginsWithBirth()).toBe(false);
  return slept;
}

async function beginsWithBirth(): Promise<boolean> {
  const [first] = await ports.journal.read(ZONE, 0, 1);
  const record = first && decodeRecord(first.bytes);
  return record?.kind === 'fence' && record.birth !== undefined;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-archive-'));
  ports = await openLocalPorts({ folder });
  store = new SnapshotStore(ports.bus);
  metrics = createMetrics();
  host = new ZoneHost({ id: 'shard-a', zoneIdleSeconds: 3600, snapshotSeconds: 30 }, archivePorts());
});

afterEach(async () => {
  await host.drain();
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the archive of sleeping zones', () => {
  it('[ZA1] has the snapshot that a zone went to sleep with', async () => {
    const { tick, hash, row } = await sleepWithAda();
    expect(row).toMatchObject({ zone: ZONE, tick, hash, epoch: 1, codeHash: stones.codeHash });
    expect(row.journalSequence).toBe((await ports.journal.last(ZONE))?.sequence);
    const [key] = await snapshotKeys(ports.blobs, ZONE);
    expect(zstdDecompressSync(Buffer.from(row.bytes, 'base64'))).toEqual(
      Buffer.from((await ports.blobs.get(key as string)) as Uint8Array),
    );
    expect(await count('stored')).toBe(1);
  });

  it('[ZA2] tries again when persistence does not take it, and changes nothing by storing twice', async () => {
    await host.activate(spec);
    store.refuses = 1;
    await host.hibernate(ZONE);
    await expect.poll(() => store.puts, WAIT).toBe(1);
    const row = store.rows.get(ZONE);
    const archive = new ZoneArchive(archivePorts());
    archive.store(ZONE);
    await expect.poll(() => store.puts, WAIT).toBe(2);
    expect(store.rows.get(ZONE)).toEqual(row);
    await expect.poll(() => count('stored'), WAIT).toBe(2);
  });

  it('[ZA3] is given up when the process stops, which loses nothing', async () => {
    await host.activate(spec);
    store.refuses = 1_000;
    const slept = await host.hibernate(ZONE);
    await host.drain();
    await expect.poll(() => count('failed'), WAIT).toBe(1);
    store.refuses = 0;
    host = new ZoneHost({ id: 'shard-b', zoneIdleSeconds: 3600, snapshotSeconds: 30 }, archivePorts());
    expect(await host.activate(spec)).toEqual({ epoch: 2 });
    expect(host.statuses()[0]?.tick).toBeGreaterThanOrEqual((slept as { tick: number }).tick);
  });

  it('[ZA4] brings a zone back whose blobs are gone, where the journal alone does not', async () => {
    await sleepWithAda();
    const { row } = await sleepUntilTrimmed();
    await loseBlobs();
    expect(await host.activate(spec)).toEqual({ epoch: row.epoch + 1 });
    expect(host.standing(ZONE, ADA)).toMatchObject({ players: 1 });
    expect(await snapshotKeys(ports.blobs, ZONE)).toHaveLength(1);
    expect(await count('restored')).toBe(1);
    const { tick } = await sleep();
    expect(tick).toBeGreaterThanOrEqual(row.tick);
  });

  it('[ZA5] leaves a zone closed that nothing is left of, and one whose archive does not answer', async () => {
    await sleepUntilTrimmed();
    await loseBlobs();
    store.refuses = 3;
    expect(await host.activate(spec)).toMatchObject({ detail: expect.stringContaining('is not known') });
    store.rows.clear();
    expect(await host.activate(spec)).toMatchObject({ detail: expect.stringMatching(/^bad-journal/) });
    expect(await beginsWithBirth()).toBe(false);
  });

  it('[ZA6] is not used when the journal was trimmed behind it', async () => {
    const { row } = await sleep();
    await sleepUntilTrimmed();
    await sleep();
    await loseBlobs();
    store.rows.set(ZONE, row);
    const refusal = await host.activate(spec);
    expect(refusal).toMatchObject({ detail: expect.stringContaining('the journal was trimmed behind it') });
    expect(await snapshotKeys(ports.blobs, ZONE)).toEqual([]);
    expect(await count('unusable')).toBe(1);
  });

  it('[ZA7] is not used with a journal that it does not belong to, nor with none', async () => {
    const { row } = await sleepWithAda();
    const other = { ...spec, id: 'hills-2', zoneNumber: 2 };
    store.rows.set('hills-2', rename(row, 'hills-2'));
    const refused = await host.activate(other);
    expect(refused).toMatchObject({ detail: expect.stringContaining('the journal is empty') });
    expect(await ports.journal.last('hills-2')).toBeUndefined();

    await loseBlobs();
    store.rows.set(ZONE, rename(row, ZONE, { sequence: row.journalSequence + 1 }));
    const ahead = await host.activate(spec);
    expect(ahead).toMatchObject({ detail: expect.stringContaining('the journal ends with record') });
    store.rows.set(ZONE, rename(row, ZONE, { epoch: 9 }));
    const foreign = await host.activate(spec);
    expect(foreign).toMatchObject({ detail: expect.stringContaining('the journal has another there') });
  });

  it('[ZA10] a zone whose journal is gone is not begun anew while a snapshot is stored', async () => {
    const { row } = await sleepWithAda();
    const bytes = zstdDecompressSync(Buffer.from(rename(row, 'hills-2').bytes, 'base64'));
    const snapshot = decodeSnapshot(bytes);
    await ports.blobs.put(snapshotKey(snapshot as never), bytes);
    const refused = await host.activate({ ...spec, id: 'hills-2', zoneNumber: 2 });
    expect(refused).toMatchObject({ detail: expect.stringMatching(/^bad-journal: the journal is empty/) });
    expect(await ports.journal.last('hills-2')).toBeUndefined();
  });

  it('[ZA8] does not need to answer for a zone whose journal is whole', async () => {
    await sleepWithAda();
    await loseBlobs();
    store.refuses = 1;
    expect(await host.activate(spec)).toEqual({ epoch: 2 });
    expect(host.standing(ZONE, ADA)).toMatchObject({ players: 1 });
  });

  it('[ZA11] takes several zones at a time, none of them twice, and calls no number of them a failure', async () => {
    const zones = Array.from({ length: 24 }, (_, index) => ({
      ...spec,
      id: `hills-${index + 1}`,
      zoneNumber: index + 1,
    }));
    await Promise.all(zones.map((each) => host.activate(each)));
    store.isHolding = true;
    await Promise.all(zones.map(({ id }) => host.hibernate(id)));
    await expect.poll(() => store.held.length, WAIT).toBe(8);
    expect(new Set(store.held.map(({ zone }) => zone)).size).toBe(8);
    store.answerAll();
    await expect.poll(() => store.rows.size, WAIT).toBe(24);
    await expect.poll(() => count('stored'), WAIT).toBe(24);
    expect(await count('failed')).toBe(0);
  });

  it('[ZA12] has no room while thousands wait, and leaves what comes beyond that for the next time without an alarm', async () => {
    let release = (): void => {};
    const released = new Promise<string[]>((resolve) => {
      release = () => resolve([]);
    });
    const blobs = { ...ports.blobs, list: () => released };
    const archive = new ZoneArchive({ ...archivePorts(), blobs } as never);
    for (let index = 0; index < 4_104; index += 1) archive.store(`hills-${index}`);
    expect(archive.hasRoom).toBe(false);
    for (let index = 4_104; index < 65_600; index += 1) archive.store(`hills-${index}`);
    expect(await count('deferred')).toBe(65_600 - 65_536 - 8);
    expect(await count('failed')).toBe(0);
    release();
    await expect.poll(() => archive.hasRoom, WAIT).toBe(true);
  });

  it('[ZA9] is not given what is too large for a message, and says so', async () => {
    const { row } = await sleep();
    const snapshot = decodeSnapshot(zstdDecompressSync(Buffer.from(row.bytes, 'base64')));
    const grown = { ...snapshot, tick: row.tick + 1, state: new Uint8Array(randomBytes(1_000_000)) } as never;
    await ports.blobs.put(snapshotKey(grown), encodeSnapshot(grown));
    new ZoneArchive(archivePorts()).store(ZONE);
    await expect.poll(() => count('too-large'), WAIT).toBe(1);
    expect(store.rows.get(ZONE)).toEqual(row);
  });
});

function rename(row: StoredSnapshot, zone: string, changes: { sequence?: number; epoch?: number } = {}) {
  const snapshot = decodeSnapshot(zstdDecompressSync(Buffer.from(row.bytes, 'base64')));
  if (snapshot === undefined) throw new Error('the row cannot be read');
  const changed = { ...snapshot, zone, ...changes };
  const bytes = zstdCompressSync(encodeSnapshot(changed)).toString('base64');
  return { ...row, zone, bytes, epoch: changed.epoch, journalSequence: changed.sequence };
}
