import { startTestNats, type TestNats } from '@overworld/cluster/test-nats';
import { natsNames } from '@overworld/cluster/nats';
import type { Journal, Leases } from '@overworld/ports';
import type { NatsServer } from '@overworld/servers';
import { afterEach, describe, expect, it } from 'vitest';
import { type Appended, appendUntilStopped, recordOf, contentOf } from './appender.ts';

const PAGE = 1_000;
let nats: TestNats;
afterEach(() => nats.close());

async function everything(journal: Journal, zone: string) {
  const records: { sequence: number; writer: number; value: number }[] = [];
  for (;;) {
    const page = await journal.read(zone, records.at(-1)?.sequence ?? 0, PAGE);
    records.push(...page.map(({ sequence, bytes }) => ({ sequence, ...contentOf(bytes) })));
    if (page.length < PAGE) return records;
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Appends to some zones at once while `disturb` runs, and for a while before and after it. */
async function appendThrough(
  zones: readonly string[],
  disturb: () => Promise<void>,
): Promise<readonly Appended[]> {
  const ports = await nats.open();
  let isStopped = false;
  const writing = zones.map((zone, writer) =>
    appendUntilStopped({ journal: ports.journal, zone, writer, isStopped: () => isStopped }),
  );
  await wait(200);
  await disturb();
  await wait(500);
  isStopped = true;
  return await Promise.all(writing);
}

async function expectExactlyTheSettled(
  zones: readonly string[],
  appended: readonly Appended[],
): Promise<void> {
  const ports = await nats.open();
  for (const [index, zone] of zones.entries()) {
    const { settled } = appended[index] as Appended;
    const records = await everything(ports.journal, zone);
    // The last append may have been stopped with its outcome open.
    const extra = records.splice(settled.length);
    expect(extra.length).toBeLessThanOrEqual(1);
    expect(records.map(({ sequence, value }) => ({ sequence, value }))).toEqual(settled);
  }
}

const RENEW_MS = 450;

/** Watches, again until the servers have put the consumer somewhere else than there. Answers where. */
async function watchAwayFrom(server: NatsServer, leases: Leases, heard: () => void): Promise<string> {
  for (;;) {
    const stop = leases.watch('shards/', heard);
    await wait(150);
    const { consumers } = (await nats.ask(`CONSUMER.LIST.${natsNames().leasesStream}`)) as {
      readonly consumers: readonly { readonly cluster?: { readonly leader?: string } }[];
    };
    const host = consumers.length === 1 ? consumers[0]?.cluster?.leader : undefined;
    if (host !== undefined && host !== server.name) return host;
    stop();
    await wait(150);
  }
}

/** Renews a lease as every process does, and answers the longest time between two renewals that succeeded. */
async function renewUntil(isOver: () => boolean, leases: Leases, key: string): Promise<number> {
  let longestMs = 0;
  let revision = 0;
  for (let atMs = performance.now(); !isOver(); await wait(RENEW_MS)) {
    const value = Uint8Array.of(1);
    const outcome = await (revision === 0 ? leases.create(key, value) : leases.update(key, value, revision));
    if (outcome.kind !== 'held') continue;
    revision = outcome.revision;
    longestMs = Math.max(longestMs, performance.now() - atMs);
    atMs = performance.now();
  }
  return longestMs;
}

const zones = ['a', 'b', 'c', 'd'];

describe('one NATS server', () => {
  it('loses nothing that it acknowledged when it is killed again and again under appends', async () => {
    nats = await startTestNats(1);
    const server = nats.servers.servers[0];
    const appended = await appendThrough(zones, async () => {
      for (let round = 0; round < 4; round++) {
        await server?.restart('SIGKILL');
        await wait(400 + round * 50);
      }
    });
    await expectExactlyTheSettled(zones, appended);
    for (const each of appended) {
      expect(each.settled.length).toBeGreaterThan(200);
      expect(each.unknown).toBeGreaterThan(0);
    }
  });

  it('that stops answering is found out within three seconds, and appends go on when it answers again', async () => {
    nats = await startTestNats(1);
    const server = nats.servers.servers[0];
    const watcher = await nats.open();
    let lostMs = 0;
    const appended = await appendThrough(['a'], async () => {
      server?.signal('SIGSTOP');
      const startMs = performance.now();
      await expect.poll(() => watcher.bus.connected, { timeout: 10_000 }).toBe(false);
      lostMs = performance.now() - startMs;
      server?.signal('SIGCONT');
      await expect.poll(() => watcher.bus.connected, { timeout: 10_000 }).toBe(true);
      await wait(500);
    });
    expect(lostMs).toBeLessThan(3_500);
    expect(appended[0]?.unknown).toBeGreaterThan(0);
    await expectExactlyTheSettled(['a'], appended);
  });
});

describe('three NATS servers', () => {
  it('lose nothing that they acknowledged when the leader of the journal is killed', async () => {
    nats = await startTestNats(3);
    const { journalStream } = natsNames();
    await (await nats.open()).journal.append('z', 0, recordOf(0, 0));
    const leader = await nats.servers.leaderOf(journalStream);
    const appended = await appendThrough(zones, async () => {
      await leader.kill();
      await nats.servers.leaderOf(journalStream);
      await wait(500);
    });
    await leader.start();
    await expectExactlyTheSettled(zones, appended);
    for (const { settled, unknown } of appended) {
      expect(settled.length).toBeGreaterThan(50);
      expect(unknown).toBeGreaterThan(0);
    }
    const pauses = appended.map(({ longestPauseMs }) => Math.round(longestPauseMs));
    console.log(`appends paused for ${pauses.join(', ')} ms`);
  });

  it('let one of two owners go on when they write through different servers while a leader is killed', async () => {
    nats = await startTestNats(3);
    const { journalStream } = natsNames();
    const [first, second] = await Promise.all(
      nats.servers.urls.slice(0, 2).map((url) => nats.open({ servers: [url] })),
    );
    let isStopped = false;
    const write = (journal: Journal, writer: number) =>
      appendUntilStopped({ journal, zone: 'a', writer, isStopped: () => isStopped });
    const writing = write(first?.journal as Journal, 1);
    await wait(200);
    const leader = await nats.servers.leaderOf(journalStream);
    const takeover = wait(100).then(() => write(second?.journal as Journal, 2));
    await leader.kill();
    await nats.servers.leaderOf(journalStream);
    await leader.start();
    await wait(1_500);
    isStopped = true;
    const settled = (await Promise.all([writing, takeover])).flatMap((each, index) =>
      each.settled.map((record) => ({ ...record, writer: index + 1 })),
    );
    const records = await everything(second?.journal as Journal, 'a');
    const bySequence = new Map(records.map((record) => [record.sequence, record]));
    for (const record of settled) expect(bySequence.get(record.sequence)).toEqual(record);
    expect(new Set(settled.map(({ sequence }) => sequence)).size).toBe(settled.length);
    const owners = records.map(({ writer }) => writer);
    expect(owners).toEqual([...owners].sort());
    expect(owners).toContain(2);
  });

  it('never let a watcher be silent while its own writes succeed, although the server with its consumer dies', async () => {
    nats = await startTestNats(3);
    const { leasesStream } = natsNames();
    await nats.open();
    const leader = await nats.servers.leaderOf(leasesStream);
    const watching = await nats.open({ servers: [leader.url] });
    const renewing = await nats.open({ servers: [leader.url] });
    const heardMs: number[] = [];
    const hosted = await watchAwayFrom(leader, watching.leases, () => void heardMs.push(performance.now()));
    let isStopped = false;
    const renewals = [
      renewUntil(() => isStopped, watching.leases, 'sessions/own'),
      renewUntil(() => isStopped, renewing.leases, 'shards/other'),
    ];
    await wait(1_000);
    heardMs.splice(0, heardMs.length, performance.now());
    await nats.servers.servers.find(({ name }) => name === hosted)?.kill();
    await wait(6_000);
    heardMs.push(performance.now());
    isStopped = true;
    expect(Math.max(...(await Promise.all(renewals)))).toBeLessThan(1_000);
    const gapsMs = heardMs.slice(1).map((at, index) => at - (heardMs[index] ?? 0));
    expect(Math.max(...gapsMs)).toBeLessThan(1_250);
  });

  it('keep watchers and leases going when the leader of the leases is killed', async () => {
    nats = await startTestNats(3);
    const ports = await nats.open();
    const other = await nats.open();
    const state = new Map<string, number>();
    other.leases.watch('', (key, lease) => {
      if (lease === undefined) state.delete(key);
      else state.set(key, lease.value[0] ?? 0);
    });
    const created = await ports.leases.create('shards/1', Uint8Array.of(1));
    await expect.poll(() => state.get('shards/1')).toBe(1);
    const leader = await nats.servers.leaderOf(natsNames().leasesStream);
    await leader.kill();
    let revision = created.kind === 'held' ? created.revision : 0;
    let attempts = 0;
    for (let value = 2; value <= 5; attempts++) {
      const outcome = await ports.leases.update('shards/1', Uint8Array.of(value), revision);
      if (outcome.kind === 'held') {
        revision = outcome.revision;
        value++;
      } else {
        // It may have landed although nobody said so.
        const lease = await ports.leases.get('shards/1').catch(() => undefined);
        if (lease?.value[0] === value) {
          revision = lease.revision;
          value++;
        }
        await wait(50);
      }
    }
    await expect.poll(() => state.get('shards/1'), { timeout: 15_000 }).toBe(5);
    expect(attempts).toBeGreaterThanOrEqual(4);
  });
});
