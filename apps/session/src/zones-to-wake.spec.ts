import type { World } from '@overworld/contracts';
import { expect, it } from 'vitest';
import { zonesToWake } from './zones-to-wake.ts';

function world(count: number, entry = 'plains-1'): World {
  const zones = Array.from({ length: count }, (_, index) => ({ id: `plains-${index + 1}`, params: {} }));
  return { name: 'plains', title: 'Plains', ruleset: 'plains', entry, zones };
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `plains-${from + index}`);
}

it('[ZW1] wakes all zones of a small world, wherever one comes in', () => {
  expect(zonesToWake(world(0), undefined, undefined)).toEqual([]);
  expect(zonesToWake(world(16), 'plains-3', 'plains-9')).toEqual(range(1, 16));
});

it('[ZW2] wakes sixteen zones of a large world: next to the one that is wanted, else where one was seen, else the entry', () => {
  expect(zonesToWake(world(5_000), undefined, undefined)).toEqual(range(1, 16));
  expect(zonesToWake(world(5_000, 'plains-4000'), undefined, undefined)).toEqual(range(3_992, 4_007));
  expect(zonesToWake(world(5_000), 'plains-100', undefined)).toEqual(range(92, 107));
  expect(zonesToWake(world(5_000), undefined, 'plains-5000')).toEqual(range(4_985, 5_000));
});

it('[ZW3] wakes the zone of a large world where the player may still have a seat, and none of another world', () => {
  expect(zonesToWake(world(17), 'plains-17', 'plains-2')).toEqual(['plains-17', ...range(1, 16)]);
  expect(zonesToWake(world(17), 'hills-1', undefined)).toEqual(range(1, 16));
});
