import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startCluster } from '@overworld/cluster-runner';
import { overworldConfig, parseConfig } from '@overworld/config';
import { startOverworld } from '@overworld/overworld';
import { yieldToTicks } from '@overworld/service';
import { type CrowdOptions, defineCrowd } from '../peers/crowd.ts';
import { lastingProcesses } from '../peers/process-tree.ts';
import { answerWith, settingsOf } from './child.ts';
import { writeCrowdGames } from './crowd-games.ts';

/** The crowd in several zones, each a world of its own, so that players are spread as the trial wants it. */
export interface CrowdSetting {
  readonly form: 'embedded' | 'cluster';
  readonly zones: number;
  readonly playersPerZone: number;
  readonly npcsPerZone: number;
  /**
   * In how many turns of a tenth of a second the players speak: a gateway sends what comes in a turn as one message.
   * 0: they do not.
   */
  readonly inputTurns: number;
  readonly sizeM: number;
  /** 0: everything, on every tick. */
  readonly sightM: number;
  readonly tickHz: number;
}

/** What one kind of process is made of, and where it tells its figures. */
export interface ServerPart {
  readonly name: string;
  readonly pids: readonly number[];
}

export interface RunningServer {
  readonly port: number;
  readonly parts: readonly ServerPart[];
  /** Addresses of metrics pages. */
  readonly metrics: readonly string[];
}

/** Clients that come in late, or again, while the seats of those before are still kept. */
const SPARE_PLAYERS = 16;
const REPLICAS = { gateway: 1, session: 1, shard: 1, persistence: 1, ai: 1 };

const setting = settingsOf<CrowdSetting>();
const names = Array.from({ length: setting.zones }, (_, index) => `crowd-${index + 1}`);

function crowdOptions(name: string): CrowdOptions & { readonly name: string } {
  const { playersPerZone, npcsPerZone, sizeM, sightM, tickHz } = setting;
  return {
    name,
    npcs: npcsPerZone,
    players: playersPerZone + SPARE_PLAYERS,
    tickHz,
    sizeM,
    sightM,
    motion: true,
  };
}

function embeddedConfig(folder: string, port: number) {
  const words = ['--data', folder, '--port', String(port)];
  const environment = {
    OVERWORLD_LOG_LEVEL: 'warn',
    OVERWORLD_GAMES: join(folder, 'games'),
    OVERWORLD_PROXIES: '1',
  };
  const outcome = parseConfig(overworldConfig, { words, environment });
  if (outcome.kind !== 'config') throw new Error(JSON.stringify(outcome));
  return outcome.config;
}

interface Started {
  readonly running: RunningServer;
  stop(): Promise<void>;
}

async function startEmbedded(folder: string, port: number): Promise<Started> {
  yieldToTicks();
  const rulesets = names.map((name) => defineCrowd(crowdOptions(name)));
  const worlds = names.map((name) => {
    const zones = [{ id: `${name}-1`, params: {} }];
    return { name, title: name, ruleset: name, entry: `${name}-1`, zones };
  });
  const byName = new Map(rulesets.map((ruleset) => [ruleset.name, ruleset]));
  const server = await startOverworld(embeddedConfig(folder, port), {
    worlds: { worlds, rulesets: byName },
  });
  const others = lastingProcesses(process.pid).filter((pid) => pid !== process.pid);
  const parts = [
    { name: 'server', pids: [process.pid] },
    { name: 'postgres', pids: others },
  ];
  return { running: { port, parts, metrics: [`http://127.0.0.1:${port}/metrics`] }, stop: server.stop };
}

async function startServices(folder: string, port: number): Promise<Started> {
  const cluster = await startCluster({
    data: join(folder, 'cluster'),
    games: await writeCrowdGames(folder, names.map(crowdOptions)),
    worlds: names,
    replicas: REPLICAS,
    restarts: false,
    settings: {
      gateway: { OVERWORLD_PORT: String(port), OVERWORLD_DRAIN_SECONDS: '0', OVERWORLD_PROXIES: '1' },
      session: { OVERWORLD_GATEWAY_URL: `http://127.0.0.1:${port}` },
    },
  });
  const { nats, redis, postgres } = cluster.infrastructure;
  const servers = [
    ...nats.map((server) => ({ name: 'nats', pid: server.pid })),
    { name: 'redis', pid: redis.pid },
  ];
  const services = cluster.processes.map(({ spec, pid }) => ({ name: spec.kind, pid }));
  const parts: ServerPart[] = [...services, ...servers].map(({ name, pid }) => ({ name, pids: [pid ?? 0] }));
  parts.push({ name: 'postgres', pids: lastingProcesses(postgres.pid ?? 0) });
  const metrics = cluster.processes.map(({ spec }) => `http://127.0.0.1:${spec.opsPort}/metrics`);
  return { running: { port, parts, metrics }, stop: () => cluster.stop() };
}

const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-'));
const port = await freePort('127.0.0.1');
const { running, stop } = await (setting.form === 'embedded' ? startEmbedded : startServices)(folder, port);
answerWith({ running: () => running }, async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});
