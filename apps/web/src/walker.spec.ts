import { type GameZone, OverworldError } from '@overworld/client';
import { expect, it } from 'vitest';
import { Walker } from './walker.ts';

const EAST = { dx: 100, dy: 0 };
const STILL = { dx: 0, dy: 0 };

/** A zone whose `move` has these fields, and refuses what is above `most`. */
function zoneOf(fields: readonly string[], most = 100): { zone: GameZone; given: unknown[] } {
  const given: unknown[] = [];
  const value = { t: 'object', fields: fields.map((name) => ({ name })) };
  const zone = {
    schema: { inputs: [{ name: 'move', value }] },
    input(_name: string, move: { dx: number; dy: number }) {
      if (Math.abs(move.dx) > most || Math.abs(move.dy) > most)
        throw new OverworldError('bad-input', 'too much');
      given.push(move);
    },
  };
  return { zone: zone as unknown as GameZone, given };
}

it('gives a direction when it changes, and nothing while it stays or before anybody walked', () => {
  const { zone, given } = zoneOf(['dx', 'dy']);
  const walker = new Walker(zone);
  for (const [index, direction] of [STILL, EAST, EAST, EAST, STILL, STILL].entries()) {
    walker.walk(direction, index * 16);
  }
  expect(given).toEqual([EAST, STILL]);
});

it('gives small changes of a pointer twenty times a second at most, and a stop at once', () => {
  const { zone, given } = zoneOf(['dx', 'dy']);
  const walker = new Walker(zone);
  for (let ms = 0; ms < 1_000; ms += 10) walker.walk({ dx: 100, dy: ms / 10 }, ms);
  expect(given.length).toBeLessThanOrEqual(20);
  walker.walk(STILL, 1_001);
  expect(given.at(-1)).toEqual(STILL);
});

it('tells a zone again what is wanted, after it became another one', () => {
  const { zone, given } = zoneOf(['dx', 'dy']);
  const walker = new Walker(zone);
  walker.walk(EAST, 0);
  walker.restart();
  walker.walk(EAST, 100);
  expect(given).toEqual([EAST, EAST]);
});

it('tells a zone to stop that was told to walk before it became another one', () => {
  const { zone, given } = zoneOf(['dx', 'dy']);
  const walker = new Walker(zone);
  walker.walk(EAST, 0);
  walker.restart();
  walker.restart();
  walker.walk(STILL, 100);
  walker.walk(STILL, 116);
  expect(given).toEqual([EAST, STILL]);
});

it('turns the head with the way, where the zone has heads', () => {
  const { zone, given } = zoneOf(['dx', 'dy', 'yaw']);
  new Walker(zone).walk({ dx: 0, dy: -100 }, 0);
  expect(given).toEqual([{ dx: 0, dy: -100, yaw: 49_152 }]);
});

it('gives ones to a zone that does not take hundredths', () => {
  const { zone, given } = zoneOf(['dx', 'dy'], 1);
  const walker = new Walker(zone);
  walker.walk(EAST, 0);
  walker.walk(EAST, 16);
  expect(given).toEqual([{ dx: 1, dy: 0 }]);
});
