import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storedSecret } from '@overworld/config';
import { ChildGuard } from './child-guard.ts';
import { buildWebIfStale } from '../../web/build.ts';
import { type CompiledServices, compileServices } from './compiled-services.ts';
import { freePort } from './free-port.ts';
import { NATS_USERS, type NatsUser } from './nats/permissions.ts';
import { type Infrastructure, keepRunning, startInfrastructure } from './infrastructure.ts';
import { type OperatorAccess, writeOperatorAccess } from './operator-access.ts';
import { type ServiceEvent, type ServiceKind, ServiceProcess, SERVICE_KINDS } from './service-process.ts';
import {
  DEFAULT_REPLICAS,
  type PlannedService,
  planServices,
  type Replicas,
  type Route,
  type ServiceSurroundings,
} from './services.ts';
import { TcpBalancer } from './tcp-balancer.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const HOST = '127.0.0.1';

export interface ClusterOptions {
  /** Where journals, snapshots, the database and the logs go. Default: a temporary folder that goes with the cluster. */
  readonly data?: string | undefined;
  /** Of the one page address. Default 0: any free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly replicas?: Partial<Replicas>;
  /** NATS servers. Default 1. */
  readonly nats?: 1 | 3;
  /** Whether services that die by themselves are started again. Default true. */
  readonly restarts?: boolean;
  /** Whether NATS and Redis are, too. Default: as `restarts`. */
  readonly restartsServers?: boolean;
  readonly games?: string | undefined;
  /** Default: those in the box and all in the folder of games. */
  readonly worlds?: readonly string[];
  readonly observe?: (event: ServiceEvent) => void;
  readonly onProgress?: (line: string) => void;
  /** For tests: proxies between services and servers. Default: no proxies. */
  readonly route?: Route;
  /** For tests: modules that are loaded before a service. */
  readonly preloads?: Readonly<Partial<Record<ServiceKind, readonly string[]>>>;
  /** More settings of the services, by kind. */
  readonly settings?: Readonly<Partial<Record<ServiceKind, Readonly<Record<string, string>>>>>;
}

/** How a service stopped and came back in a rolling restart. */
export interface Restarted {
  readonly name: string;
  /** Exit code of the old process; 0 when it handed over everything. */
  readonly code: number | null;
  readonly stoppedMs: number;
  readonly startedMs: number;
}

interface Parts {
  readonly url: string;
  readonly data: string;
  readonly isTemporary: boolean;
  readonly infrastructure: Infrastructure;
  readonly operator: OperatorAccess;
  readonly guard: ChildGuard;
  readonly stopWatching: () => void;
  readonly compiled: CompiledServices;
  readonly processes: readonly ServiceProcess[];
  readonly balancers: { readonly gateways: TcpBalancer; readonly sessions: TcpBalancer };
}

/** All services of Overworld as processes of this machine, with the servers that they rely on. */
export class Cluster {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The page, and what clients connect to. */
  get url(): string {
    return this.#parts.url;
  }

  get data(): string {
    return this.#parts.data;
  }

  get infrastructure(): Infrastructure {
    return this.#parts.infrastructure;
  }

  get operator(): OperatorAccess {
    return this.#parts.operator;
  }

  get processes(): readonly ServiceProcess[] {
    return this.#parts.processes;
  }

  get balancers(): Parts['balancers'] {
    return this.#parts.balancers;
  }

  of(kind: ServiceKind): readonly ServiceProcess[] {
    return this.#parts.processes.filter(({ spec }) => spec.kind === kind);
  }

  /** @throws Error when there is no process of that name. */
  process(name: string): ServiceProcess {
    const found = this.#parts.processes.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`there is no process ${name}`);
    return found;
  }

  /** Sends a signal to a service, as somebody from outside would. */
  kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.process(name).kill(signal);
  }

  /** Stops a service in an orderly way and starts it again. Resolves when it is ready. */
  async restart(name: string): Promise<Restarted> {
    const service = this.process(name);
    const { code, tookMs } = await service.stop();
    const startedMs = performance.now();
    await service.start();
    return { name, code, stoppedMs: tookMs, startedMs: performance.now() - startedMs };
  }

  /** Restarts every service of these kinds, one after the other: each is ready before the next one stops. */
  async rollingRestart(kinds: readonly ServiceKind[] = SERVICE_KINDS): Promise<Restarted[]> {
    const restarted: Restarted[] = [];
    for (const kind of kinds) {
      for (const { name } of this.of(kind)) restarted.push(await this.restart(name));
    }
    return restarted;
  }

  /** Stops services of these kinds in an orderly way, all at once. */
  async stopServices(kinds: readonly ServiceKind[] = SERVICE_KINDS): Promise<void> {
    await Promise.all(kinds.flatMap((kind) => this.of(kind).map((service) => service.stop())));
  }

  /** Gateways first, then shards, then what they rely on. Nothing is left behind. */
  async stop(): Promise<void> {
    const { balancers, infrastructure, guard, stopWatching, isTemporary, data, compiled } = this.#parts;
    stopWatching();
    await this.stopServices(['gateway']);
    await this.stopServices(['shard', 'ai']);
    await this.stopServices(['session', 'persistence']);
    await Promise.all([balancers.gateways.close(), balancers.sessions.close()]);
    await infrastructure.stop();
    guard.close();
    await compiled.remove();
    if (isTemporary) await rm(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Starts a cluster on this machine and resolves when every service is ready. When a part cannot be started, what was
 * started is stopped again and the promise rejects with the reason.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const isTemporary = options.data === undefined;
  const data =
    options.data === undefined ? await mkdtemp(join(tmpdir(), 'overworld-cluster-')) : resolve(options.data);
  const logFolder = join(data, 'logs');
  mkdirSync(logFolder, { recursive: true });
  const guard = new ChildGuard();
  const undo: (() => Promise<unknown>)[] = [];
  try {
    return await build(options, { data, isTemporary, logFolder, guard }, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    guard.close();
    if (isTemporary) await rm(data, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

interface Place {
  readonly data: string;
  readonly isTemporary: boolean;
  readonly logFolder: string;
  readonly guard: ChildGuard;
}

async function build(
  options: ClusterOptions,
  place: Place,
  undo: (() => Promise<unknown>)[],
): Promise<Cluster> {
  const { data, isTemporary, guard } = place;
  const { onProgress, nats = 1 } = options;
  const passwords = Object.fromEntries(
    NATS_USERS.map((user) => [user, randomBytes(24).toString('base64url')]),
  ) as Record<NatsUser, string>;
  const page = await buildWebIfStale();
  onProgress?.('compiling the services');
  const compiled = await compileServices({
    root: ROOT,
    games: resolve(options.games ?? join(ROOT, 'games')),
    worlds: options.worlds ?? [],
    preloads: Object.values(options.preloads ?? {}).flat(),
  });
  undo.push(() => compiled.remove());
  const infrastructure = await startInfrastructure({
    folder: data,
    natsServers: nats,
    passwords,
    onProgress,
  });
  undo.push(() => infrastructure.stop());
  const doors = await chooseDoors(options);
  const operator = operatorAccess(infrastructure, nats, passwords.operator, data);
  const around = surroundings(options, place, { infrastructure, passwords, operator, doors, compiled, page });
  const planned = await planServices({ ...DEFAULT_REPLICAS, ...options.replicas }, around);
  const { restarts = true, observe = () => undefined } = options;
  const processes = planned.map(
    (spec) => new ServiceProcess(spec, { guard, restarts, observe, folder: ROOT }),
  );
  undo.push(() => Promise.all(processes.map((service) => service.stop('SIGKILL'))));
  const balancers = {
    gateways: await balance(doors.host, doors.pagePort, 'gateway', planned, processes),
    sessions: await balance(HOST, doors.sessionPort, 'session', planned, processes),
  };
  undo.push(() => Promise.all([balancers.gateways.close(), balancers.sessions.close()]));
  onProgress?.('starting the services');
  await Promise.all(processes.map((service) => service.start()));
  writeOperatorAccess(data, operator);
  const servers = (options.restartsServers ?? restarts) ? [...infrastructure.nats, infrastructure.redis] : [];
  const stopWatching = keepRunning(servers, (name, kind, detail) => observe({ name, kind, detail }));
  const parts = { infrastructure, operator, guard, stopWatching, processes, balancers, compiled };
  return new Cluster({ url: doors.url, data, isTemporary, ...parts });
}

/** Where players, and the gateways on behalf of players, come in. */
interface Doors {
  readonly host: string;
  readonly pagePort: number;
  readonly sessionPort: number;
  readonly url: string;
}

async function chooseDoors(options: ClusterOptions): Promise<Doors> {
  const { host = HOST, port = 0 } = options;
  const pagePort = port === 0 ? await freePort(host) : port;
  const sessionPort = await freePort(HOST);
  const name = isEverywhere(host) ? HOST : host;
  return {
    host,
    pagePort,
    sessionPort,
    url: `http://${name.includes(':') ? `[${name}]` : name}:${pagePort}`,
  };
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function operatorAccess(
  infrastructure: Infrastructure,
  replicas: number,
  password: string,
  data: string,
): OperatorAccess {
  return {
    servers: infrastructure.nats.map(({ address }) => `nats://${address}`),
    user: 'operator',
    password,
    replicas,
    operatorKey: storedSecret(data, 'operator-key'),
    moderatorKey: storedSecret(data, 'moderator-key'),
  };
}

interface Made {
  readonly infrastructure: Infrastructure;
  readonly passwords: Readonly<Record<NatsUser, string>>;
  readonly operator: OperatorAccess;
  readonly doors: Doors;
  readonly compiled: CompiledServices;
  readonly page: string;
}

function surroundings(options: ClusterOptions, place: Place, made: Made): ServiceSurroundings {
  const { infrastructure, passwords, operator, doors } = made;
  return {
    natsAddresses: infrastructure.nats.map(({ address }) => address),
    natsReplicas: operator.replicas,
    redisAddress: infrastructure.redis.address,
    databaseUrl: infrastructure.databaseUrl,
    passwords,
    secret: storedSecret(place.data, 'token-secret'),
    // Reached under many names: clients then stay with the one that they know.
    url: isEverywhere(doors.host) ? '' : doors.url,
    sessionUrl: `http://${HOST}:${doors.sessionPort}`,
    compiled: made.compiled,
    worlds: options.worlds ?? [],
    page: made.page,
    logFolder: place.logFolder,
    route: options.route ?? ((_service, _dependency, address) => address),
    preloads: options.preloads ?? {},
    settings: {
      ...options.settings,
      session: {
        OVERWORLD_OPERATOR_KEY: operator.operatorKey,
        OVERWORLD_MODERATOR_KEY: operator.moderatorKey,
        ...options.settings?.session,
      },
    },
  };
}

function balance(
  host: string,
  port: number,
  kind: ServiceKind,
  planned: readonly PlannedService[],
  processes: readonly ServiceProcess[],
): Promise<TcpBalancer> {
  const backends = planned.flatMap((service, index) =>
    service.kind === kind && service.port !== undefined
      ? [
          {
            name: service.name,
            host: HOST,
            port: service.port,
            isReady: () => (processes[index] as ServiceProcess).isReady(),
          },
        ]
      : [],
  );
  return TcpBalancer.start({ host, port, backends });
}
