import { defineRuleset } from '@overworld/ruleset';
import { z } from 'zod';

const SPEED_MPS = 4;

/** A meadow where players walk and talk. */
export const meadow = defineRuleset({
  name: 'meadow',
  tickHz: 20,
  capacity: { players: 50, entities: 60 },
  gap: { policy: 'catch-up', maxTicks: 200 },
  components: {
    body: {
      fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
      show: {
        motion: {
          position: ['x', 'y'], velocity: ['vx', 'vy'],
          min: 0, max: 200, step: 0.01, velocityMax: 8, velocityStep: 0.1, epsilon: 0.1,
        },
      },
    },
    look: { fields: { name: { text: 96 } }, show: {} },
  },
  streams: ['places'],
  interest: { position: ['body', 'x', 'y'], radius: 60 },
  inputs: {
    move: { schema: z.object({ dx: z.int().min(-1).max(1), dy: z.int().min(-1).max(1) }), policy: 'latest' },
    say: { schema: z.object({ text: z.string().min(1).max(200) }), policy: 'all' },
  },
  events: { said: z.object({ name: z.string().max(24), text: z.string().max(200) }) },
  join(zone, player) {
    const [x, y] = [zone.random.places.range(80, 120), zone.random.places.range(80, 120)];
    return zone.spawn({ body: { x, y }, look: { name: zone.players.name(player) } });
  },
  input: {
    move(zone, player, { dx, dy }) {
      const avatar = zone.players.avatar(player);
      zone.body.vx[avatar] = dx * SPEED_MPS;
      zone.body.vy[avatar] = dy * SPEED_MPS;
    },
    say(zone, player, { text }) {
      zone.emit('said', { name: zone.players.name(player), text });
    },
  },
  tick: (zone) => zone.each('body', (entity) => walk(zone.body, entity, zone.dt)),
  predict: { inputs: ['move'], components: ['body'], step: (zone, entity) => walk(zone.body, entity, zone.dt) },
});

/** One tick of walking: the server and every client's prediction run this very function. */
function walk(body: { [field in 'x' | 'y' | 'vx' | 'vy']: Float64Array }, entity: number, seconds: number) {
  body.x[entity] = Math.min(200, Math.max(0, body.x[entity]! + body.vx[entity]! * seconds));
  body.y[entity] = Math.min(200, Math.max(0, body.y[entity]! + body.vy[entity]! * seconds));
}

export default meadow;
