import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Cluster, MetricsPage } from '@overworld/cluster-runner';
import type { Browser } from 'playwright-core';
import { distance, Visitor } from './browser.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TRIES = 12;

/** The command of operators, as they run it: `overworld(cluster, 'zones', 'list')`. Answers what it prints as JSON. */
export async function overworld(cluster: Cluster, ...words: readonly string[]): Promise<unknown> {
  const { servers, user, password } = cluster.operator;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'apps/overworld/src/operator.ts', ...words, '--json'],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        OVERWORLD_NATS_URL: servers.join(','),
        OVERWORLD_NATS_USER: user,
        OVERWORLD_NATS_PASSWORD: password,
      },
    },
  );
  return JSON.parse(stdout) as unknown;
}

/** Nothing while the process is on its way down or up. */
async function metricsOf(cluster: Cluster, name: string): Promise<MetricsPage> {
  const { spec } = cluster.process(name);
  const response = await fetch(`http://127.0.0.1:${spec.opsPort}/metrics`).catch(() => undefined);
  return new MetricsPage((await response?.text()) ?? '');
}

/** The shard that runs a zone, by what the shards that live say of themselves. */
export async function shardOf(cluster: Cluster, zone: string): Promise<string> {
  for (const { name } of cluster.of('shard')) {
    const players = (await metricsOf(cluster, name)).all('overworld_players');
    if (players.some(({ labels }) => labels.zone === zone)) return name;
  }
  throw new Error(`nobody runs ${zone}`);
}

/** Players at each gateway. */
export async function connections(cluster: Cluster): Promise<number[]> {
  const pages = cluster.of('gateway').map(({ name }) => metricsOf(cluster, name));
  return (await Promise.all(pages)).map((page) => page.sum('overworld_connections'));
}

/** Two people in the forest, in sight of each other, each at another gateway. */
export async function twoInTheForest(
  cluster: Cluster,
  browser: Browser,
  look: Parameters<typeof Visitor.enter>[3] = {},
): Promise<readonly [Visitor, Visitor]> {
  const ada = await Visitor.enter(browser, cluster.url, 'Ada', look);
  await ada.join({ world: 'forest' });
  const bob = await Visitor.enter(browser, cluster.url, 'Bob', look);
  await bob.join({ world: 'forest' });
  for (let attempt = 0; (await connections(cluster)).some((count) => count !== 1); attempt++) {
    if (attempt === TRIES) throw new Error('the balancer sends both to one gateway');
    await bob.page.reload();
    await bob.waitForSight('Bob');
  }
  await Promise.all([ada.waitForSight('Bob'), bob.waitForSight('Ada')]);
  return [ada, bob];
}

/** Waits until a page has been shown a later epoch, and frames of it. */
export async function playsOn(visitor: Visitor, afterEpoch: number): Promise<void> {
  const first = await until(`${visitor.name} plays in a new epoch`, async () => {
    const { epoch, frames } = await visitor.stats();
    return (epoch as number) > afterEpoch ? (frames as number) : undefined;
  });
  await until(
    `${visitor.name} gets frames`,
    async () => ((await visitor.stats()).frames as number) > first + 1,
  );
}

/** How far somebody is seen from a place. */
export async function distanceTo(
  visitor: Visitor,
  name: string,
  place: { x: number; y: number },
): Promise<number> {
  return distance(await visitor.waitForSight(name), place);
}
