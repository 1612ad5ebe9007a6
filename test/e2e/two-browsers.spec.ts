import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { distance, everybodyLeaves, launchBrowser, type Place, Visitor } from './browser.ts';
import { TestServer } from './server.ts';
import { until } from './until.ts';

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

async function two(place: Place, names: readonly [string, string]): Promise<[Visitor, Visitor]> {
  const first = await Visitor.enter(browser, server.url, names[0]);
  await first.join(place);
  const second = await Visitor.enter(browser, server.url, names[1]);
  await second.join(place);
  return [first, second];
}

describe.each([
  ['the forest', { world: 'forest' }, ['Ada', 'Bob']],
  ['the lobby TEST', { lobby: 'test' }, ['Cleo', 'Dan']],
] as const)('two browsers in %s', (_where, place, names) => {
  it('see each other walk and hear each other talk', async () => {
    const [first, second] = await two(place, names);
    await Promise.all([first.waitForSight(second.name), second.waitForSight(first.name)]);

    const before = (await second.placeOf(first.name))!;
    await Promise.all([second.waitForMove(first.name, before, 2), first.hold('ArrowLeft', 1_500)]);
    const beforeBack = (await first.placeOf(second.name))!;
    await Promise.all([first.waitForMove(second.name, beforeBack, 2), second.hold('KeyD', 1_500)]);

    await first.say(`hello from ${first.name}`);
    await second.page.waitForSelector(`#chat-lines li:has-text("hello from ${first.name}")`);

    expect(first.complaints).toEqual([]);
    expect(second.complaints).toEqual([]);
  });
});

describe('one browser', () => {
  it('ends up where the others see it, without a correction on a good line', async () => {
    const [walker, watcher] = await two({ lobby: 'TEST' }, ['Eve', 'Finn']);
    await walker.hold('KeyS', 700);
    await walker.hold('KeyA', 700);
    await walker.waitForAnswers();
    const own = await walker.waitForSight('Eve');
    await until('both see the same place', async () => {
      const seen = await watcher.placeOf('Eve');
      return seen !== undefined && distance(seen, own) < 0.1;
    });
  });

  it('shows what the network does on TAB', async () => {
    const visitor = await Visitor.enter(browser, server.url, 'Gwen');
    await visitor.join({ world: 'forest' });
    expect(await visitor.page.isVisible('#network')).toBe(false);
    await visitor.page.keyboard.press('Tab');
    await visitor.hold('KeyW', 400);
    await visitor.page.waitForSelector('#net-state:has-text("connected")');
    await visitor.page.waitForSelector('#net-zone:has-text("forest-1")');
    const tick = Number(await visitor.page.textContent('#net-server-tick'));
    expect(tick).toBeGreaterThan(0);
    await until('the server ticks on', async () => {
      return Number(await visitor.page.textContent('#net-server-tick')) > tick;
    });
    expect(await visitor.page.textContent('#net-round-trip')).toMatch(/^\d+\.\d ms/);
    await visitor.page.waitForSelector('#net-sequence:text-matches("^[1-9]")');
    expect(await visitor.page.textContent('#net-epoch')).toMatch(/^\d+$/);
    await visitor.page.keyboard.press('Tab');
    expect(await visitor.page.isVisible('#network')).toBe(false);
  });

  it('says what to do when a lobby does not exist, and lets one try again', async () => {
    const visitor = await Visitor.enter(browser, server.url, 'Hal');
    await visitor.page.fill('#code', 'QQQQQQ');
    await visitor.page.press('#code', 'Enter');
    await visitor.page.waitForSelector('#choose .notice:not(:empty)');
    expect(await visitor.page.textContent('#choose .notice')).toMatch(/lobby/i);
    await visitor.join({ lobby: 'TEST' });
  });

  it('walks by a sentence', async () => {
    const visitor = await Visitor.enter(browser, server.url, 'Iris');
    await visitor.join({ lobby: 'TEST' });
    const before = (await visitor.placeOf('Iris'))!;
    await visitor.say('/ai walk north');
    await visitor.waitForMove('Iris', before, 2);
    const after = (await visitor.placeOf('Iris'))!;
    expect(after.y).toBeLessThan(before.y);
    await visitor.say('/ai please fold the laundry');
    await visitor.page.waitForSelector('#chat-lines li.note:has-text("walk north")');
  });
});
