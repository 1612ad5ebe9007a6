import { join } from 'node:path';
import type { CompiledServices } from './compiled-services.ts';
import { freePort } from './free-port.ts';
import { SERVICE_KINDS, type ServiceKind, type ServiceSpec } from './service-process.ts';

export type Replicas = Readonly<Record<ServiceKind, number>>;

export const DEFAULT_REPLICAS: Replicas = { persistence: 1, ai: 1, session: 2, shard: 3, gateway: 2 };

/** A server that services connect to. */
export type Dependency = 'nats' | 'redis' | 'postgres';

/**
 * Where a service reaches a server: given `host:port`, answers `host:port`. Tests put a proxy between the two.
 */
export type Route = (service: string, dependency: Dependency, address: string) => string | Promise<string>;

/** What all services of a cluster are told. */
export interface ServiceSurroundings {
  readonly natsAddresses: readonly string[];
  readonly natsReplicas: number;
  readonly redisAddress: string;
  readonly databaseUrl: string;
  /** Of the NATS users, by service kind. */
  readonly passwords: Readonly<Record<ServiceKind, string>>;
  readonly secret: string;
  /** The one page address; empty when it has many. */
  readonly url: string;
  /** Of the balancer in front of the session services. */
  readonly sessionUrl: string;
  /** Folder of the built page. */
  readonly page: string;
  readonly compiled: CompiledServices;
  /** None: all that there are. */
  readonly worlds: readonly string[];
  readonly logFolder: string;
  readonly route: Route;
  /** Sources. */
  readonly preloads: Readonly<Partial<Record<ServiceKind, readonly string[]>>>;
  /** More settings, by service kind. */
  readonly settings: Readonly<Partial<Record<ServiceKind, Readonly<Record<string, string>>>>>;
}

export interface PlannedService extends ServiceSpec {
  /** Of gateways and sessions: what players or gateways connect to. */
  readonly port: number | undefined;
}

const HOST = '127.0.0.1';

/** The services in the order in which they are started. */
export async function planServices(
  replicas: Replicas,
  around: ServiceSurroundings,
): Promise<PlannedService[]> {
  const planned: PlannedService[] = [];
  for (const kind of SERVICE_KINDS) {
    for (let number = 1; number <= replicas[kind]; number++) {
      planned.push(await planService(kind, `${kind}-${number}`, around));
    }
  }
  return planned;
}

async function planService(
  kind: ServiceKind,
  name: string,
  around: ServiceSurroundings,
): Promise<PlannedService> {
  const opsPort = await freePort(HOST);
  const port = kind === 'gateway' || kind === 'session' ? await freePort(HOST) : undefined;
  const environment = {
    ...(await sharedSettings(kind, name, around)),
    OVERWORLD_OPS_HOST: HOST,
    OVERWORLD_OPS_PORT: String(opsPort),
    ...(port === undefined
      ? {}
      : { OVERWORLD_HOST: HOST, OVERWORLD_PORT: String(port), OVERWORLD_SECRET: around.secret }),
    ...(await ownSettings(kind, name, around)),
    ...around.settings[kind],
  };
  const logFile = join(around.logFolder, `${name}.log`);
  const { compiled } = around;
  const preloads = around.preloads[kind]?.map((source) => compiled.preload(source));
  return { kind, name, environment, opsPort, port, logFile, entry: compiled.entry(kind), preloads };
}

async function sharedSettings(
  kind: ServiceKind,
  name: string,
  around: ServiceSurroundings,
): Promise<Record<string, string>> {
  const addresses: string[] = [];
  for (const address of around.natsAddresses)
    addresses.push(`nats://${await around.route(name, 'nats', address)}`);
  return {
    OVERWORLD_NATS_URL: addresses.join(','),
    OVERWORLD_NATS_USER: kind,
    OVERWORLD_NATS_PASSWORD: around.passwords[kind],
    OVERWORLD_NATS_REPLICAS: String(around.natsReplicas),
    OVERWORLD_GAMES: around.compiled.games,
    OVERWORLD_WORLDS: around.worlds.join(','),
    OVERWORLD_LOG_LEVEL: 'info',
    OVERWORLD_LOG_FORMAT: 'json',
  };
}

async function ownSettings(
  kind: ServiceKind,
  name: string,
  around: ServiceSurroundings,
): Promise<Record<string, string>> {
  switch (kind) {
    case 'gateway':
      return {
        OVERWORLD_GATEWAY_ID: name,
        OVERWORLD_REDIS_URL: `redis://${await around.route(name, 'redis', around.redisAddress)}`,
        OVERWORLD_SESSION_URL: around.sessionUrl,
        OVERWORLD_PAGE: around.page,
      };
    case 'session':
      // Behind a gateway, whose word about the address of a client counts.
      return { OVERWORLD_GATEWAY_URL: around.url, OVERWORLD_PROXIES: '1' };
    case 'shard':
      return { OVERWORLD_SHARD_ID: name };
    case 'persistence': {
      const url = new URL(around.databaseUrl);
      url.host = await around.route(name, 'postgres', url.host);
      return { OVERWORLD_DATABASE_URL: url.href };
    }
    case 'ai':
      return {};
  }
}
