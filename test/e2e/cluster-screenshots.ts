/*
 * Three pictures of two players whose shard is killed, from a cluster of their own: npm run screenshots -- cluster.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '@overworld/cluster-runner';
import type { Browser } from 'playwright-core';
import { Overworld } from '@overworld/client/node';
import { launchBrowser, type Visitor } from './browser.ts';
import { playsOn, shardOf, twoInTheForest } from './cluster-scene.ts';
import { until } from './until.ts';

const PICTURES = fileURLToPath(new URL('../../docs/img', import.meta.url));
const WINDOW = { width: 720, height: 600 };
/** Within the time in which nobody runs the zone, and after the clients have noticed. */
const PAUSE_MS = 350;

interface Seen {
  readonly visitor: Visitor;
  readonly picture: Buffer;
}

async function look(visitors: readonly Visitor[]): Promise<Seen[]> {
  const shots = visitors.map(async (visitor) => ({
    visitor,
    picture: await visitor.page.screenshot({ animations: 'disabled' }),
  }));
  return Promise.all(shots);
}

/** Both windows side by side under a line of text, as one file. */
async function compose(browser: Browser, seen: readonly Seen[], title: string, name: string): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: 2 * WINDOW.width + 36, height: WINDOW.height + 76 },
  });
  const windows = seen.map(
    ({ picture }) =>
      `<img width="${WINDOW.width}" src="data:image/png;base64,${picture.toString('base64')}">`,
  );
  await page.setContent(
    `<style>
      body { margin: 0; padding: 12px; background: #14181c; color: #e8ecef; font: 20px system-ui, sans-serif }
      p { margin: 4px 0 14px } div { display: flex; gap: 12px } img { border-radius: 6px }
    </style><p>${title}</p><div>${windows.join('')}</div>`,
  );
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  console.log(`docs/img/${name}.png: ${title}`);
  await page.close();
}

/** Both walk to and fro, with the overlay open. */
async function walkAbout(ada: Visitor, bob: Visitor): Promise<void> {
  await Promise.all([ada.page.keyboard.press('Tab'), bob.page.keyboard.press('Tab')]);
  await Promise.all([ada.hold('KeyD', 1_000), bob.hold('KeyA', 1_000)]);
  await Promise.all([ada.hold('KeyS', 600), bob.hold('KeyS', 800)]);
  await Promise.all([ada.page.keyboard.down('KeyA'), bob.page.keyboard.down('KeyW')]);
  await ada.page.waitForTimeout(500);
}

/** A player without a picture to draw, who has the time to look at the clock. */
async function timekeeper(url: string): Promise<() => Promise<number>> {
  const game = new Overworld({ url });
  await game.login('Cleo');
  const { epoch } = await game.join({ world: 'forest' });
  return () => {
    const startedMs = performance.now();
    return until('a new epoch', async () =>
      game.stats().epoch > epoch ? performance.now() - startedMs : undefined,
    );
  };
}

async function pictures(cluster: Cluster, browser: Browser): Promise<void> {
  const [ada, bob] = await twoInTheForest(cluster, browser, { viewport: WINDOW, quality: 'full' });
  const pause = await timekeeper(cluster.url);
  await walkAbout(ada, bob);
  const shard = await shardOf(cluster, 'forest-1');
  const epoch = (await ada.stats()).epoch as number;
  const before = await look([ada, bob]);

  cluster.kill(shard);
  const pausing = pause();
  await ada.page.waitForTimeout(PAUSE_MS);
  const during = await look([ada, bob]);

  await Promise.all([playsOn(ada, epoch), playsOn(bob, epoch)]);
  const seconds = ((await pausing) / 1000).toFixed(1);
  const newShard = await shardOf(cluster, 'forest-1');
  const newEpoch = (await ada.stats()).epoch as number;
  await Promise.all([ada.page.keyboard.up('KeyA'), bob.page.keyboard.up('KeyW')]);
  await bob.say('Did you notice anything?');
  await ada.page.waitForSelector('#chat-lines li:has-text("notice anything")');
  await ada.page.waitForTimeout(500);
  const after = await look([ada, bob]);

  await compose(browser, before, `${shard} runs the forest: epoch ${epoch}`, 'cluster-1-before');
  await compose(
    browser,
    during,
    `${PAUSE_MS} ms after kill -9 of ${shard}: nobody runs the forest, both pages go on walking`,
    'cluster-2-pause',
  );
  const whole = `${newShard} runs the forest: epoch ${newEpoch}, ${seconds} s after the kill. The sockets are the same`;
  await compose(browser, after, whole, 'cluster-3-after');
}

await mkdir(PICTURES, { recursive: true });
const cluster = await startCluster();
const browser = await launchBrowser();
try {
  await pictures(cluster, browser);
} finally {
  await browser.close();
  await cluster.stop();
}
