import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, nkeys } from '@nats-io/transport-node';
import { startNats } from '@overworld/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsNames } from './nats-options.ts';
import { openNatsPorts } from './nats-ports.ts';
import { startTestNats, type TestNats } from './test-nats.ts';

const USERS = `authorization { users: [
  { user: world, password: secret },
  { user: guest, password: secret, permissions: { publish: [ "$JS.API.>" ], subscribe: [ "_INBOX.>" ] } },
] }`;
const WORLD = { user: 'world', password: 'secret' } as const;
const bytes = (...values: number[]) => new Uint8Array(values);

let nats: TestNats;
beforeAll(async () => {
  nats = await startTestNats(1, USERS);
});
afterAll(() => nats.close());

const open = (options = {}) => nats.open({ ...WORLD, ...options });
const server = () => nats.servers.servers[0] as NonNullable<(typeof nats.servers.servers)[0]>;

describe('the ports on NATS are refused in one line', () => {
  const refusal = async (options: object): Promise<string> => {
    const error: unknown = await nats
      .open({ openTimeoutMs: 300, ...options })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  };

  it('when nobody answers', async () => {
    expect(await refusal({ servers: ['nats://127.0.0.1:1'] })).toContain('no server answers');
  });

  it('with a wrong password, at once', async () => {
    const startMs = performance.now();
    expect(await refusal({ user: 'world', password: 'guess', openTimeoutMs: 20_000 })).toContain(
      'credentials',
    );
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('with files that cannot be read', async () => {
    expect(await refusal({ credentialsFile: '/nowhere/user.creds' })).toContain('/nowhere/user.creds');
    expect(await refusal({ ...WORLD, tls: { caFile: '/nowhere/ca.pem' } })).toContain('/nowhere/ca.pem');
  });

  it('when one server is asked to hold three replicas', async () => {
    expect(await refusal({ ...WORLD, replicas: 3, prefix: 'THREE' })).toContain('3 replicas');
  });

  it('when a stream is set up in another way', async () => {
    const { journalStream } = natsNames('OTHER');
    const admin = await connect({ servers: server().url, user: 'world', pass: 'secret' });
    const config = { name: journalStream, subjects: ['OTHER.journal.*'], allow_direct: true };
    await admin.request(`$JS.API.STREAM.CREATE.${journalStream}`, JSON.stringify(config));
    await admin.close();
    expect(await refusal({ ...WORLD, prefix: 'OTHER' })).toMatch(/OTHER_JOURNAL has .* is needed/);
  });
});

describe('a bus on NATS', () => {
  it('drops the oldest messages of a full queue, counts and tells them', async () => {
    const ports = await open();
    const dropped: string[] = [];
    ports.onBusDrop((subject) => dropped.push(subject));
    const seen: number[] = [];
    const take = (message: { readonly payload: Uint8Array }) => void seen.push(message.payload[0] ?? 0);
    const subscription = ports.bus.subscribe('full', take, { capacity: 10 });
    await ports.bus.flush();
    for (let value = 0; value < 200; value++) ports.bus.publish('full', bytes(value));
    await expect.poll(() => seen.at(-1)).toBe(199);
    expect(subscription.dropped).toBeGreaterThan(0);
    expect(seen.length + subscription.dropped).toBe(200);
    expect(dropped).toHaveLength(subscription.dropped);
    await ports.close();
  });

  it('drops what is larger than the server takes, and stays connected', async () => {
    const ports = await open();
    const dropped: string[] = [];
    ports.onBusDrop((subject) => dropped.push(subject));
    const tooLarge = new Uint8Array(ports.bus.maxPayloadBytes + 1);
    ports.bus.publish('large', tooLarge);
    expect(await ports.bus.request('large', tooLarge, 1_000)).toEqual({ kind: 'no-responder' });
    expect(dropped).toEqual(['large', 'large']);
    const outcome = await ports.journal.append('large', 0, tooLarge);
    expect(outcome).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('max_payload') });
    expect(ports.bus.connected).toBe(true);
    await ports.close();
  });

  it('says what permissions refuse, once, and goes on', async () => {
    const notices: string[] = [];
    const world = await open({ prefix: 'GUEST' });
    const guest = await nats.open({
      user: 'guest',
      password: 'secret',
      prefix: 'GUEST',
      onNotice: (line) => notices.push(line),
    });
    for (let count = 0; count < 5; count++) guest.bus.publish('secret', bytes(1));
    guest.bus.subscribe('secret', () => {});
    await expect.poll(() => notices.length).toBe(2);
    expect(notices[0]).toContain('secret');
    expect(await guest.journal.last('a')).toBeUndefined();
    await guest.close();
    await world.close();
  });
});

describe('when the server is killed', () => {
  it('everything that waits is told at once, and comes back with it', async () => {
    const ports = await open();
    const told: boolean[] = [];
    const heard: number[] = [];
    ports.bus.onStatus((connected) => void told.push(connected));
    ports.bus.subscribe('again', (message) => void heard.push(message.payload[0] ?? 0));
    ports.bus.subscribe('silent', () => {});
    await ports.bus.flush();
    const waiting = [ports.bus.request('silent', bytes(1), 60_000), nats.servers.servers[0]?.kill()] as const;
    expect(await waiting[0]).toEqual({ kind: 'disconnected' });
    expect(ports.bus.connected).toBe(false);
    const startMs = performance.now();
    ports.bus.publish('again', bytes(1));
    expect(await ports.bus.request('silent', bytes(1), 60_000)).toEqual({ kind: 'disconnected' });
    expect(await ports.journal.append('a', 0, bytes(1))).toMatchObject({ kind: 'unknown' });
    expect(await ports.leases.create('a', bytes(1))).toMatchObject({ kind: 'unknown' });
    await expect(ports.journal.read('a', 0, 10)).rejects.toThrow('not connected');
    await expect(ports.leases.get('a')).rejects.toThrow('not connected');
    await expect(ports.blobs.put('a', bytes(1))).rejects.toThrow('not connected');
    expect(performance.now() - startMs).toBeLessThan(500);
    await waiting[1];
    await server().start();
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([false, true]);
    ports.bus.publish('again', bytes(2));
    await expect.poll(() => heard).toEqual([2]);
    expect((await ports.journal.append('back', 0, bytes(1))).kind).toBe('appended');
    await ports.close();
  });

  it('nothing is kept that was published meanwhile', async () => {
    const ports = await open();
    await server().kill();
    await expect.poll(() => ports.bus.connected).toBe(false);
    const beforeBytes = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 20_000; count++) {
      ports.bus.publish('lost', new Uint8Array(10_000));
      void ports.journal.append('lost', 0, new Uint8Array(10_000));
      if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    globalThis.gc?.();
    expect(process.memoryUsage().arrayBuffers - beforeBytes).toBeLessThan(150_000_000);
    await server().start();
    await expect.poll(() => ports.bus.connected, { timeout: 10_000 }).toBe(true);
    expect(await ports.journal.last('lost')).toBeUndefined();
    await ports.close();
  });

  it('a watcher ends with the state that is, however it came about', async () => {
    const ports = await open();
    const other = await open();
    const state = new Map<string, number>();
    ports.leases.watch('w/', (key, lease) => {
      if (lease === undefined) state.delete(key);
      else state.set(key, lease.value[0] ?? 0);
    });
    const revisions = new Map<string, number>();
    for (const key of ['w/kept', 'w/changed', 'w/deleted']) {
      const outcome = await other.leases.create(key, bytes(1));
      if (outcome.kind === 'held') revisions.set(key, outcome.revision);
    }
    await expect.poll(() => state.size).toBe(3);
    // Frozen for the watcher, which meanwhile misses what the other one changes after the restart.
    await server().restart('SIGKILL');
    await expect.poll(() => other.bus.connected, { timeout: 10_000 }).toBe(true);
    await other.leases.update('w/changed', bytes(2), revisions.get('w/changed') ?? 0);
    await other.leases.delete('w/deleted', revisions.get('w/deleted') ?? 0);
    await other.leases.create('w/new', bytes(3));
    const expected = { 'w/kept': 1, 'w/changed': 2, 'w/new': 3 };
    await expect.poll(() => Object.fromEntries(state), { timeout: 10_000 }).toEqual(expected);
    await ports.close();
    await other.close();
  });
});

describe('blobs on NATS', () => {
  it('free what was replaced and deleted, in one message or in parts', async () => {
    const ports = await open();
    const noise = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(Math.random() * 256));
    const storedBytes = async () => {
      const admin = await connect({ servers: server().url, user: 'world', pass: 'secret' });
      const info = await admin.request(`$JS.API.STREAM.INFO.${natsNames().blobsStream}`);
      await admin.close();
      return info.json<{ state: { bytes: number; messages: number } }>().state;
    };
    for (let round = 0; round < 3; round++) {
      await ports.blobs.put('large', noise(1_500_000));
      await ports.blobs.put('small', noise(100_000));
    }
    const { bytes: full, messages } = await storedBytes();
    expect(messages).toBe(1 + 3 + 1);
    expect(full).toBeLessThan(1_650_000);
    await ports.blobs.delete('large');
    await ports.blobs.delete('small');
    expect((await storedBytes()).messages).toBe(0);
    await ports.close();
  });
});

describe('a server of another kind', () => {
  it('without JetStream is refused with what to do', async () => {
    const bare = await startNats({ folder: `${nats.folder}/bare`, jetStream: false });
    const opening = openNatsPorts({ servers: bare.urls, openTimeoutMs: 500 });
    await expect(opening).rejects.toThrow('--jetstream');
    await bare.stop();
  });

  it('that asks for an nkey and TLS lets in who has the key, and the authority that signed it', async () => {
    const folder = join(nats.folder, 'tls');
    mkdirSync(folder);
    const [certFile, keyFile, seedFile] = ['server.pem', 'server.key', 'user.nk'].map((name) =>
      join(folder, name),
    );
    const words =
      '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:localhost';
    const made = spawnSync('openssl', [
      'req',
      ...words.split(' '),
      '-keyout',
      keyFile ?? '',
      '-out',
      certFile ?? '',
    ]);
    expect(made.status).toBe(0);
    const user = nkeys.createUser();
    writeFileSync(seedFile ?? '', user.getSeed());
    const configuration = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }
      authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`;
    const servers = await startNats({ folder, configuration });
    const address = `nats://localhost:${servers.servers[0]?.port}`;
    const open = (options: object) => openNatsPorts({ servers: [address], openTimeoutMs: 300, ...options });
    await expect(open({ nkeySeedFile: seedFile })).rejects.toThrow('no server answers');
    await expect(open({ tls: { caFile: certFile } })).rejects.toThrow('credentials');
    const ports = await open({ nkeySeedFile: seedFile, tls: { caFile: certFile } });
    expect((await ports.journal.append('a', 0, bytes(1))).kind).toBe('appended');
    await ports.close();
    await servers.stop();
  });
});
