import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NatsPorts, openNatsPorts } from '@overworld/cluster/nats';
import { encodeBatch, subjects } from '@overworld/contracts';
import { Mirror, View } from '@overworld/replication/gateway';
import { type NatsServers, startNats } from '@overworld/servers';
import { type CrowdOptions, defineCrowd } from '../peers/crowd.ts';
import { Child } from './child.ts';
import { CrowdGateway } from './crowd-gateway.ts';
import { ZONE_ID } from './zone-id.ts';
import type { ZoneServerSetting, ZoneUse } from './zone-server.ts';

export interface SpectatorOptions {
  readonly crowd: CrowdOptions;
  readonly players: number;
  readonly gateways: readonly number[];
  readonly spectatorsPerGateway: number;
  readonly repetitions: number;
  readonly warmupSeconds: number;
  readonly measureSeconds: number;
}

/** What one zone took while so many gateways showed it to so many spectators. */
export interface SpectatorRow {
  readonly gateways: number;
  readonly spectators: number;
  /** In the zone. */
  readonly entities: number;
  readonly repetition: number;
  readonly cpuUsPerTick: number;
  readonly tickUs: number;
  readonly messageBytesPerTick: number;
  /** Views that were built for the spectators meanwhile: somebody did look. */
  readonly viewsBuilt: number;
}

const BEAT_MS = 1000;
const SYNC_MS = 2000;
/**
 * The gateways share a core with the zone that is measured. Each of a spectator's views is built at every so many ticks, in
 * turn: what the zone does is the same, and all of them fit beside it.
 */
const VIEW_EVERY = 10;

/** A gateway as the zone knows it: a connection of its own, a mirror, and a view for each spectator. */
class WatchingGateway {
  readonly #ports: NatsPorts;
  readonly #mirror: Mirror;
  readonly #views: readonly View[];
  readonly #timer: NodeJS.Timeout;
  #turn = 0;
  built = 0;

  constructor(ports: NatsPorts, name: string, { crowd, spectatorsPerGateway }: SpectatorOptions) {
    const ruleset = defineCrowd(crowd);
    this.#ports = ports;
    this.#mirror = new Mirror(ruleset.wire, ruleset.definition.interest ?? { everything: true });
    const budget = { budgetBytesPerSecond: 64_000, maxMessageBytes: 65_535 };
    this.#views = Array.from({ length: spectatorsPerGateway }, (_, index) => {
      const view = new View(this.#mirror, {
        player: (0xffff + index).toString(16).padStart(16, '0'),
        ...budget,
      });
      view.lookAt((index * 7919) % crowd.sizeM, (index * 104_729) % crowd.sizeM);
      return view;
    });
    ports.bus.subscribe(subjects.zoneOut(ZONE_ID), ({ payload }) => this.#heard(payload));
    const beat = (): void =>
      ports.bus.publish(subjects.zoneIn(ZONE_ID), encodeBatch(name, [{ kind: 'presence' }]));
    beat();
    this.#timer = setInterval(beat, BEAT_MS);
    void this.#sync();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ports.close();
  }

  async #sync(): Promise<void> {
    const answer = await this.#ports.bus.request(subjects.zoneSync(ZONE_ID), new Uint8Array(0), SYNC_MS);
    if (answer.kind === 'answered') this.#mirror.apply(answer.payload);
  }

  #heard(payload: Uint8Array): void {
    const result = this.#mirror.apply(payload);
    if (this.#mirror.needsSync) void this.#sync();
    if (result !== 'applied') return;
    this.#mirror.takeEvents();
    this.#mirror.takePlayerChanges();
    this.#turn = (this.#turn + 1) % VIEW_EVERY;
    for (let index = this.#turn; index < this.#views.length; index += VIEW_EVERY) {
      const view = this.#views[index] as View;
      const taken = view.take(this.#mirror.tick);
      if (taken !== undefined) view.delivered(taken.receipt);
      this.built += 1;
    }
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function measureRow(
  zone: Child,
  nats: NatsServers,
  options: SpectatorOptions,
  [gateways, repetition]: readonly [number, number],
): Promise<SpectatorRow> {
  const watching: WatchingGateway[] = [];
  for (let index = 0; index < gateways; index++) {
    const ports = await openNatsPorts({ servers: nats.urls, replicas: 1 });
    watching.push(new WatchingGateway(ports, `watching-${index}`, options));
  }
  await pause(options.warmupSeconds);
  await zone.ask<ZoneUse>('use');
  const builtBefore = watching.reduce((sum, { built }) => sum + built, 0);
  await pause(options.measureSeconds);
  const { ticks, cpuUs, tickUs, messageBytes } = await zone.ask<ZoneUse>('use');
  const viewsBuilt = watching.reduce((sum, { built }) => sum + built, 0) - builtBefore;
  await Promise.all(watching.map((gateway) => gateway.close()));
  return {
    gateways,
    spectators: gateways * options.spectatorsPerGateway,
    entities: options.crowd.npcs + options.players,
    repetition,
    cpuUsPerTick: cpuUs / ticks,
    tickUs: tickUs / ticks,
    messageBytesPerTick: messageBytes / ticks,
    viewsBuilt,
  };
}

/** Repetitions outermost, every second one backwards, so that what the machine does meanwhile falls on all alike. */
async function measureAll(
  zone: Child,
  nats: NatsServers,
  options: SpectatorOptions,
): Promise<SpectatorRow[]> {
  const rows: SpectatorRow[] = [];
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    const order = repetition % 2 === 0 ? options.gateways : options.gateways.toReversed();
    for (const gateways of order) rows.push(await measureRow(zone, nats, options, [gateways, repetition]));
  }
  return rows;
}

/** What a zone takes, in a process of its own on NATS, while more and more gateways show it. */
export async function measureSpectators(options: SpectatorOptions): Promise<SpectatorRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-'));
  const nats = await startNats({ folder, servers: 1 });
  const setting: ZoneServerSetting = { servers: nats.urls, crowd: options.crowd };
  const zone = await Child.start('zone-server.ts', setting);
  const ports = await openNatsPorts({ servers: nats.urls, replicas: 1 });
  const players = new CrowdGateway(
    ports.bus,
    ZONE_ID,
    'players',
    defineCrowd(options.crowd),
    options.players,
  );
  try {
    players.start();
    // Until the zone's code is compiled, which would be taken for what the first watchers cost.
    await pause(options.warmupSeconds * 4);
    return await measureAll(zone, nats, options);
  } finally {
    players.stop();
    await ports.close();
    await zone.stop();
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
