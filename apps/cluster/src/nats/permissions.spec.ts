import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsPorts, openNatsPorts } from '@overworld/cluster/nats';
import { subjects } from '@overworld/contracts';
import { type NatsServers, startNats } from '@overworld/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NATS_PERMISSIONS, NATS_USERS, type NatsUser } from './permissions.ts';
import { natsAuthorization } from './server-configuration.ts';

const bytes = new TextEncoder().encode('x');

describe('NATS permissions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-permissions-'));
  const ports = new Map<NatsUser, NatsPorts>();
  const of = (user: NatsUser): NatsPorts => ports.get(user) as NatsPorts;
  let nats: NatsServers;

  beforeAll(async () => {
    const passwords = Object.fromEntries(NATS_USERS.map((user) => [user, `secret of ${user}`]));
    const configuration = natsAuthorization(passwords as Record<NatsUser, string>);
    nats = await startNats({ folder, configuration });
    // A shard and a session may make the streams; the others find them.
    for (const user of ['shard', 'gateway', 'session', 'ai', 'persistence', 'operator'] as const) {
      const { urls: servers } = nats;
      const password = passwords[user] as string;
      const inboxPrefix = `_INBOX_${user}`;
      ports.set(user, await openNatsPorts({ servers, user, password, inboxPrefix, answerTimeoutMs: 300 }));
    }
  });

  afterAll(async () => {
    for (const each of ports.values()) await each.close();
    await nats.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function reaches(from: NatsUser, to: NatsUser, subject: string): Promise<boolean> {
    const subscription = of(to).bus.subscribe(subject, (message) => message.reply?.(bytes));
    await of(to).bus.flush();
    const outcome = await of(from).bus.request(subject, bytes, 300);
    subscription.unsubscribe();
    return outcome.kind === 'answered';
  }

  it('[NP1] let a gateway talk to zones and sessions, and a shard to persistence', async () => {
    expect(await reaches('gateway', 'shard', subjects.zoneSync('forest-1'))).toBe(true);
    expect(await reaches('gateway', 'session', 'service.session.ticket.redeem')).toBe(true);
    expect(await reaches('session', 'shard', 'service.shard.shard-1.zone.activate')).toBe(true);
    expect(await reaches('shard', 'persistence', subjects.effects)).toBe(true);
    expect(await reaches('operator', 'session', 'service.session.zone.list')).toBe(true);
  });

  it('[NP2] keep a gateway from effects, from shards, and from reading what others send to zones', async () => {
    expect(await reaches('gateway', 'persistence', subjects.effects)).toBe(false);
    expect(await reaches('gateway', 'shard', 'service.shard.shard-1.zone.activate')).toBe(false);
    expect(await reaches('session', 'gateway', subjects.zoneIn('forest-1'))).toBe(false);
    expect(await reaches('ai', 'session', 'service.session.zone.move')).toBe(false);
  });

  it('[NP3] let nobody but shards write a journal, and operators read it', async () => {
    expect(await of('shard').journal.append('forest-1', 0, bytes)).toMatchObject({ kind: 'appended' });
    for (const user of ['gateway', 'session', 'ai', 'persistence', 'operator'] as const) {
      const outcome = await of(user).journal.append('forest-2', 0, bytes);
      expect(outcome.kind, user).toBe('unknown');
    }
    expect(await of('operator').journal.zones()).toEqual(['forest-1']);
    expect(await of('operator').journal.read('forest-1', 0, 10)).toHaveLength(1);
  });

  it('[NP4] let shards and sessions hold leases, and a shard store blobs', async () => {
    expect(await of('session').leases.create('leader', bytes)).toMatchObject({ kind: 'held' });
    expect(await of('shard').leases.get('leader')).toMatchObject({ key: 'leader' });
    expect((await of('gateway').leases.create('other', bytes)).kind).toBe('unknown');
    await of('shard').blobs.put('snapshot/forest-1/1', bytes);
    expect(await of('operator').blobs.get('snapshot/forest-1/1')).toEqual(bytes);
    await expect(of('operator').blobs.put('snapshot/forest-1/2', bytes)).rejects.toThrow();
  });

  it('[NP5] keep the answers of one user from all others', () => {
    for (const user of NATS_USERS) {
      const { subscribe } = NATS_PERMISSIONS[user];
      expect(subscribe.filter((subject) => subject.startsWith('_INBOX'))).toEqual([`_INBOX_${user}.>`]);
      expect(subscribe).not.toContain('>');
    }
  });
});
