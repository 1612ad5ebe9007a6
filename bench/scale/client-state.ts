import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@overworld/servers';
import type { CrowdOptions } from '../peers/crowd.ts';
import { Child } from './child.ts';
import type { ClientMemory, ClientStateSetting } from './client-state-worker.ts';
import type { ZoneServerSetting } from './zone-server.ts';

export interface ClientStateOptions {
  readonly crowd: CrowdOptions;
  /** Growing: the memory of the first is what a gateway takes for nobody in particular. */
  readonly clients: readonly number[];
  readonly settleSeconds: number;
}

export interface ClientStateRow {
  readonly clients: number;
  readonly entitiesInSight: number;
  /** Above the row before, for each client that came: connection, seat, view, its entity in the mirror; no socket, no compiled code. */
  readonly bytesPerClient: number;
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function settled(gateway: Child, clients: number, seconds: number): Promise<ClientMemory> {
  await gateway.ask('joinUntil', clients);
  await pause(seconds);
  const memory = await gateway.ask<ClientMemory>('memory');
  if (memory.clients !== clients || memory.frames === 0) throw new Error('the clients are shown nothing');
  return memory;
}

async function measureRows(gateway: Child, options: ClientStateOptions): Promise<ClientStateRow[]> {
  const rows: ClientStateRow[] = [];
  let before: ClientMemory | undefined;
  for (const clients of options.clients) {
    const memory = await settled(gateway, clients, options.settleSeconds);
    if (before !== undefined) {
      const bytesPerClient = (memory.bytes - before.bytes) / (clients - before.clients);
      rows.push({ clients, entitiesInSight: memory.entitiesInSight, bytesPerClient });
    }
    before = memory;
  }
  return rows;
}

/** What a gateway remembers of a client beyond the socket: a gateway and a zone in processes of their own, on NATS. */
export async function measureClientState(options: ClientStateOptions): Promise<ClientStateRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-'));
  const nats = await startNats({ folder, servers: 1 });
  const { crowd } = options;
  const zone = await Child.start('zone-server.ts', {
    servers: nats.urls,
    crowd,
  } satisfies ZoneServerSetting);
  const setting: ClientStateSetting = { servers: nats.urls, crowd };
  const gateway = await Child.start('client-state-worker.ts', setting);
  try {
    return await measureRows(gateway, options);
  } finally {
    await gateway.stop();
    await zone.stop();
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
