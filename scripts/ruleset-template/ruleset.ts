import { defineRuleset, type Zone } from '@overworld/ruleset';
import { z } from 'zod';

const SIZE_M = 100;
const SPEED_MPS = 5;
const FULL_SPEED = 100;

const components = {
  /** Where a player is. Shown as motion: clients extrapolate it and hear of it when they would be wrong. */
  body: {
    fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
    show: {
      motion: {
        position: ['x', 'y'],
        velocity: ['vx', 'vy'],
        min: 0,
        max: SIZE_M,
        step: 1 / 256,
        velocityMax: 8,
        velocityStep: 1 / 16,
        epsilon: 0.05,
      },
    },
  },
  /** Where a player wants to go. Only the player's own client needs it, to run ahead of the server. */
  intent: { fields: { dx: 'i8', dy: 'i8' }, show: { audience: 'owner' } },
  look: { fields: { name: { text: 96 } }, show: {} },
} as const;

/** A field where players walk and talk. */
export default defineRuleset({
  name: 'my-game',
  tickHz: 20,
  capacity: { players: 50, entities: 100 },
  gap: { policy: 'catch-up', maxTicks: 200 },
  components,
  streams: ['places'],
  interest: { position: ['body', 'x', 'y'], radius: 60 },
  inputs: {
    move: {
      schema: z.object({
        dx: z.int().min(-FULL_SPEED).max(FULL_SPEED),
        dy: z.int().min(-FULL_SPEED).max(FULL_SPEED),
      }),
      policy: 'latest',
    },
    say: { schema: z.object({ text: z.string().min(1).max(200) }), policy: 'all' },
  },
  events: { said: z.object({ name: z.string().max(24), text: z.string().max(200) }) },
  join(zone, player) {
    const x = SIZE_M / 2 + zone.random.places.range(-10, 10);
    const y = SIZE_M / 2 + zone.random.places.range(-10, 10);
    return zone.spawn({ body: { x, y }, intent: {}, look: { name: zone.players.name(player) } });
  },
  input: {
    move(zone, player, { dx, dy }) {
      const avatar = zone.players.avatar(player);
      zone.intent.dx[avatar] = dx;
      zone.intent.dy[avatar] = dy;
    },
    say(zone, player, { text }) {
      zone.emit('said', { name: zone.players.name(player), text });
    },
  },
  tick(zone) {
    zone.each(['body', 'intent'], (entity) => walk(zone, entity));
  },
  predict: { inputs: ['move'], components: ['body', 'intent'], step: (zone, entity) => walk(zone, entity) },
});

/** One tick of one entity: the server and each client's prediction run this very function. */
function walk(zone: Zone<typeof components>, entity: number): void {
  const { body, intent, dt } = zone;
  body.vx[entity] = ((intent.dx[entity] as number) / FULL_SPEED) * SPEED_MPS;
  body.vy[entity] = ((intent.dy[entity] as number) / FULL_SPEED) * SPEED_MPS;
  body.x[entity] = inside((body.x[entity] as number) + (body.vx[entity] as number) * dt);
  body.y[entity] = inside((body.y[entity] as number) + (body.vy[entity] as number) * dt);
}

function inside(position: number): number {
  return Math.min(SIZE_M, Math.max(0, position));
}
