import { defineRuleset, type Ruleset } from '@overworld/ruleset';
import { z } from 'zod';

const SIZE_M = 200;
const RESPAWN_TICKS = 40;

/**
 * A small game that uses everything a zone offers: movement, one input of each policy, coins that are minted by an effect
 * and kept by the character, creatures with a seeded will of their own, timers, events, a gate to another zone, and
 * three inputs that make it throw.
 */
export function sampleRuleset(
  options: { readonly gap?: 'hold' | 'catch-up'; readonly name?: string; readonly viewEvery?: number } = {},
): Ruleset {
  return defineRuleset({
    name: options.name ?? 'meadow',
    version: 1,
    tickHz: 20,
    viewEvery: options.viewEvery ?? 1,
    capacity: { players: 24, entities: 96 },
    gap: options.gap === 'hold' ? { policy: 'hold' } : { policy: 'catch-up', maxTicks: 100 },
    components: {
      body: {
        fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
        show: {
          motion: {
            position: ['x', 'y'],
            velocity: ['vx', 'vy'],
            min: 0,
            max: SIZE_M,
            step: 0.02,
            velocityMax: 12,
            velocityStep: 0.1,
            epsilon: 0.1,
          },
        },
      },
      look: { fields: { name: { text: 24 }, hue: 'u8' }, show: {} },
      purse: { fields: { coins: 'u32' }, show: { audience: 'owner' }, keep: true },
      brain: { fields: { goalX: 'f64', goalY: 'f64' } },
    },
    record: { broken: 'u8', minted: 'u32', jumps: 'u32' },
    streams: ['will', 'spawn'],
    interest: { position: ['body', 'x', 'y'], radius: 60 },
    inputs: {
      move: {
        schema: z.object({ dx: z.int().min(-10).max(10), dy: z.int().min(-10).max(10) }),
        policy: 'latest',
      },
      jump: { schema: z.object({}), policy: 'perTick' },
      say: { schema: z.object({ text: z.string().max(80) }), policy: 'all' },
      coin: { schema: z.object({}), policy: 'all' },
      cross: { schema: z.object({ to: z.string().max(63) }), policy: 'all' },
      bomb: { schema: z.object({}), policy: 'all' },
      poison: { schema: z.object({}), policy: 'all' },
    },
    events: { said: z.object({ name: z.string().max(24), text: z.string().max(80) }) },
    effects: { minted: z.object({ amount: z.int().min(0).max(1000) }) },
    timers: ['respawn'],
    create(zone, params) {
      const creatures = (params as { readonly creatures?: number } | null)?.creatures ?? 6;
      for (let count = 0; count < creatures; count += 1) spawnCreature(zone);
    },
    admit(_zone, ticket) {
      return ticket.name === 'banned' ? 'banned' : 'ok';
    },
    join(zone, player) {
      const x = zone.random.spawn.range(10, SIZE_M - 10);
      const look = { name: zone.players.name(player), hue: zone.random.spawn.int(256) };
      return zone.spawn({ body: { x, y: SIZE_M / 2 }, look, purse: { coins: 0 } });
    },
    arrive(zone, player) {
      const avatar = zone.players.avatar(player);
      if (avatar >= 0) zone.body.x[avatar] = 5;
    },
    input: {
      move(zone, player, value) {
        const avatar = zone.players.avatar(player);
        if (avatar < 0) return;
        zone.body.vx[avatar] = value.dx;
        zone.body.vy[avatar] = value.dy;
      },
      jump(zone) {
        zone.record.jumps += 1;
      },
      say(zone, player, value) {
        zone.emit('said', { name: zone.players.name(player), text: value.text });
      },
      coin(zone, player) {
        const avatar = zone.players.avatar(player);
        if (avatar < 0) return;
        zone.purse.coins[avatar] = (zone.purse.coins[avatar] as number) + 1;
        zone.record.minted += 1;
        zone.effect('minted', { amount: 1 }, player);
      },
      cross(zone, player, value) {
        zone.handoff(player, value.to);
      },
      bomb() {
        throw new Error('a bomb went off');
      },
      poison(zone) {
        zone.record.broken = 1;
      },
    },
    timer: {
      respawn(zone) {
        spawnCreature(zone);
      },
    },
    tick(zone) {
      if (zone.record.broken === 1) throw new Error('the meadow is poisoned');
      zone.each('brain', (entity) => wander(zone, entity));
      zone.each('body', (entity) => drift(zone, entity));
    },
  }) as Ruleset;
}

// The helpers see the zone as the definition above types it; naming that type would mean writing it twice.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyZone = any;

function spawnCreature(zone: AnyZone): void {
  const will = zone.random.will;
  const body = { x: will.range(0, SIZE_M), y: will.range(0, SIZE_M) };
  zone.spawn({ body, look: { name: 'deer', hue: will.int(256) }, brain: { goalX: body.x, goalY: body.y } });
}

function wander(zone: AnyZone, entity: number): void {
  const will = zone.random.will;
  if (will.chance(0.002)) {
    zone.destroy(entity);
    zone.after(RESPAWN_TICKS, 'respawn');
    return;
  }
  if (will.chance(0.05)) {
    zone.brain.goalX[entity] = will.range(0, SIZE_M);
    zone.brain.goalY[entity] = will.range(0, SIZE_M);
  }
  const dx = zone.brain.goalX[entity] - zone.body.x[entity];
  const dy = zone.brain.goalY[entity] - zone.body.y[entity];
  const distance = Math.sqrt(dx * dx + dy * dy);
  const speed = distance > 1 ? 3 / distance : 0;
  zone.body.vx[entity] = dx * speed;
  zone.body.vy[entity] = dy * speed;
}

function drift(zone: AnyZone, entity: number): void {
  const { x, y, vx, vy } = zone.body;
  x[entity] = Math.min(SIZE_M, Math.max(0, x[entity] + vx[entity] * zone.dt));
  y[entity] = Math.min(SIZE_M, Math.max(0, y[entity] + vy[entity] * zone.dt));
}
