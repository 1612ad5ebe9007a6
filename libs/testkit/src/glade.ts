import { defineRuleset, type Ruleset } from '@overworld/ruleset';
import { z } from 'zod';

/** Metres from edge to edge; the gates stand at both ends of the x axis. */
export const GLADE_SIZE = 60;
export const GLADE_RADIUS = 25;
export const GLADE_EPSILON = 0.1;
export const GLADE_STEP = 0.02;
export const CREATURE_SPEED = 3;
const REACH = 6;
const RESPAWN_TICKS = 30;
const COINS = 8;
const CREATURES = 4;
const GATE = 1;

export interface GladeParams {
  /** The zone behind both gates. */
  readonly next: string;
}

/**
 * The game of the simulator: coins that are minted into purses, a gate at each end to the next zone, creatures with a
 * seeded will, chat. Every picked coin and every line has a name of its own, so that one that counts twice is seen.
 */
export function gladeRuleset(options: {
  readonly gap: 'hold' | 'catch-up';
  readonly players: number;
}): Ruleset {
  return defineRuleset({
    name: 'glade',
    version: 1,
    tickHz: 20,
    capacity: { players: options.players, entities: 40 },
    gap: options.gap === 'hold' ? { policy: 'hold' } : { policy: 'catch-up', maxTicks: 60 },
    components: {
      body: {
        fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
        show: {
          motion: {
            position: ['x', 'y'],
            velocity: ['vx', 'vy'],
            min: 0,
            max: GLADE_SIZE,
            step: GLADE_STEP,
            velocityMax: 12,
            velocityStep: 0.1,
            epsilon: GLADE_EPSILON,
          },
        },
      },
      look: { fields: { name: { text: 24 }, kind: 'u8' }, show: {} },
      purse: { fields: { coins: 'u32' }, show: { audience: 'owner' }, keep: true },
      coin: { fields: { value: 'u8' }, show: {} },
      brain: { fields: { goalX: 'f64', goalY: 'f64' } },
    },
    record: { minted: 'u32', picks: 'u32' },
    streams: ['will', 'spawn'],
    interest: { position: ['body', 'x', 'y'], radius: GLADE_RADIUS },
    inputs: {
      move: {
        schema: z.object({ dx: z.int().min(-10).max(10), dy: z.int().min(-10).max(10) }),
        policy: 'latest',
      },
      grab: { schema: z.object({}), policy: 'all' },
      say: { schema: z.object({ text: z.string().max(40) }), policy: 'all' },
      hop: { schema: z.object({}), policy: 'perTick' },
      cross: { schema: z.object({}), policy: 'all' },
    },
    events: {
      said: z.object({ name: z.string().max(24), text: z.string().max(40) }),
      picked: z.object({ pick: z.int().min(0), value: z.int().min(0).max(255) }),
    },
    effects: { minted: z.object({ pick: z.int().min(0), value: z.int().min(0).max(255) }) },
    timers: ['respawn'],
    derive: (params) => params as GladeParams,
    create(zone) {
      for (let count = 0; count < COINS; count += 1) spawnCoin(zone);
      for (let count = 0; count < CREATURES; count += 1) spawnCreature(zone);
    },
    admit(_zone, ticket) {
      return ticket.name === 'banned' ? 'banned' : 'ok';
    },
    join(zone, player) {
      const body = { x: GLADE_SIZE / 2, y: zone.random.spawn.range(5, GLADE_SIZE - 5) };
      return zone.spawn({ body, look: { name: zone.players.name(player), kind: 1 }, purse: { coins: 0 } });
    },
    arrive(zone, player) {
      const avatar = zone.players.avatar(player);
      if (avatar < 0) return;
      zone.body.x[avatar] = (zone.body.x[avatar] as number) < GLADE_SIZE / 2 ? GLADE_SIZE - 8 : 8;
    },
    input: {
      move(zone, player, value) {
        const avatar = zone.players.avatar(player);
        if (avatar < 0) return;
        zone.body.vx[avatar] = value.dx;
        zone.body.vy[avatar] = value.dy;
      },
      grab(zone, player) {
        const avatar = zone.players.avatar(player);
        if (avatar >= 0) grab(zone, player, avatar);
      },
      say(zone, player, value) {
        zone.emit('said', { name: zone.players.name(player), text: value.text });
      },
      hop(zone, player) {
        const avatar = zone.players.avatar(player);
        if (avatar >= 0) zone.body.y[avatar] = Math.min(GLADE_SIZE, (zone.body.y[avatar] as number) + 1);
      },
      cross(zone, player) {
        zone.handoff(player, zone.derived.next);
      },
    },
    timer: {
      respawn(zone) {
        spawnCoin(zone);
      },
    },
    tick(zone) {
      zone.each('brain', (entity) => wander(zone, entity));
      zone.each('body', (entity) => drift(zone, entity));
      zone.players.each((player) => watchGates(zone, player));
    },
  }) as Ruleset;
}

// The helpers see the zone as the definition above types it; naming that type would mean writing it twice.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyZone = any;

function spawnCoin(zone: AnyZone): void {
  const { spawn } = zone.random;
  const body = { x: spawn.range(4, GLADE_SIZE - 4), y: spawn.range(4, GLADE_SIZE - 4) };
  zone.spawn({ body, look: { name: 'coin', kind: 2 }, coin: { value: 1 + spawn.int(5) } });
}

function spawnCreature(zone: AnyZone): void {
  const { will } = zone.random;
  const body = { x: will.range(0, GLADE_SIZE), y: will.range(0, GLADE_SIZE) };
  zone.spawn({ body, look: { name: 'deer', kind: 3 }, brain: { goalX: body.x, goalY: body.y } });
}

function grab(zone: AnyZone, player: unknown, avatar: number): void {
  const { x, y } = zone.body;
  let coin = -1;
  zone.near(x[avatar], y[avatar], REACH, (entity: number) => {
    if (zone.has(entity, 'coin') && (coin < 0 || entity < coin)) coin = entity;
  });
  if (coin < 0) return;
  const value = zone.coin.value[coin] as number;
  zone.destroy(coin);
  zone.after(RESPAWN_TICKS, 'respawn');
  zone.purse.coins[avatar] += value;
  zone.record.picks += 1;
  zone.record.minted += value;
  zone.emit('picked', { pick: zone.record.picks, value }, { player });
  zone.effect('minted', { pick: zone.record.picks, value }, player);
}

function wander(zone: AnyZone, entity: number): void {
  const { will } = zone.random;
  if (will.chance(0.04)) {
    zone.brain.goalX[entity] = will.range(0, GLADE_SIZE);
    zone.brain.goalY[entity] = will.range(0, GLADE_SIZE);
  }
  const dx = zone.brain.goalX[entity] - zone.body.x[entity];
  const dy = zone.brain.goalY[entity] - zone.body.y[entity];
  const distance = Math.sqrt(dx * dx + dy * dy);
  const speed = distance > 1 ? CREATURE_SPEED / distance : 0;
  zone.body.vx[entity] = dx * speed;
  zone.body.vy[entity] = dy * speed;
}

function drift(zone: AnyZone, entity: number): void {
  const { x, y, vx, vy } = zone.body;
  x[entity] = Math.min(GLADE_SIZE, Math.max(0, x[entity] + vx[entity] * zone.dt));
  y[entity] = Math.min(GLADE_SIZE, Math.max(0, y[entity] + vy[entity] * zone.dt));
}

function watchGates(zone: AnyZone, player: unknown): void {
  const avatar = zone.players.avatar(player);
  if (avatar < 0) return;
  const x = zone.body.x[avatar] as number;
  if (x <= GATE || x >= GLADE_SIZE - GATE) zone.handoff(player, zone.derived.next);
}
