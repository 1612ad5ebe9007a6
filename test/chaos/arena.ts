import { type Cluster, type Dependency, type Replicas, startCluster } from '@overworld/cluster-runner';
import { type NatsPorts, openNatsPorts } from '@overworld/cluster/nats';
import { isRefusal, sessionCalls } from '@overworld/contracts';
import { RandomStream } from '@overworld/kernel';
import { BusClient, listZones, ServiceCaller } from '@overworld/platform';
import type { ZoneFaults } from '@overworld/zone';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TcpProxy } from './tcp-proxy.ts';

const WITNESS = fileURLToPath(new URL('./witness-shard.ts', import.meta.url));
const FORGETFUL = fileURLToPath(new URL('./forgetful-persistence.ts', import.meta.url));

export const ZONES = ['forest-1', 'forest-2'] as const;

export interface ArenaOptions {
  readonly folder: string;
  readonly seed: string;
  readonly nats: 1 | 3;
  readonly faults: ZoneFaults;
  readonly replicas?: Partial<Replicas> | undefined;
  /** Puts a proxy between every service and every server. */
  readonly hasProxies: boolean;
  readonly say: (line: string) => void;
}

/** A cluster to break, and the means to do so. */
export class Arena {
  readonly cluster: Cluster;
  readonly ports: NatsPorts;
  readonly random: RandomStream;
  readonly say: (line: string) => void;
  /** By `<service> <dependency>`. */
  readonly proxies: ReadonlyMap<string, readonly TcpProxy[]>;
  readonly #services: ServiceCaller;

  private constructor(cluster: Cluster, ports: NatsPorts, options: ArenaOptions, proxies: Arena['proxies']) {
    this.cluster = cluster;
    this.ports = ports;
    this.proxies = proxies;
    this.say = options.say;
    this.random = new RandomStream(new Uint32Array(4), 0);
    this.random.seed(`chaos/${options.seed}`);
    this.#services = new ServiceCaller(new BusClient(ports.bus));
  }

  static async open(options: ArenaOptions): Promise<Arena> {
    const { folder, nats, faults, hasProxies, say, seed } = options;
    const histories = join(folder, 'histories');
    mkdirSync(histories, { recursive: true });
    const proxies = new Map<string, TcpProxy[]>();
    const jitter = new RandomStream(new Uint32Array(4), 0);
    jitter.seed(`jitter/${seed}`);
    const route = async (service: string, dependency: Dependency, target: string): Promise<string> => {
      const proxy = await TcpProxy.start({ target, random: () => jitter.float() });
      const name = `${service} ${dependency}`;
      proxies.set(name, [...(proxies.get(name) ?? []), proxy]);
      return proxy.address;
    };
    const cluster = await startCluster({
      data: join(folder, 'data'),
      nats,
      replicas: options.replicas ?? {},
      // When a server comes back is part of a fault.
      restartsServers: false,
      ...(hasProxies ? { route } : {}),
      onProgress: say,
      observe: ({ name, kind, detail }) => {
        if (kind !== 'started') say(`  ${name} ${kind}: ${detail}`);
      },
      preloads: { shard: [WITNESS], ...(faults.noEntityEpoch ? { persistence: [FORGETFUL] } : {}) },
      settings: {
        shard: {
          CHAOS_FOLDER: histories,
          CHAOS_FAULTS: JSON.stringify(faults),
          OVERWORLD_SNAPSHOT_SECONDS: '5',
        },
      },
    });
    const { servers, user, password, replicas } = cluster.operator;
    const inboxPrefix = `_INBOX_${user}`;
    const ports = await openNatsPorts({ servers, user, password, replicas, inboxPrefix, name: 'chaos' });
    return new Arena(cluster, ports, options, proxies);
  }

  /** Which shard runs which of the zones. */
  async owners(): Promise<ReadonlyMap<string, string>> {
    const answer = await listZones(this.#services);
    if (isRefusal(answer)) return new Map();
    return new Map(answer.zones.map(({ zone, shard }) => [zone, shard]));
  }

  /** Moves a zone; says what came of it. */
  async move(zone: string, to: string): Promise<string> {
    const answer = await this.#services.call(sessionCalls.moveZone, { zone, to });
    return isRefusal(answer)
      ? `refused (${answer.refused}: ${answer.detail})`
      : `moved, epoch ${answer.epoch}`;
  }

  /** What a zone says of itself; undefined when nobody runs it. */
  async status(zone: string): Promise<ZoneFacts | undefined> {
    const request = new TextEncoder().encode(JSON.stringify({ command: 'status' }));
    const outcome = await this.ports.bus.request(`zone.${zone}.ctl`, request, 1_000);
    if (outcome.kind !== 'answered') return undefined;
    return JSON.parse(new TextDecoder().decode(outcome.payload)) as ZoneFacts;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.random.int(from.length)] as T;
  }

  between(low: number, high: number): number {
    return Math.round(this.random.range(low, high));
  }

  async close(): Promise<void> {
    await this.ports.close();
    await this.cluster.stop();
    for (const proxies of this.proxies.values()) for (const proxy of proxies) await proxy.close();
  }
}

export interface ZoneFacts {
  readonly state: string;
  readonly epoch: number;
  readonly tick: number;
  readonly players: number;
  readonly mailboxDepth: number;
  readonly pendingEffects: number;
  readonly pendingHandoffs: number;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
