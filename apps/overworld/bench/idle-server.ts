import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { openLocalPorts } from '@overworld/cluster';
import { freePort } from '@overworld/cluster-runner';
import { overworldConfig, parseConfig } from '@overworld/config';
import { isRefusal, leaseKeys, persistenceCalls, sessionCalls, shardCalls } from '@overworld/contracts';
import { GATEWAY_DEFAULTS, GatewayIoAdapter, GatewayModule } from '@overworld/gateway';
import { startPostgres } from '../src/postgres/index.ts';
import { PersistenceModule } from '@overworld/persistence';
import { BusClient, BusServer, NestLogger, PlatformModule, ServiceCaller } from '@overworld/platform';
import { lobby } from '@overworld/ruleset-lobby';
import { configureHttp, listen } from '@overworld/service';
import { SessionModule, sessionOptions } from '@overworld/session';
import { ShardModule } from '@overworld/shard';
import { createLogger, createMetrics, HealthRegistry } from '@overworld/telemetry';
import { lastingProcesses } from '../../../bench/peers/process-tree.ts';
import { answerWith } from '../../../bench/scale/child.ts';
import type { IdleMemory, IdleServer, ZoneRange } from '../../../bench/scale/idle.ts';

/*
 * The embedded form, put together as `npm start` does, except that the benchmark holds its bus: it asks the services for as
 * many zones as it wants, which players could make only one by one.
 */

/** A world of lobbies: its zones come as they are asked for. */
const WORLD = 'yard';
const SHARD = 'shard-1';
/** Zones that are made at a time. */
const LANES = 16;
/** No zone goes to sleep by itself while others are measured. */
const NEVER_IDLE_SECONDS = 86_400;

class Idle {}

const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-'));
const port = await freePort('127.0.0.1');
const ports = await openLocalPorts({ folder, keptLeases: leaseKeys.seats });
const postgres = await startPostgres({ folder });
const services = new ServiceCaller(new BusClient(ports.bus));
const app = await start();

async function start(): Promise<NestExpressApplication> {
  const logger = createLogger({ service: 'overworld', level: 'warn', format: 'json' });
  const health = new HealthRegistry(ports.clock);
  const metrics = createMetrics({ health });
  const words = ['--data', folder, '--port', String(port)];
  const outcome = parseConfig(overworldConfig, { words, environment: {} });
  if (outcome.kind !== 'config') throw new Error(JSON.stringify(outcome));
  const { session, server } = outcome.config;
  const worlds = [{ name: WORLD, title: 'Yard', ruleset: lobby.name, zones: [] }];
  const rulesets = new Map([[lobby.name, lobby]]);
  const secret = randomBytes(32);
  const platform = { ...ports, metrics, health, logger, worlds, rulesets };
  const shard = { id: SHARD, zoneIdleSeconds: NEVER_IDLE_SECONDS, snapshotSeconds: 10 };
  const modules = [
    PlatformModule.forRoot(platform, { hasOpsRoutes: true }),
    PersistenceModule.forRoot({ databaseUrl: postgres.url, connections: 8, caFile: '' }),
    SessionModule.forRoot(sessionOptions(session, '', secret, 'session-1')),
    ShardModule.forRoot(shard),
    GatewayModule.forRoot({ ...GATEWAY_DEFAULTS, id: 'gateway-1', secret, origins: [] }),
  ];
  const root = { module: Idle, imports: modules };
  const settings = { logger: new NestLogger(logger), bodyParser: false, forceCloseConnections: true };
  const nest = await NestFactory.create<NestExpressApplication>(root, settings);
  nest.useWebSocketAdapter(new GatewayIoAdapter(nest, []));
  configureHttp(nest, { origins: [], proxies: 1, metrics, logger });
  nest.connectMicroservice({ strategy: new BusServer({ bus: ports.bus, instance: SHARD }) });
  await nest.init();
  await nest.startAllMicroservices();
  await nest.get(SessionModule).open();
  await listen(nest, server);
  return nest;
}

/** As numbers are drawn, so that neighbours on disk are no neighbours here. */
function zoneId(index: number): string {
  return `yard-${index}`;
}

async function inLanes({ from, count }: ZoneRange, work: (zone: string) => Promise<void>): Promise<void> {
  let next = from;
  const lanes = Array.from({ length: LANES }, async () => {
    while (next < from + count) await work(zoneId(next++));
  });
  await Promise.all(lanes);
}

function accepted<Answer extends object>(answer: Answer): void {
  if (isRefusal(answer)) throw new Error(`${answer.refused}: ${answer.detail}`);
}

async function register(zone: string): Promise<void> {
  const about = { id: zone, world: WORLD, ruleset: lobby.name, seed: zone, params: { capacity: 16 } };
  accepted(await services.call(persistenceCalls.zone.register, about));
}

async function run(zone: string): Promise<void> {
  accepted(await services.call(sessionCalls.ensureZone, { zone }));
}

/** Each runs once, so that it leaves a journal and a snapshot, and is put to sleep. */
function layDown(range: ZoneRange): Promise<void> {
  return inLanes(range, async (zone) => {
    await register(zone);
    await run(zone);
    accepted(await services.call(shardCalls.hibernate, { zone, goesOn: false }, SHARD));
  });
}

function sizeOf(path: string): number {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => {
    // The database removes files of its own while one looks.
    return sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

function memory(): IdleMemory {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, residentBytes: rss, diskBytes: sizeOf(folder) };
}

answerWith(
  {
    running: (): IdleServer => ({ port, pids: lastingProcesses(process.pid), world: WORLD }),
    layDown,
    wake: (range: ZoneRange) => inLanes(range, run),
    memory,
  },
  async () => {
    await app.close();
    await Promise.all([ports.close(), postgres.stop()]);
    await rm(folder, { recursive: true, force: true });
  },
);
