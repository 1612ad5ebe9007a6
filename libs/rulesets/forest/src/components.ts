import type { Zone } from '@overworld/ruleset';
import { z } from 'zod';
import { SIZE_M } from './forest-map.ts';
import type { ForestTerrain } from './terrain.ts';

export const KIND = { player: 0, creature: 1, coin: 2 } as const;

/** What an avatar walks to by itself: nothing, a place, or a player. */
export const ERRAND = { none: 0, place: 1, follow: 2 } as const;

export const components = {
  body: {
    fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
    show: {
      motion: {
        position: ['x', 'y'],
        velocity: ['vx', 'vy'],
        min: 0,
        max: SIZE_M,
        step: 1 / 64,
        velocityMax: 7.9,
        velocityStep: 1 / 16,
        epsilon: 0.1,
      },
    },
  },
  look: { fields: { kind: 'u8', hue: 'u8', name: { text: 96 } }, show: {} },
  /** The direction a player wants to walk in, hundredths of full speed; shown to its owner, who predicts with it. */
  intent: { fields: { dx: 'i8', dy: 'i8' }, show: { audience: 'owner' } },
  errand: {
    fields: {
      kind: 'u8',
      goalX: 'f64',
      goalY: 'f64',
      target: 'f64',
      /** The path is looked for at this tick or later; 0 when it has been found. */
      planAt: 'u32',
      /** No path is looked for before this tick. */
      restUntil: 'u32',
      path: { list: 'u16', max: 64 },
      next: 'u8',
    },
  },
  purse: { fields: { coins: 'u32' }, show: { audience: 'owner' }, keep: true },
  creature: { fields: { path: { list: 'u16', max: 64 }, next: 'u8' } },
} as const;

/** How many paths were looked for in this tick. */
export const record = { plans: 'u8' } as const;

export const events = {
  said: z.object({ name: z.string().max(24), text: z.string().max(200) }),
  picked: z.object({ coin: z.string().max(16), coins: z.int().min(0).max(0xffffffff) }),
};
export const effects = { minted: z.object({ coin: z.string().max(16), amount: z.int().min(1).max(1000) }) };

export type ForestZone = Zone<
  typeof components,
  typeof record,
  readonly ['places', 'wander'],
  typeof events,
  typeof effects,
  readonly ['wander', 'respawn'],
  ForestTerrain
>;
