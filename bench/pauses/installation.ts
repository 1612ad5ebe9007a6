import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '@overworld/cluster-runner';
import { type NatsPorts, openNatsPorts } from '@overworld/cluster/nats';
import { isRefusal, sessionCalls } from '@overworld/contracts';
import { BusClient, listZones, ServiceCaller } from '@overworld/platform';
import { writeCrowdGames } from '../scale/crowd-games.ts';

export const WORLD = 'crowd-1';
const NPCS = 200;
const TICK_HZ = 20;
const SIZE_M = 1000;
const SIGHT_M = 100;
/** Those of the measurement before keep their seats for a minute. */
const SPARE_PLAYERS = 250;
const LOOK_MS = 50;
const READY_TIMEOUT_MS = 30_000;

/** `npm run cluster` with a crowd as its one world, and what an operator can do to it. */
export class Installation {
  readonly #folder: string;
  readonly #cluster: Cluster;
  readonly #ports: NatsPorts;
  readonly #services: ServiceCaller;

  private constructor(folder: string, cluster: Cluster, ports: NatsPorts) {
    this.#folder = folder;
    this.#cluster = cluster;
    this.#ports = ports;
    this.#services = new ServiceCaller(new BusClient(ports.bus));
  }

  /** With `isSmall` as few processes as do. */
  static async start(players: number, isSmall: boolean, say: (line: string) => void): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'overworld-pauses-'));
    const crowd = {
      name: WORLD,
      npcs: NPCS,
      players: players + SPARE_PLAYERS,
      tickHz: TICK_HZ,
      sizeM: SIZE_M,
      sightM: SIGHT_M,
      motion: true,
    };
    const cluster = await startCluster({
      data: join(folder, 'cluster'),
      games: await writeCrowdGames(folder, [crowd]),
      ...(isSmall ? { replicas: { session: 1, ai: 0 } } : {}),
      settings: { gateway: { OVERWORLD_PROXIES: '1' }, session: { OVERWORLD_PROXIES: '1' } },
      onProgress: say,
    });
    const { servers, user, password, replicas } = cluster.operator;
    const inboxPrefix = `_INBOX_${user}`;
    const ports = await openNatsPorts({ servers, user, password, replicas, inboxPrefix, name: 'pauses' });
    return new Installation(folder, cluster, ports);
  }

  get port(): number {
    return Number(new URL(this.#cluster.url).port);
  }

  /** Where the players are. */
  async #zone(): Promise<{ readonly id: string; readonly shard: string }> {
    const answer = await listZones(this.#services);
    if (isRefusal(answer)) throw new Error(`${answer.refused}: ${answer.detail}`);
    const found = answer.zones.find(({ world }) => world === WORLD);
    if (found === undefined) throw new Error('the zone runs nowhere');
    return { id: found.zone, shard: found.shard };
  }

  /** To a shard that does not run it. */
  async moveZone(): Promise<void> {
    const { id, shard } = await this.#zone();
    const shards = this.#cluster.of('shard').map(({ name }) => name);
    const to = shards[(shards.indexOf(shard) + 1) % shards.length] as string;
    const answer = await this.#services.call(sessionCalls.moveZone, { zone: id, to });
    if (isRefusal(answer)) throw new Error(`${answer.refused}: ${answer.detail}`);
  }

  /** `kill -9` of the shard that runs it; the launcher starts it again. */
  async killShard(): Promise<void> {
    const { shard } = await this.#zone();
    this.#cluster.kill(shard);
  }

  /** One gateway after the other, each of which hands its players to the others before it ends. */
  async restartGateways(): Promise<void> {
    await this.#cluster.rollingRestart(['gateway']);
  }

  /** Until every process is ready. */
  async settled(): Promise<void> {
    const deadlineMs = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const ready = await Promise.all(this.#cluster.processes.map((service) => service.isReady()));
      if (ready.every(Boolean)) return;
      if (performance.now() > deadlineMs) throw new Error('a process did not come back');
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async stop(): Promise<void> {
    await this.#ports.close();
    await this.#cluster.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
