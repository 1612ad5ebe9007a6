import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NatsPorts } from '@overworld/cluster/nats';
import { type ClusterConfig, type ConfigOf, type ConfigSections, loadConfig, usage } from '@overworld/config';
import { BusServer, NestLogger, type PlatformBindings, PlatformModule } from '@overworld/platform';
import { createLogger, createMetrics, HealthRegistry, subjectKind } from '@overworld/telemetry';
import { openClusterPorts } from './cluster-ports.ts';
import { yieldToTicks } from './engine-threads.ts';
import { startOpsServer } from './ops-server.ts';
import { endWith, stopOnSignals } from './process-end.ts';
import { loadWorlds } from './worlds.ts';

/** What one kind of service adds to a process. */
export interface ServiceKind<Config> {
  readonly name: 'gateway' | 'session' | 'shard' | 'ai' | 'persistence';
  /** The name of this process on the bus, where calls are addressed to it. */
  instance(config: Config): string;
  module(config: Config, instance: string, platform: PlatformBindings): DynamicModule;
  /** Before the services start: adapters, HTTP. */
  prepare?(app: NestExpressApplication, config: Config, platform: PlatformBindings): void;
  /** After they have started. Resolves when the service does its work; answers what to say about it. */
  open?(app: NestExpressApplication, config: Config): Promise<string>;
  /** Hands the work over to others, before the process ends. */
  drain?(app: NestExpressApplication, config: Config): Promise<void>;
  /** The longest that draining and closing may take. */
  readonly stopTimeoutMs: number;
}

interface Process {
  stop(): Promise<void>;
}

/**
 * One service of a cluster as a process of its own: configured by the environment, on NATS, with health and metrics on a
 * port of their own. SIGTERM and SIGINT drain it; it ends with exit code 0 when everything was handed over, with 1 when
 * that took too long or it could not start, after one clear line.
 */
export function runService<Sections extends ConfigSections>(
  sections: Sections,
  kind: ServiceKind<ConfigOf<Sections>>,
): void {
  const outcome = loadConfig(sections);
  if (outcome.kind === 'help') {
    process.stdout.write(usage(sections, `node apps/${kind.name}/src/main.ts`));
    return;
  }
  if (outcome.kind === 'problems') {
    process.stderr.write(`${outcome.lines.join('\n')}\n`);
    process.exitCode = 1;
    return;
  }
  yieldToTicks();
  const starting = start(outcome.config, kind);
  stopOnSignals(starting, kind.stopTimeoutMs);
  starting.catch(endWith);
}

async function start<Config>(config: Config, kind: ServiceKind<Config>): Promise<Process> {
  const shared = config as ClusterConfig;
  const instance = kind.instance(config);
  const ports = await openClusterPorts(shared.nats, instance);
  try {
    return await serve(config, kind, instance, ports);
  } catch (error) {
    await ports.close();
    throw error;
  }
}

async function serve<Config>(
  config: Config,
  kind: ServiceKind<Config>,
  instance: string,
  ports: NatsPorts,
): Promise<Process> {
  const { log, ops, games } = config as ClusterConfig;
  const health = new HealthRegistry(ports.clock);
  const metrics = createMetrics({ health });
  const logger = createLogger({ service: instance, level: log.logLevel, format: log.logFormat });
  ports.onBusDrop((subject) => metrics.busDrops.inc({ subject: subjectKind(subject) }));
  watchBus(ports, health);
  const platform: PlatformBindings = {
    ...ports,
    metrics,
    health,
    logger,
    ...(await loadWorlds(games.games, games.worlds)),
  };
  const opsServer = await startOpsServer(ops, health, metrics);
  const opening = health.component('start', Number.POSITIVE_INFINITY);
  opening.unready('it has not started yet');
  const app = await NestFactory.create<NestExpressApplication>(
    {
      module: ProcessModule,
      imports: [
        PlatformModule.forRoot(platform, { hasOpsRoutes: false }),
        kind.module(config, instance, platform),
      ],
    },
    { logger: new NestLogger(logger), abortOnError: false, bodyParser: false, forceCloseConnections: true },
  );
  kind.prepare?.(app, config, platform);
  app.connectMicroservice({ strategy: new BusServer({ bus: ports.bus, instance }) });
  await app.init();
  await app.startAllMicroservices();
  const said = (await kind.open?.(app, config)) ?? '';
  opening.end();
  process.stdout.write(`${instance} serves${said}; health and metrics at ${opsServer.url}\n`);
  return {
    async stop() {
      health.drain();
      await kind.drain?.(app, config);
      await app.close();
      await ports.close();
      await opsServer.close();
    },
  };
}

/** A process that has lost the bus cannot work: it says so, and is not sent players. */
function watchBus(ports: NatsPorts, health: HealthRegistry): void {
  const bus = health.component('bus', Number.POSITIVE_INFINITY);
  const tell = (connected: boolean): void => bus.unready(connected ? undefined : 'no NATS server answers');
  tell(ports.bus.connected);
  ports.bus.onStatus(tell);
}

class ProcessModule {}
