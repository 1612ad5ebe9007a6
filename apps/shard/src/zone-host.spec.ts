import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPorts, openLocalPorts } from '@overworld/cluster';
import { encodeBatch, isRefusal, leaseKeys, subjects, type ZoneSpecMessage } from '@overworld/contracts';
import { BusClient, ServiceCaller } from '@overworld/platform';
import type { Journal } from '@overworld/ports';
import { type AnyRuleset, defineRuleset } from '@overworld/ruleset';
import { createLogger, createMetrics, HealthRegistry } from '@overworld/telemetry';
import { decodeRecord } from '@overworld/zone';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SnapshotStore } from '../test/snapshot-store.ts';
import { ZoneHost, type ZoneHostPorts } from './zone-host.ts';
import { ZoneMetrics } from './zone-metrics.ts';

/** A shard's zones on real local ports. */
const WAIT = { timeout: 8000, interval: 20 };
const ADA = '00000000000000ad';

const steps = defineRuleset({
  name: 'steps',
  tickHz: 20,
  capacity: { players: 4, entities: 4 },
  gap: { policy: 'catch-up', maxTicks: 20 },
  components: { look: { fields: { steps: 'u32' }, show: {} } },
  interest: { everything: true },
  inputs: {
    step: { schema: z.object({}), policy: 'all' },
    go: { schema: z.object({ to: z.string() }), policy: 'all' },
  },
  join: (zone) => zone.spawn({ look: {} }),
  input: {
    step(zone, player) {
      const avatar = zone.players.avatar(player);
      zone.look.steps[avatar] = (zone.look.steps[avatar] as number) + 1;
    },
    go: (zone, player, { to }) => zone.handoff(player, to),
  },
  tick() {},
}) as AnyRuleset;

let folder: string;
let ports: LocalPorts;
let host: ZoneHost;
let metrics: ReturnType<typeof createMetrics>;
let ensured: string[];

/** A journal that answers nothing while it is away. */
function interrupted(journal: LocalPorts['journal'], away: { isAway: boolean }): Journal {
  const unknown = { kind: 'unknown', detail: 'away' } as const;
  const reached = <T>(read: () => Promise<T>): Promise<T> =>
    away.isAway ? Promise.reject(new Error('away')) : read();
  return {
    append: async (...record) => (away.isAway ? unknown : journal.append(...record)),
    read: (...range) => reached(() => journal.read(...range)),
    last: (zone) => reached(() => journal.last(zone)),
    trim: (...range) => reached(() => journal.trim(...range)),
    zones: () => reached(() => journal.zones()),
  };
}

function newHost(
  zoneIdleSeconds: number,
  {
    id = 'shard-a',
    journal = ports.journal as Journal,
    health = new HealthRegistry(ports.clock),
    ...others
  }: Partial<ZoneHostPorts> & { id?: string; health?: HealthRegistry } = {},
): ZoneHost {
  metrics = createMetrics();
  const logger = createLogger({ service: 'shard', level: 'silent', format: 'json' });
  return new ZoneHost(
    { id, zoneIdleSeconds, snapshotSeconds: 30 },
    {
      ...ports,
      journal,
      rulesets: new Map([[steps.name, steps]]),
      services: new ServiceCaller(new BusClient(ports.bus)),
      metrics: new ZoneMetrics(metrics, health, logger),
      ...others,
    },
  );
}

function spec(id: string, world = 'hills'): ZoneSpecMessage {
  return { id, zoneNumber: id.length, world, ruleset: 'steps', seed: id, params: {} };
}

function join_(zone: string): void {
  const join = { kind: 'join', player: ADA, name: 'Ada', character: new Uint8Array(0) } as const;
  ports.bus.publish(subjects.zoneIn(zone), encodeBatch('gateway-a', [join]));
}

function input(zone: string, kind: number, sequence: number, value: unknown): void {
  const bytes = steps.inputs[kind]?.codec.encode(value) as Uint8Array;
  const command = {
    kind: 'input',
    player: ADA,
    sequence,
    after: 0,
    tick: 0,
    input: kind,
    source: 'player',
    value: bytes,
  };
  ports.bus.publish(subjects.zoneIn(zone), encodeBatch('gateway-a', [command as never]));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-shard-'));
  ports = await openLocalPorts({ folder });
  new SnapshotStore(ports.bus);
  ensured = [];
  ports.bus.subscribe('service.session.zone.ensure', (message) => {
    const { data } = JSON.parse(new TextDecoder().decode(message.payload)) as { data: { zone: string } };
    ensured.push(data.zone);
  });
  host = newHost(3600);
});

afterEach(async () => {
  await host.drain();
  await ports.close();
  await rm(folder, { recursive: true, force: true });
});

describe('zone host', () => {
  it('[ZH1] opens a zone once, however often it is asked, and says where it runs', async () => {
    const [one, two] = await Promise.all([host.activate(spec('hills-1')), host.activate(spec('hills-1'))]);
    expect(one).toEqual({ epoch: 1 });
    expect(two).toEqual(one);
    expect(await host.activate(spec('hills-1'))).toEqual(one);
    const lease = await ports.leases.get(leaseKeys.zone('hills-1'));
    expect(JSON.parse(new TextDecoder().decode(lease?.value))).toMatchObject({ shard: 'shard-a', epoch: 1 });
    await expect.poll(() => host.statuses()[0]?.tick, WAIT).toBeGreaterThan(2);
  });

  it('[ZH2] refuses what it cannot run', async () => {
    expect(await host.activate({ ...spec('hills-1'), ruleset: 'chess' })).toMatchObject({
      refused: 'zone-unavailable',
    });
    expect(host.standing('hills-1', ADA)).toMatchObject({ refused: 'zone-unavailable' });
    expect(await host.hibernate('hills-1')).toMatchObject({ refused: 'zone-unavailable' });
  });

  it('[ZH2] says of a zone that somebody has to mend what is wrong with it', async () => {
    await ports.journal.append('hills-1', 0, new Uint8Array([1, 2, 3]));
    expect(await host.activate(spec('hills-1'))).toMatchObject({
      refused: 'zone-failed',
      detail: expect.stringContaining('bad-journal'),
    });
  });

  it('[ZH10] is live while its zones stand still because the journal is away, and takes no new players', async () => {
    await host.drain();
    const time = { nowMs: 0 };
    const health = new HealthRegistry({ now: () => time.nowMs });
    const away = { isAway: false };
    host = newHost(3600, { journal: interrupted(ports.journal, away), health });
    await host.activate(spec('hills-1'));
    join_('hills-1');
    await expect.poll(() => host.statuses()[0]?.players, WAIT).toBe(1);
    away.isAway = true;
    await expect.poll(() => host.statuses()[0]?.state, WAIT).toBe('holding');
    time.nowMs += 60_000;
    expect(health.live()).toMatchObject({ ok: true });
    expect(health.ready()).toMatchObject({
      ok: false,
      components: [{ name: 'zone hills-1', isReady: false, detail: 'the journal does not answer' }],
    });
    away.isAway = false;
    await expect.poll(() => health.ready().ok, WAIT).toBe(true);
    await host.drain();
  });

  it('[ZH3] finds everything again when a zone wakes up', async () => {
    await host.activate(spec('hills-1'));
    join_('hills-1');
    await expect
      .poll(() => host.standing('hills-1', ADA), WAIT)
      .toMatchObject({ seat: 'connected', players: 1 });
    const slept = await host.hibernate('hills-1');
    expect(isRefusal(slept)).toBe(false);
    expect(host.statuses()).toEqual([]);
    await expect.poll(() => ports.leases.get(leaseKeys.zone('hills-1')), WAIT).toBeUndefined();
    expect(await host.activate(spec('hills-1'))).toEqual({ epoch: 2 });
    expect(host.standing('hills-1', ADA)).toMatchObject({ seat: 'connected' });
  });

  it('[ZH4] puts empty zones to sleep, but none of a world with a player in it', async () => {
    await host.drain();
    host = newHost(1);
    for (const zone of ['hills-1', 'hills-2']) await host.activate(spec(zone));
    await host.activate(spec('lake-1', 'lake'));
    join_('hills-1');
    const running = () => host.statuses().map(({ zone }) => zone);
    await expect.poll(running, WAIT).toEqual(['hills-1', 'hills-2']);
  });

  it('[ZH11] puts lobbies and the zones of large worlds to sleep one by one, whoever is in the others', async () => {
    await host.drain();
    const zones = Array.from({ length: 17 }, (_, index) => ({ id: `plains-${index + 1}`, params: {} }));
    const about = { title: '', ruleset: 'steps' };
    host = newHost(1, {
      worlds: [
        { ...about, name: 'plains', zones },
        { ...about, name: 'yard', zones: [] },
      ],
    });
    for (const zone of ['plains-1', 'plains-2']) await host.activate(spec(zone, 'plains'));
    for (const zone of ['yard-1', 'yard-2']) await host.activate(spec(zone, 'yard'));
    join_('plains-1');
    join_('yard-1');
    const running = () => host.statuses().map(({ zone }) => zone);
    await expect.poll(running, WAIT).toEqual(['plains-1', 'yard-1']);
  });

  it('[ZH12] leaves empty zones awake while the archive does not keep up', async () => {
    await host.drain();
    const archive = {
      hasRoom: false,
      restore: async () => undefined,
      store: () => {},
      settle: async () => {},
    };
    host = newHost(0, { archive });
    await host.activate(spec('hills-1'));
    await expect.poll(() => host.load().measurement, WAIT).toBeGreaterThan(1);
    expect(host.statuses()).toHaveLength(1);
    archive.hasRoom = true;
    await expect.poll(() => host.statuses(), WAIT).toEqual([]);
  });

  it('[ZH5] has the zone started that a handoff waits for', async () => {
    await host.activate(spec('hills-1'));
    join_('hills-1');
    await expect.poll(() => host.standing('hills-1', ADA), WAIT).toMatchObject({ seat: 'connected' });
    input('hills-1', 1, 1, { to: 'hills-2' });
    await expect.poll(() => host.standing('hills-1', ADA), WAIT).toMatchObject({ seat: 'leaving' });
    await expect.poll(() => ensured, WAIT).toContain('hills-2');
    await host.activate(spec('hills-2'));
    await expect.poll(() => host.standing('hills-2', ADA), WAIT).toMatchObject({ seat: 'connected' });
    await expect.poll(() => host.standing('hills-1', ADA), WAIT).toMatchObject({ seat: 'none' });
  });

  it('[ZH13] wakes the zone at once that a handoff leads to, and does not send again what it was asleep for after a pause', async () => {
    ports.bus.subscribe('service.session.zone.ensure', async (message) => {
      const opened = await host.activate(spec('hills-2'));
      const response = { zone: 'hills-2', world: 'hills', ruleset: 'steps', params: {}, ...opened };
      message.reply?.(new TextEncoder().encode(JSON.stringify({ response })));
    });
    await host.activate(spec('hills-1'));
    join_('hills-1');
    await expect.poll(() => host.standing('hills-1', ADA), WAIT).toMatchObject({ seat: 'connected' });
    input('hills-1', 1, 1, { to: 'hills-2' });
    const there = async () =>
      isRefusal(host.standing('hills-2', ADA)) ? 'nowhere' : host.standing('hills-2', ADA);
    await expect.poll(there, { ...WAIT, interval: 5 }).toMatchObject({ seat: 'connected' });
    // By the first one that it could hear: the pause before the next is half a second, which is ten ticks.
    expect(host.statuses().find(({ zone }) => zone === 'hills-2')?.tick).toBeLessThan(8);
    expect(ensured).toEqual(['hills-2']);
  });

  it('[ZH6] takes no zones while it drains, and leaves closed journals', async () => {
    await host.activate(spec('hills-1'));
    await host.drain();
    expect(await host.activate(spec('hills-2'))).toMatchObject({ refused: 'draining' });
    expect(host.load()).toMatchObject({ zones: 0, players: 0 });
    expect((await metrics.page()).text).toContain('overworld_zones 0');
  });

  it('[ZH7] opens a zone anew that is about to sleep, instead of calling it running', async () => {
    await host.activate(spec('hills-1'));
    const stopped = host.hibernate('hills-1');
    expect(await host.activate(spec('hills-1'))).toEqual({ epoch: 2 });
    expect(isRefusal(await stopped)).toBe(false);
    expect(host.statuses()).toMatchObject([{ zone: 'hills-1', state: 'running', epoch: 2 }]);
  });

  it('[ZH9] does not open a zone again that is on its way to another shard', async () => {
    await host.activate(spec('hills-1'));
    const stopped = host.hibernate('hills-1', true);
    expect(await host.activate(spec('hills-1'))).toMatchObject({ refused: 'busy' });
    expect(isRefusal(await stopped)).toBe(false);
    expect(host.statuses()).toEqual([]);
    expect(await host.activate(spec('hills-1'))).toEqual({ epoch: 2 });
  });

  describe('preparing a zone that another shard runs', () => {
    let next: ZoneHost;
    const records = () => ports.journal.read('hills-1', 0, 1_000);

    beforeEach(async () => {
      await host.activate(spec('hills-1'));
      join_('hills-1');
      await expect.poll(() => host.standing('hills-1', ADA), WAIT).toMatchObject({ seat: 'connected' });
      next = newHost(3600, { id: 'shard-b' });
    });

    afterEach(() => next.drain());

    it('[ZP1] answers the same when it is asked twice, and neither writes nor stops anything', async () => {
      expect(await host.snapshot('hills-1')).toEqual({});
      const before = await records();
      const answers = await Promise.all([next.prepare(spec('hills-1')), next.prepare(spec('hills-1'))]);
      expect(answers).toMatchObject([{ sequence: expect.any(Number) }, { sequence: expect.any(Number) }]);
      expect(isRefusal(await next.prepare(spec('hills-1')))).toBe(false);
      const since = (await records()).slice(before.length).map(({ bytes }) => decodeRecord(bytes)?.kind);
      expect(since).not.toContain('fence');
      expect([host.statuses().length, next.statuses().length]).toEqual([1, 0]);
    });

    it('[ZP2] makes its activation one fence behind the closing record, which it waits for', async () => {
      await next.prepare(spec('hills-1'));
      const opening = next.activate(spec('hills-1'), 'closing');
      const joined = next.activate(spec('hills-1'));
      expect(await next.watches('hills-1')).toMatchObject({ sequence: expect.any(Number) });
      expect(isRefusal(await host.hibernate('hills-1', true, true))).toBe(false);
      expect([await opening, await joined]).toEqual([{ epoch: 2 }, { epoch: 2 }]);
      const kinds = (await records()).map(({ bytes }) => decodeRecord(bytes)?.kind);
      expect(kinds.slice(kinds.lastIndexOf('close'))).toEqual(expect.arrayContaining(['close', 'fence']));
      expect(next.standing('hills-1', ADA)).toMatchObject({ seat: 'connected' });
      expect(await next.activate(spec('hills-1'), 'closing')).toEqual({ epoch: 2 });
    });

    it('[ZP3] is refused for what is not prepared: the owner is not fenced off in the middle of its last record', async () => {
      expect(await next.activate(spec('hills-1'), 'closing')).toMatchObject({ refused: 'busy' });
      await next.prepare(spec('hills-1'));
      next.forget('hills-1');
      next.forget('hills-1');
      expect(await next.activate(spec('hills-1'), 'closing')).toMatchObject({ refused: 'busy' });
      expect(host.statuses()).toMatchObject([{ state: 'running', epoch: 1 }]);
    });

    it('[ZP4] does not wait for an owner that is gone', async () => {
      await next.prepare(spec('hills-1'));
      const opening = next.activate(spec('hills-1'), 'closing');
      expect(await next.activate(spec('hills-1'), 'gone')).toEqual({ epoch: 2 });
      expect(await opening).toEqual({ epoch: 2 });
    });

    it('[ZP5] is refused beyond eight at a time, by who runs the zone, by who drains, and of a ruleset that is not there', async () => {
      for (let count = 2; count <= 9; count += 1) {
        await host.activate(spec(`hills-${count}`));
        expect(isRefusal(await next.prepare(spec(`hills-${count}`)))).toBe(false);
      }
      expect(await next.prepare(spec('hills-1'))).toMatchObject({ refused: 'busy' });
      next.forget('hills-2');
      expect(isRefusal(await next.prepare(spec('hills-1')))).toBe(false);
      expect(await host.prepare(spec('hills-1'))).toMatchObject({ refused: 'busy' });
      expect(await next.prepare({ ...spec('hills-2'), ruleset: 'chess' })).toMatchObject({
        refused: 'zone-unavailable',
      });
      await next.drain();
      expect(await next.prepare(spec('hills-2'))).toMatchObject({ refused: 'draining' });
    });

    it('[ZP6] helps a takeover that nobody has announced', async () => {
      await next.prepare(spec('hills-1'));
      expect(await next.activate(spec('hills-1'))).toEqual({ epoch: 2 });
      expect(next.standing('hills-1', ADA)).toMatchObject({ seat: 'connected' });
      await expect.poll(() => host.statuses(), WAIT).toEqual([]);
    });

    it('[ZP7] is refused for a zone that has never run, and says why', async () => {
      expect(await next.prepare(spec('hills-7'))).toMatchObject({
        refused: 'zone-unavailable',
        detail: expect.stringContaining('no record'),
      });
      expect(await next.snapshot('hills-7')).toMatchObject({ refused: 'zone-unavailable' });
    });
  });

  it('[ZH8] leaves the lease of a zone with players when it stops: session processes see that it is missing', async () => {
    for (const zone of ['hills-1', 'hills-2']) await host.activate(spec(zone));
    join_('hills-1');
    await expect.poll(() => host.standing('hills-1', ADA), WAIT).toMatchObject({ seat: 'connected' });
    await host.drain();
    await expect.poll(() => ports.leases.get(leaseKeys.zone('hills-2')), WAIT).toBeUndefined();
    expect(await ports.leases.get(leaseKeys.zone('hills-1'))).toBeDefined();
  });
});
