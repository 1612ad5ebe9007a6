import { cosTurn, sinTurn } from '@overworld/kernel';
import { defineRuleset, type Zone } from '@overworld/ruleset';
import { z } from 'zod';

const SIZE_M = 60;
const SPEED_MPS = 4;
const TURN = 65_536;
const DUMMY_LAP_TICKS = 400;
const DUMMY_RADIUS_M = 8;
const HUES = 8;

const PLAYERS = 16;

export const lobbyParams = z.object({
  dummy: z.boolean().default(false),
  capacity: z.int().min(1).max(PLAYERS).default(PLAYERS),
});

const components = {
  body: {
    fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
    show: {
      motion: {
        position: ['x', 'y'],
        velocity: ['vx', 'vy'],
        min: 0,
        max: SIZE_M,
        step: 1 / 512,
        velocityMax: 6,
        velocityStep: 1 / 16,
        epsilon: 0.05,
      },
    },
  },
  /** Where the head points: 65,536 to a full turn, 0 along +x. */
  facing: { fields: { yaw: 'u16' }, show: { as: { yaw: { min: 0, max: TURN - 256, step: 256 } } } },
  intent: { fields: { dx: 'i8', dy: 'i8' }, show: { audience: 'owner' } },
  look: { fields: { name: { text: 96 }, hue: 'u8', dummy: 'u8' }, show: {} },
} as const;

type LobbyZone = Zone<typeof components>;

function walk(zone: LobbyZone, entity: number): void {
  const { body, intent } = zone;
  body.vx[entity] = ((intent.dx[entity] as number) / 100) * SPEED_MPS;
  body.vy[entity] = ((intent.dy[entity] as number) / 100) * SPEED_MPS;
  for (const [position, velocity] of [
    [body.x, body.vx],
    [body.y, body.vy],
  ] as const) {
    const next = (position[entity] as number) + (velocity[entity] as number) * zone.dt;
    const clamped = Math.min(SIZE_M, Math.max(0, next));
    if (clamped !== next) velocity[entity] = 0;
    position[entity] = clamped;
  }
}

/** The dummy walks a circle, so that whoever is alone in a lobby sees what others will see. */
function walkDummy(zone: LobbyZone, entity: number): void {
  const angle = Math.floor(((zone.tick % DUMMY_LAP_TICKS) / DUMMY_LAP_TICKS) * TURN);
  const { body, facing } = zone;
  const x = SIZE_M / 2 + cosTurn(angle) * DUMMY_RADIUS_M;
  const y = SIZE_M / 2 + sinTurn(angle) * DUMMY_RADIUS_M;
  body.vx[entity] = (x - (body.x[entity] as number)) / zone.dt;
  body.vy[entity] = (y - (body.y[entity] as number)) / zone.dt;
  body.x[entity] = x;
  body.y[entity] = y;
  facing.yaw[entity] = (angle + TURN / 4) % TURN;
}

/** Positions and rotations of the players of a lobby. */
export const lobby = defineRuleset({
  name: 'lobby',
  tickHz: 20,
  capacity: { players: PLAYERS, entities: 2 * PLAYERS },
  gap: { policy: 'catch-up', maxTicks: 20 },
  components,
  streams: ['places'],
  interest: { everything: true },
  inputs: {
    move: {
      schema: z.object({
        dx: z.int().min(-100).max(100),
        dy: z.int().min(-100).max(100),
        yaw: z.int().min(0).max(65_535).optional(),
      }),
      policy: 'latest',
    },
    say: { schema: z.object({ text: z.string().min(1).max(200) }), policy: 'all' },
  },
  events: {
    joined: z.object({ name: z.string().max(24) }),
    left: z.object({ name: z.string().max(24) }),
    said: z.object({ name: z.string().max(24), text: z.string().max(200) }),
  },
  derive: (params: unknown) => lobbyParams.parse(params ?? {}),
  create(zone) {
    if (!zone.derived.dummy) return;
    zone.spawn({
      body: { x: SIZE_M / 2 + DUMMY_RADIUS_M, y: SIZE_M / 2 },
      facing: {},
      look: { name: 'Dummy', hue: HUES, dummy: 1 },
    });
  },
  /** Whichever door a player comes through, and however many tickets were given out. */
  admit: (zone) => (zone.players.count < zone.derived.capacity ? 'ok' : 'lobby-full'),
  join(zone, player) {
    const name = zone.players.name(player);
    const x = SIZE_M / 2 + zone.random.places.range(-6, 6);
    const y = SIZE_M / 2 + zone.random.places.range(-6, 6);
    zone.emit('joined', { name });
    return zone.spawn({
      body: { x, y },
      facing: {},
      intent: {},
      look: { name, hue: zone.random.places.int(HUES) },
    });
  },
  leave(zone, player) {
    zone.emit('left', { name: zone.players.name(player) });
  },
  input: {
    move(zone, player, value) {
      const avatar = zone.players.avatar(player);
      zone.intent.dx[avatar] = value.dx;
      zone.intent.dy[avatar] = value.dy;
      if (value.yaw !== undefined) zone.facing.yaw[avatar] = value.yaw;
    },
    say(zone, player, value) {
      zone.emit('said', { name: zone.players.name(player), text: value.text });
    },
  },
  tick(zone) {
    zone.each(['body', 'intent'], (entity) => walk(zone, entity));
    zone.each(['body', 'look'], (entity) => {
      if (zone.look.dummy[entity] === 1) walkDummy(zone, entity);
    });
  },
  predict: {
    inputs: ['move'],
    components: ['body', 'intent', 'facing'],
    step: walk,
  },
});
