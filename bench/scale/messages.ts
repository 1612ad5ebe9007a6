import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsPorts, openNatsPorts } from '@overworld/cluster/nats';
import { subjects } from '@overworld/contracts';
import { type NatsServers, startNats } from '@overworld/servers';
import { pause } from './crowd.ts';
import { useOf } from './process-use.ts';

/** So many messages a second, each to so many processes. */
interface Flow {
  readonly perSecond: number;
  readonly receivers: number;
}

export interface MessagesOptions {
  readonly flows: readonly Flow[];
  /** Of a message: about what a zone of a hundred says in a tick. */
  readonly sizeBytes: number;
  readonly repetitions: number;
  readonly warmupSeconds: number;
  readonly measureSeconds: number;
}

/** What the NATS server took for a flow. */
export interface MessagesRow {
  readonly repetition: number;
  readonly receivers: number;
  readonly publishedPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly natsUsPerSecond: number;
}

const ZONES = 100;
/** Processes that speak, as shards do, one after the other: messages of one come in small bursts at most. */
const SPEAKERS = 8;
const TURNS_PER_SECOND = 1000;

/** Publishes at a pace, for the zones in turn and over the connections in turn; what a late turn has missed it makes up for. */
class Speakers {
  readonly #timer: NodeJS.Timeout;
  published = 0;

  constructor(connections: readonly NatsPorts[], perSecond: number, sizeBytes: number) {
    const beganMs = performance.now();
    let turn = 0;
    this.#timer = setInterval(() => {
      const { bus } = connections[turn++ % connections.length] as NatsPorts;
      const due = ((performance.now() - beganMs) / 1000) * perSecond;
      for (; this.published < due; this.published++)
        bus.publish(subjects.zoneOut(`zone-${this.published % ZONES}`), new Uint8Array(sizeBytes));
    }, 1000 / TURNS_PER_SECOND);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function openAll(nats: NatsServers, count: number): Promise<NatsPorts[]> {
  return Promise.all(Array.from({ length: count }, () => openNatsPorts({ servers: nats.urls, replicas: 1 })));
}

async function measureFlow(
  nats: NatsServers,
  { perSecond, receivers }: Flow,
  repetition: number,
  { sizeBytes, warmupSeconds, measureSeconds }: MessagesOptions,
): Promise<MessagesRow> {
  const hearing = await openAll(nats, receivers);
  const speaking = await openAll(nats, SPEAKERS);
  let delivered = 0;
  for (const { bus } of hearing) {
    for (let zone = 0; zone < ZONES; zone++)
      bus.subscribe(subjects.zoneOut(`zone-${zone}`), () => {
        delivered += 1;
      });
  }
  const speakers = new Speakers(speaking, perSecond, sizeBytes);
  const pids = nats.servers.map(({ pid }) => pid ?? 0);
  const read = () => ({ atMs: performance.now(), ...useOf(pids), published: speakers.published, delivered });
  try {
    await pause(warmupSeconds);
    const before = read();
    await pause(measureSeconds);
    const after = read();
    const seconds = (after.atMs - before.atMs) / 1000;
    return {
      repetition,
      receivers,
      publishedPerSecond: (after.published - before.published) / seconds,
      deliveredPerSecond: (after.delivered - before.delivered) / seconds,
      natsUsPerSecond: ((after.cpuMs - before.cpuMs) * 1000) / seconds,
    };
  } finally {
    speakers.stop();
    await Promise.all([...hearing, ...speaking].map((ports) => ports.close()));
  }
}

/**
 * What a NATS server takes for messages when thousands go through it a second. In a crowd of some zones each one wakes it, which
 * costs many times what it does with the message.
 */
export async function measureMessages(options: MessagesOptions): Promise<MessagesRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-'));
  const nats = await startNats({ folder, servers: 1 });
  const rows: MessagesRow[] = [];
  try {
    for (let repetition = 0; repetition < options.repetitions; repetition++) {
      for (const flow of options.flows) rows.push(await measureFlow(nats, flow, repetition, options));
    }
  } finally {
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}
