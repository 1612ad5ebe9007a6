/*
 * The pictures of the documentation, taken from a server of their own: npm run screenshots. Those of a cluster whose shard is
 * killed: npm run screenshots -- cluster.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GameZone, OverworldError } from '@overworld/client';
import { Overworld } from '@overworld/client/node';
import type { Browser } from 'playwright-core';
import { distance, everybodyLeaves, launchBrowser, type Place2d, Visitor } from './browser.ts';
import { TestServer } from './server.ts';
import { until } from './until.ts';

const PICTURES = fileURLToPath(new URL('../../docs/img', import.meta.url));
const VIEWPORT = { width: 1280, height: 800 };
const NAMES = ['Bob', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gwen'];
const NEAR_GATE_M = 110;
const TRIES = 60;
const WALK_TIMEOUT_MS = 240_000;

/** Somebody to be in the pictures. */
class Extra {
  readonly game: Overworld;
  readonly name: string;
  zone!: GameZone;

  constructor(url: string, name: string) {
    this.game = new Overworld({ url });
    this.name = name;
  }

  get place(): Place2d | undefined {
    const body = this.zone.self?.sample().body;
    return body === undefined ? undefined : { x: body.x as number, y: body.y as number };
  }

  async join(target: { world: string } | { lobby: string }): Promise<Place2d> {
    if (this.game.account === undefined) await this.game.login(this.name);
    this.zone = await this.game.join(target);
    return until(`${this.name} stands somewhere`, async () => this.place);
  }
}

function gateOf(zone: GameZone): Place2d {
  return (zone.params as { gate: Place2d }).gate;
}

/** The first of them looks for the glade by the gate; the others come to where somebody is. */
async function gatherByTheGate(extras: readonly Extra[]): Promise<Place2d> {
  const [first, ...others] = extras as [Extra, ...Extra[]];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const place = await first.join({ world: 'forest' });
    if (distance(place, gateOf(first.zone)) < NEAR_GATE_M) break;
    await first.game.leave();
  }
  if (first.game.zone === undefined) throw new OverworldError('internal', 'nobody came out near the gate');
  for (const extra of others) await extra.join({ world: 'forest' });
  return gateOf(first.zone);
}

/** Before the gate, each in the middle of a cell of its own: that is where paths end. */
const SPOTS: readonly (readonly [dx: number, dy: number])[] = [
  [-10, 6],
  [-6, 10],
  [-2, 6],
  [6, 10],
  [10, 6],
  [2, 6],
];
const FRONT: readonly [dx: number, dy: number] = [2, 10];

function besideGate(gate: Place2d, [dx, dy]: readonly [dx: number, dy: number]): Place2d {
  return { x: gate.x + dx, y: gate.y + dy };
}

/** Sends everybody who is not there yet on the way; true when all are there. */
async function walkToGate(ada: Visitor, extras: readonly Extra[], gate: Place2d): Promise<boolean> {
  await ada.page.waitForTimeout(2_000);
  let missing = 0;
  for (const [index, extra] of extras.entries()) {
    const spot = besideGate(gate, SPOTS[index] as [number, number]);
    if (extra.place !== undefined && distance(extra.place, spot) < 3) continue;
    extra.zone.input('go', spot);
    missing += 1;
  }
  const place = await ada.placeOf('Ada');
  const front = besideGate(gate, FRONT);
  if (place !== undefined && distance(place, front) < 3) return missing === 0;
  await ada.page.evaluate((goal) => {
    const handle = globalThis as unknown as {
      overworld: { zone: { input(name: string, value: unknown): void } };
    };
    handle.overworld.zone.input('go', goal);
  }, front);
  return false;
}

async function picture(visitor: Visitor, name: string): Promise<void> {
  // What fades in is shown as it is when it is there.
  await visitor.page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
  console.log(`docs/img/${name}.png`);
}

async function loginPicture(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.goto(`${url}/?quality=full`);
  await page.fill('#name', 'Ada');
  await page.waitForTimeout(2_500);
  await page.screenshot({ path: join(PICTURES, 'login.png') });
  console.log('docs/img/login.png');
  await page.close();
}

async function forestPictures(browser: Browser, url: string): Promise<void> {
  const extras = NAMES.map((name) => new Extra(url, name));
  const gate = await gatherByTheGate(extras);
  const ada = await Visitor.enter(browser, url, 'Ada', { viewport: VIEWPORT, quality: 'full' });
  await ada.join({ world: 'forest' });
  await until('all stand by the gate', () => walkToGate(ada, extras, gate), WALK_TIMEOUT_MS);
  extras[1]?.zone.input('say', { text: 'Shall we have a look at the other side?' });
  extras[3]?.zone.input('say', { text: 'Wait, I saw a coin over there' });
  await ada.page.waitForSelector('#chat-lines li:nth-child(2)');
  extras[0]?.zone.input('move', { dx: -50, dy: -20 });
  await ada.page.waitForTimeout(600);
  await picture(ada, 'forest');
  // Loaded anew, so that the numbers are of walking by hand.
  await ada.page.reload();
  await ada.waitForSight('Ada');
  await ada.page.keyboard.press('Tab');
  for (const key of ['KeyD', 'KeyS', 'KeyA', 'KeyS', 'KeyD']) await ada.hold(key, 700);
  await ada.page.waitForTimeout(3_000);
  await picture(ada, 'overlay');
  for (const extra of extras) await extra.game.leave();
}

async function lobbyPicture(browser: Browser, url: string): Promise<void> {
  const extras = NAMES.slice(0, 4).map((name) => new Extra(url, name));
  for (const extra of extras) await extra.join({ lobby: 'TEST' });
  const ada = await Visitor.enter(browser, url, 'Ada', { viewport: VIEWPORT, quality: 'full' });
  await ada.join({ lobby: 'TEST' });
  for (const [index, extra] of extras.entries()) {
    const angle = index * 1.7 + 0.4;
    const [dx, dy] = [Math.round(Math.cos(angle) * 100), Math.round(Math.sin(angle) * 100)];
    const yaw = Math.round(((angle / (2 * Math.PI)) * 65_536) % 65_536);
    extra.zone.input('move', { dx, dy, yaw });
  }
  await ada.page.waitForTimeout(700);
  for (const extra of extras) extra.zone.input('move', { dx: 0, dy: 0 });
  extras[1]?.zone.input('say', { text: 'Everybody here? Then let us begin' });
  await ada.page.waitForSelector('#chat-lines li:has-text("Everybody here?")');
  await ada.page.waitForTimeout(500);
  await picture(ada, 'lobby');
  for (const extra of extras) await extra.game.leave();
}

async function takeAll(): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  const server = await TestServer.create();
  const browser = await launchBrowser();
  try {
    await loginPicture(browser, server.url);
    await forestPictures(browser, server.url);
    await everybodyLeaves();
    await lobbyPicture(browser, server.url);
  } finally {
    await browser.close();
    await server.dispose();
  }
}

if (process.argv[2] === 'cluster') await import('./cluster-screenshots.ts');
else await takeAll();
process.exit(0);
