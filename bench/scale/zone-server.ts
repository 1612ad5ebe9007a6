import { openNatsPorts } from '@overworld/cluster/nats';
import { isRefusal } from '@overworld/contracts';
import { BusClient, ServiceCaller } from '@overworld/platform';
import { ZoneHost, type ZoneHostPorts } from '@overworld/shard/core';
import type { ZoneObservation } from '@overworld/zone';
import { type CrowdOptions, defineCrowd } from '../peers/crowd.ts';
import { answerWith, settingsOf } from './child.ts';
import { ZONE_ID } from './zone-id.ts';

export interface ZoneServerSetting {
  readonly servers: readonly string[];
  readonly crowd: CrowdOptions;
}

/** What this process took since it was asked last. */
export interface ZoneUse {
  readonly ticks: number;
  /** Of the whole process: the ticks, what comes in and goes out, the journal. */
  readonly cpuUs: number;
  /** Of the ticks alone. */
  readonly tickUs: number;
  readonly messageBytes: number;
}

/**
 * Zones without anybody. A shard of a few zones waits for the moment of a tick in turns of the event loop, which would hide
 * what the zone itself takes; one of more zones does not.
 */
const COMPANIONS = 8;

const { servers, crowd } = settingsOf<ZoneServerSetting>();
const ports = await openNatsPorts({ servers, replicas: 1 });
const ruleset = defineCrowd(crowd);
const empty = defineCrowd({ ...crowd, name: 'empty', players: 1, npcs: 0 });
let [ticks, tickMs, messageBytes] = [0, 0, 0];
let before = process.cpuUsage();

function observe(seen: ZoneObservation): void {
  if (seen.zone !== ZONE_ID) return;
  if (seen.kind === 'released') messageBytes += seen.sizeBytes;
  if (seen.kind !== 'tick') return;
  ticks += 1;
  tickMs += seen.durationMs;
}

const ignore = (): void => undefined;
const metrics = { opened: ignore, notOpened: ignore, observe, late: ignore, loaded: ignore };
const host = new ZoneHost(
  { id: 'shard-1', zoneIdleSeconds: 86_400, snapshotSeconds: 10 },
  {
    ...ports,
    rulesets: new Map([
      [ruleset.name, ruleset],
      [empty.name, empty],
    ]),
    services: new ServiceCaller(new BusClient(ports.bus)),
    metrics: metrics as unknown as ZoneHostPorts['metrics'],
    // Snapshots of sleeping zones are kept by persistence, which is not part of this.
    archive: { restore: async () => undefined, store: ignore, settle: async () => undefined, hasRoom: true },
  },
);

async function run(id: string, name: string, zoneNumber: number): Promise<void> {
  const opened = await host.activate({ id, world: name, ruleset: name, zoneNumber, seed: id, params: {} });
  if (isRefusal(opened)) throw new Error(`${opened.refused}: ${opened.detail}`);
}

await run(ZONE_ID, ruleset.name, 1);
for (let index = 0; index < COMPANIONS; index++) await run(`empty-${index}`, empty.name, index + 2);

function use(): ZoneUse {
  const { user, system } = process.cpuUsage(before);
  const used = { ticks, cpuUs: user + system, tickUs: tickMs * 1000, messageBytes };
  [ticks, tickMs, messageBytes] = [0, 0, 0];
  before = process.cpuUsage();
  return used;
}

answerWith({ use }, async () => {
  await host.drain();
  await ports.close();
});
