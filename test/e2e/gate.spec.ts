import type { GameZone } from '@overworld/client';
import { Overworld } from '@overworld/client/node';
import { forest } from '@overworld/ruleset-forest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { distance, type Place2d } from './browser.ts';
import { TestServer } from './server.ts';
import { until } from './until.ts';

const NEAR_M = 145;
const TRIES = 400;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.create();
});

afterAll(async () => {
  await server?.dispose();
});

function placeIn(zone: GameZone<typeof forest>): Place2d | undefined {
  const body = zone.self?.sample().body;
  return body === undefined ? undefined : { x: body.x as number, y: body.y as number };
}

const gateOf = (zone: GameZone<typeof forest>): Place2d => (zone.params as { gate: Place2d }).gate;

/** Players come out at any of 25 glades: joins until that is one of the two near the gate. */
async function joinNearGate(game: Overworld): Promise<GameZone<typeof forest>> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const zone = await game.join({ world: 'forest' }, forest);
    const place = await until('the own entity is in sight', async () => placeIn(zone));
    if (distance(place, gateOf(zone)) < NEAR_M) return zone;
    await game.leave();
  }
  throw new Error(`no glade near the gate in ${TRIES} joins`);
}

it('a player walks through the gate and back: the same object, entity and connection, every input once', async () => {
  const game = new Overworld({ url: server.url, rulesets: [forest] });
  await game.login('Ada');
  const zone = await joinNearGate(game);
  const id = zone.self?.id;
  const zones: string[] = [];
  zone.onZone((info) => zones.push(info.zone));

  const walkThrough = (to: string): Promise<unknown> => {
    const gate = gateOf(zone);
    zone.input('go', gate);
    return until(`the player is in ${to}`, async () => zone.id === to && zone.isCurrent, 90_000);
  };
  await walkThrough('forest-2');
  expect(zone.self?.id).toBe(id);
  expect(distance(placeIn(zone) as Place2d, gateOf(zone))).toBeLessThan(20);
  await walkThrough('forest-1');

  expect(zones).toEqual(['forest-2', 'forest-1']);
  expect(game.zone).toBe(zone);
  expect(zone.self?.id).toBe(id);
  const before = placeIn(zone) as Place2d;
  zone.input('move', { dx: 0, dy: 100 });
  await until('the player walks on by hand', async () => distance(placeIn(zone) as Place2d, before) > 2);
  zone.input('move', { dx: 0, dy: 0 });
  await until('all inputs are answered', async () => game.stats().pendingInputs === 0);
  expect(game.stats()).toMatchObject({ state: 'playing', reconnects: 0, predicting: true, sequence: 4 });
  await game.leave();
});
