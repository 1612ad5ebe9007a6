import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsServers, startNats } from '@overworld/servers';
import { connect } from '@nats-io/transport-node';
import type { BusFixture } from '@overworld/testkit/contracts';
import type { NatsOptions } from './nats-options.ts';
import { natsNames } from './nats-options.ts';
import { type NatsPorts, openNatsPorts } from './nats-ports.ts';

/** Servers for the tests of one file, and connections to them. */
export interface TestNats {
  readonly servers: NatsServers;
  readonly folder: string;
  open(options?: Partial<NatsOptions>): Promise<NatsPorts>;
  /** Asks JetStream itself, `what` being what follows `$JS.API.` in the subject. */
  ask(what: string): Promise<unknown>;
  /** Removes whatever the streams hold. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestNats(count: 1 | 3 = 1, configuration?: string): Promise<TestNats> {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-nats-'));
  const servers = await startNats({ folder, servers: count, configuration });
  const opened = new Set<NatsPorts>();
  const defaults = { servers: servers.urls, replicas: count };
  const open = async (options: Partial<NatsOptions> = {}) => {
    const ports = await openNatsPorts({ ...defaults, ...options });
    opened.add(ports);
    return ports;
  };
  const close = async () => {
    await Promise.all([...opened].map((ports) => ports.close()));
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    servers,
    folder,
    open,
    ask: (what) => ask(servers, [what]),
    empty: () => purgeAll(servers),
    close,
  };
}

async function ask(servers: NatsServers, requests: readonly string[]): Promise<unknown> {
  const connection = await connect({ servers: [...servers.urls] });
  let answer: unknown;
  for (const what of requests)
    answer = (await connection.request(`$JS.API.${what}`, '', { timeout: 5_000 })).json();
  await connection.close();
  return answer;
}

async function purgeAll(servers: NatsServers): Promise<void> {
  const { journalStream, leasesStream, blobsStream } = natsNames();
  await ask(
    servers,
    [journalStream, leasesStream, blobsStream].map((stream) => `STREAM.PURGE.${stream}`),
  );
}

/** Two connections, whose subscriptions are known everywhere after a flush. */
export async function busFixture(nats: TestNats): Promise<BusFixture> {
  const [first, second] = nats.servers.servers;
  const { bus, close } = await nats.open({ servers: [first?.url ?? ''] });
  const { bus: peer, close: closePeer } = await nats.open({ servers: [(second ?? first)?.url ?? ''] });
  const flush = async () => {
    await reaches(peer, bus);
    await reaches(bus, peer);
  };
  return {
    bus,
    peer,
    flush,
    close: async () => {
      await close();
      await closePeer();
    },
  };
}

let probes = 0;

/** A subscription that was made after all others of `to` is heard by `from`: so are they. */
async function reaches(to: NatsPorts['bus'], from: NatsPorts['bus']): Promise<void> {
  const subject = `probe.${probes++}`;
  const probe = to.subscribe(subject, (message) => message.reply?.(new Uint8Array(0)));
  await to.flush();
  while ((await from.request(subject, new Uint8Array(0), 1_000)).kind !== 'answered') {}
  probe.unsubscribe();
  await to.flush();
}
