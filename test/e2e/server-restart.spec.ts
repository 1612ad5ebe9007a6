import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { distance, everybodyLeaves, launchBrowser, Visitor } from './browser.ts';
import { TestServer } from './server.ts';

let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  server = await TestServer.create();
  browser = await launchBrowser();
});

afterEach(everybodyLeaves);

afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

it('a page outlives kill -9 of the server: it says so calmly, comes back by itself and plays on', async () => {
  const visitor = await Visitor.enter(browser, server.url, 'Ada');
  await visitor.join({ world: 'forest' });
  await visitor.hold('KeyD', 1_000);
  await visitor.waitForAnswers();
  const before = await visitor.waitForSight('Ada');
  const epoch = (await visitor.stats()).epoch as number;

  await server.kill();
  await visitor.page.waitForSelector('#banner:not([hidden])');
  expect(await visitor.page.textContent('#banner')).toMatch(/Connection lost/);
  await server.start();
  await visitor.page.waitForSelector('#banner', { state: 'hidden', timeout: 60_000 });

  const after = await visitor.waitForSight('Ada');
  expect(distance(after, before)).toBeLessThan(3);
  expect((await visitor.stats()).epoch as number).toBeGreaterThan(epoch);
  await Promise.all([visitor.waitForMove('Ada', after, 1.5), visitor.hold('KeyA', 1_200)]);
  await visitor.say('still here');
  await visitor.page.waitForSelector('#chat-lines li:has-text("still here")');
});

it('a page that is loaded again comes back without a login', async () => {
  const visitor = await Visitor.enter(browser, server.url, 'Bea');
  await visitor.join({ lobby: 'TEST' });
  await visitor.page.reload();
  await visitor.page.waitForSelector('#zone-name');
  await visitor.waitForSight('Bea');
  expect(await visitor.page.textContent('#zone-name')).toBe('Lobby TEST');
});
