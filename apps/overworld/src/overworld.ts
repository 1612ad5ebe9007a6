import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DataFolderError, type LocalPorts, openLocalPorts } from '@overworld/cluster';
import { leaseKeys } from '@overworld/contracts';
import { type OverworldConfig, SecretError } from '@overworld/config';
import { GatewayIoAdapter, HUB, type Hub } from '@overworld/gateway';
import { BusServer, NestLogger } from '@overworld/platform';
import { SessionModule } from '@overworld/session';
import { ZONE_HOST, type ZoneHost } from '@overworld/shard';
import { createLogger, createMetrics, HealthRegistry, type Logger, subjectKind } from '@overworld/telemetry';
import { buildWebIfStale } from '../../web/build.ts';
import {
  configureHttp,
  listen,
  loadWorlds,
  probePort,
  StartupError,
  type WorldSet,
} from '@overworld/service';
import { serviceOptions } from './options.ts';
import { type Postgres, PostgresError, startPostgres } from './postgres/index.ts';
import { RootModule, type RootOptions } from './root.module.ts';

/** Time for the messages that gateways sent at last to reach the zones. */
const LAST_WORDS_MS = 30;

/** A running server. */
export interface Overworld {
  /** `http://host:port` */
  readonly url: string;
  /** One line per service: what it is and where. */
  readonly services: readonly string[];
  /**
   * Tells the players, writes the zones' last records and snapshots, stops the database. Resolves within two seconds when
   * the disk answers; again does nothing.
   */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Told what takes long, in a few words. */
  readonly onProgress?: (line: string) => void;
  /** In place of the worlds in the box and in the games folder. */
  readonly worlds?: WorldSet;
}

interface Foundation {
  readonly ports: LocalPorts;
  readonly postgres: Postgres | undefined;
  readonly worlds: WorldSet;
}

/**
 * Starts all services in this process on its data folder.
 *
 * @throws StartupError with one clear line when port, folder, database or a game keep it from starting. Everything that
 * was started until then is stopped.
 */
export async function startOverworld(
  config: OverworldConfig,
  options: StartOptions = {},
): Promise<Overworld> {
  await probePort(config.server.host, config.server.port);
  const foundation = await layFoundation(config, options);
  try {
    return await build(config, foundation);
  } catch (error) {
    await foundation.ports.close();
    await foundation.postgres?.stop();
    return asStartupError(error);
  }
}

async function layFoundation(config: OverworldConfig, options: StartOptions): Promise<Foundation> {
  const worlds = options.worlds ?? (await loadWorlds(config.data.games, config.data.worlds));
  const opened = openLocalPorts({ folder: config.data.folder, keptLeases: leaseKeys.seats });
  const ports = await opened.catch(asStartupError);
  try {
    const isExternal = config.persistence.databaseUrl !== '';
    const postgres = isExternal ? undefined : await startPostgres({ folder: ports.folder, ...options });
    return { ports, postgres, worlds };
  } catch (error) {
    await ports.close();
    return asStartupError(error);
  }
}

function asStartupError(error: unknown): never {
  const expected = [DataFolderError, PostgresError, SecretError];
  const isOurs = error instanceof Error && expected.some((kind) => error instanceof kind);
  throw isOurs ? new StartupError(error.message) : error;
}

async function build(config: OverworldConfig, foundation: Foundation): Promise<Overworld> {
  const { ports, postgres, worlds } = foundation;
  const { logLevel: level, logFormat: format } = config.server;
  const logger = createLogger({ service: 'overworld', level, format });
  const health = new HealthRegistry(ports.clock);
  const metrics = createMetrics({ health });
  ports.onBusDrop((subject) => metrics.busDrops.inc({ subject: subjectKind(subject) }));
  const platform = { ...ports, metrics, health, logger, ...worlds };
  const databaseUrl = postgres?.url ?? config.persistence.databaseUrl;
  const options = serviceOptions(config, platform, databaseUrl, ports.folder);
  const app = await createApp(options, logger);
  try {
    app.useWebSocketAdapter(new GatewayIoAdapter(app, config.gateway.origins));
    const { origins } = config.gateway;
    const { proxies } = config.server;
    configureHttp(app, { origins, proxies, metrics, logger, page: buildWebIfStale() });
    app.connectMicroservice({ strategy: new BusServer({ bus: ports.bus, instance: options.shard.id }) });
    await app.init();
    await app.startAllMicroservices();
    await app.get(SessionModule).open();
    await listen(app, config.server);
    app
      .get(SessionModule)
      .wake()
      .catch((error: unknown) => logger.warn({ err: error }, 'the zones of the worlds could not be started'));
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = await app.getUrl();
  return {
    url: url.replace('[::1]', 'localhost'),
    services: describe(options, foundation, config),
    stop: once(() => stop(app, foundation, health)),
  };
}

async function createApp(options: RootOptions, logger: Logger): Promise<NestExpressApplication> {
  const settings = {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  };
  try {
    return await NestFactory.create<NestExpressApplication>(RootModule.forRoot(options), settings);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new StartupError(`the services could not be put together: ${detail.split('\n')[0]}`, {
      cause: error,
    });
  }
}

async function stop(
  app: NestExpressApplication,
  foundation: Foundation,
  health: HealthRegistry,
): Promise<void> {
  health.drain();
  app.get<Hub>(HUB).drain();
  await pause(LAST_WORDS_MS);
  await app.get<ZoneHost>(ZONE_HOST).drain();
  await app.close();
  await Promise.all([foundation.ports.close(), foundation.postgres?.stop()]);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

function describe(options: RootOptions, { postgres, worlds }: Foundation, config: OverworldConfig): string[] {
  const database = new URL(options.database.databaseUrl);
  const where = `${database.hostname}:${database.port || 5432}`;
  const names = worlds.worlds.map((world) => world.name).join(', ');
  const origins = config.gateway.origins.length === 0 ? 'own pages only' : config.gateway.origins.join(', ');
  return [
    `persistence  PostgreSQL on ${where}${postgres === undefined ? '' : ' (in the data folder)'}`,
    `session      worlds ${names}; API documentation at /api`,
    `shard        ${options.shard.id}, up to ${Math.max(...[...worlds.rulesets.values()].map((r) => r.tickHz))} ticks a second`,
    `gateway      ${options.gateway.id}, socket.io; origins: ${origins}`,
    'ai           the interpreter in the box',
  ];
}
