import { type Cluster, startCluster } from '@overworld/cluster-runner';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { everybodyLeaves, launchBrowser, Visitor } from './browser.ts';
import { connections, distanceTo, overworld, playsOn, shardOf, twoInTheForest } from './cluster-scene.ts';

/** What is promised is two seconds; a busy machine that also draws two forests is given more. */
const PAUSE_MS = 10_000;

let cluster: Cluster;
let browser: Browser;

beforeAll(async () => {
  [cluster, browser] = await Promise.all([
    startCluster({ replicas: { shard: 2, session: 1 }, restarts: false }),
    launchBrowser(),
  ]);
});

afterEach(everybodyLeaves);

afterAll(async () => {
  await browser?.close();
  await cluster?.stop();
});

it('two pages on two gateways outlive kill -9 of the shard that they play on: the same sockets, a new epoch', async () => {
  const [ada, bob] = await twoInTheForest(cluster, browser);
  await ada.page.keyboard.press('Tab');
  await ada.hold('KeyD', 600);
  await ada.waitForAnswers();
  const places = { ada: await bob.waitForSight('Ada'), bob: await ada.waitForSight('Bob') };
  const epoch = (await ada.stats()).epoch as number;
  const shard = await shardOf(cluster, 'forest-1');
  const reconnects = [(await ada.stats()).reconnects, (await bob.stats()).reconnects];

  cluster.kill(shard);
  const killedMs = performance.now();
  await Promise.all([playsOn(ada, epoch), playsOn(bob, epoch)]);
  expect(performance.now() - killedMs).toBeLessThan(PAUSE_MS);

  expect(await shardOf(cluster, 'forest-1')).not.toBe(shard);
  await ada.page.waitForSelector(`#net-epoch:text-is("${(await ada.stats()).epoch}")`);
  expect(await distanceTo(bob, 'Ada', places.ada)).toBeLessThan(0.5);
  expect(await distanceTo(ada, 'Bob', places.bob)).toBeLessThan(0.5);
  await Promise.all([ada.waitForMove('Bob', places.bob, 2), bob.hold('KeyS', 1_500)]);
  await bob.say('still here');
  await ada.page.waitForSelector('#chat-lines li:has-text("still here")');
  await ada.say('/w me too');
  await bob.page.waitForSelector('#chat-lines li:has-text("me too")');

  expect([(await ada.stats()).reconnects, (await bob.stats()).reconnects]).toEqual(reconnects);
  expect(await connections(cluster)).toEqual([1, 1]);
  expect([...ada.complaints, ...bob.complaints]).toEqual([]);
});

it('an operator moves a zone under the feet of a player, who walks on', async () => {
  for (const shard of cluster.of('shard')) if (!shard.isRunning) await shard.start();
  const ada = await Visitor.enter(browser, cluster.url, 'Ada');
  await ada.join({ world: 'forest' });
  const epoch = (await ada.stats()).epoch as number;
  const from = await shardOf(cluster, 'forest-1');
  const place = await ada.waitForSight('Ada');
  const [moved] = await Promise.all([
    overworld(cluster, 'zones', 'migrate', 'forest-1'),
    ada.waitForMove('Ada', place, 4),
    ada.hold('KeyA', 3_000),
  ]);
  const { to } = moved as { readonly to: string };
  expect(moved).toMatchObject({ zone: 'forest-1', from });
  expect(to).not.toBe(from);
  await playsOn(ada, epoch);
  expect(await shardOf(cluster, 'forest-1')).toBe(to);
  const after = await ada.waitForSight('Ada');
  await Promise.all([ada.waitForMove('Ada', after, 1.5), ada.hold('KeyD', 1_200)]);
  expect((await ada.stats()).reconnects).toBe(0);
  expect(ada.complaints).toEqual([]);
});
