import { atan2, cos, length, PI, sin, TAU } from '@overworld/kernel';
import { type AnyRuleset, defineRuleset, type Interest, type Show, type Zone } from '@overworld/ruleset';
import { z } from 'zod';

export interface CrowdOptions {
  /** Of the ruleset; each world needs one of its own. Default `crowd`. */
  readonly name?: string;
  /** Walkers that no player steers. */
  readonly npcs: number;
  readonly players: number;
  readonly tickHz: number;
  /** The world is a square. */
  readonly sizeM: number;
  /** How far a player sees; 0: everything, on every tick. */
  readonly sightM: number;
  /**
   * True: position and velocity are sent when clients would be off by more than `EPSILON_M`. False: positions alone, each
   * tick in which they change.
   */
  readonly motion: boolean;
  /** True: everybody in sight is updated in each tick. False: as rulesets do by default, the far more seldom. */
  readonly everyTick?: boolean;
  /** Told when a tick begins. It must not touch the zone. */
  readonly ticked?: () => void;
}

export const STATE = { idle: 0, moving: 1, attack: 2, dead: 3 } as const;
export const WALK_MPS = 5;
/** How far from the truth a client may believe a walker, with `motion`. */
export const EPSILON_M = 0.1;
export const POSITION_STEP_M = 1 / 64;
const ROTATION_STEP = TAU / 256;
const VELOCITY_STEPS = 127;
const WALL_M = 0.01;
const HP = 100;
const TURN_MIN_S = 2;
const TURN_MAX_S = 6;

/** The fields alone decide what the ruleset's functions work on; what is shown differs with `motion`. */
function componentsOf({ sizeM, motion }: CrowdOptions) {
  const place = { min: 0, max: sizeM, step: POSITION_STEP_M };
  const segments: Show = {
    motion: {
      ...place,
      position: ['x', 'y'],
      velocity: ['vx', 'vy'],
      velocityMax: WALK_MPS,
      velocityStep: WALK_MPS / VELOCITY_STEPS,
      epsilon: EPSILON_M,
    },
  };
  const places: Show = { as: { x: place, y: place }, hide: ['vx', 'vy'] };
  const rotation = { min: 0, max: 255 * ROTATION_STEP, step: ROTATION_STEP };
  return {
    body: { fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' }, show: motion ? segments : places },
    facing: { fields: { rotation: 'f64' }, show: { as: { rotation } } as Show },
    vitals: { fields: { hp: 'u8', state: 'u8' }, show: {} as Show },
    /** The velocity on free ground: a wall takes away from what the body has, not from this. */
    heading: { fields: { vx: 'f64', vy: 'f64' } },
    errand: { fields: { x: 'f64', y: 'f64' } },
  } as const;
}

type CrowdZone = Zone<
  ReturnType<typeof componentsOf>,
  Record<string, never>,
  readonly ['places', 'wander'],
  Record<string, never>,
  Record<string, never>,
  readonly ['turn']
>;

function head(zone: CrowdZone, entity: number, direction: number): void {
  zone.facing.rotation[entity] = direction;
  zone.heading.vx[entity] = cos(direction) * WALK_MPS;
  zone.heading.vy[entity] = sin(direction) * WALK_MPS;
  zone.vitals.state[entity] = STATE.moving;
}

/** A walker sets out to a random point of the world, and chooses another one some seconds later. */
function setOut(zone: CrowdZone, entity: number, sizeM: number): void {
  const { wander } = zone.random;
  const [x, y] = [wander.range(0, sizeM), wander.range(0, sizeM)];
  zone.errand.x[entity] = x;
  zone.errand.y[entity] = y;
  const turn = atan2(y - (zone.body.y[entity] as number), x - (zone.body.x[entity] as number));
  head(zone, entity, (turn + 2 * PI) % TAU);
  const seconds = wander.range(TURN_MIN_S, TURN_MAX_S);
  zone.after(Math.max(1, Math.round(seconds / zone.dt)), 'turn', entity);
}

function restWhenThere(zone: CrowdZone, entity: number): void {
  if (zone.vitals.state[entity] !== STATE.moving) return;
  const dx = (zone.errand.x[entity] as number) - (zone.body.x[entity] as number);
  const dy = (zone.errand.y[entity] as number) - (zone.body.y[entity] as number);
  if (length(dx, dy) < WALK_MPS * zone.dt) zone.vitals.state[entity] = STATE.idle;
}

/** One tick on the way; a wall stops what leads into it. The velocity is what really happened. */
function walk(zone: CrowdZone, entity: number, farthestM: number): void {
  const { body, heading } = zone;
  if (zone.vitals.state[entity] !== STATE.moving) {
    body.vx[entity] = body.vy[entity] = 0;
    return;
  }
  const [vx, vy] = [heading.vx[entity] as number, heading.vy[entity] as number];
  const x = (body.x[entity] as number) + vx * zone.dt;
  const y = (body.y[entity] as number) + vy * zone.dt;
  body.vx[entity] = x >= 0 && x <= farthestM ? vx : 0;
  body.vy[entity] = y >= 0 && y <= farthestM ? vy : 0;
  body.x[entity] = Math.min(farthestM, Math.max(0, x));
  body.y[entity] = Math.min(farthestM, Math.max(0, y));
}

function spawnValues(zone: CrowdZone, sizeM: number) {
  const { places } = zone.random;
  return {
    body: { x: places.range(0, sizeM), y: places.range(0, sizeM) },
    facing: {},
    vitals: { hp: HP },
    heading: {},
  };
}

function interestOf({ sightM, everyTick }: CrowdOptions): Interest {
  if (sightM === 0) return { everything: true, patience: 0 };
  const position = ['body', 'x', 'y'] as const;
  return { position, radius: sightM, ...(everyTick ? { rings: [1, 1], patience: 0 } : {}) };
}

/** The workload of the peer baselines as a ruleset: a square in which everybody walks about. */
export function defineCrowd(options: CrowdOptions): AnyRuleset {
  const { npcs, players, sizeM, ticked, name = 'crowd' } = options;
  const farthestM = sizeM - WALL_M;
  return defineRuleset({
    name,
    tickHz: options.tickHz,
    capacity: { players, entities: players + npcs },
    gap: { policy: 'hold' },
    components: componentsOf(options),
    streams: ['places', 'wander'],
    timers: ['turn'],
    // One ring as wide as sight itself, and no waiting: the peers show the far as often as the near.
    interest: interestOf(options),
    inputs: { head: { schema: z.object({ dir: z.number().min(0).max(TAU) }), policy: 'latest' } },
    create(zone) {
      for (let count = 0; count < npcs; count++) {
        const entity = zone.spawn({ ...spawnValues(zone, sizeM), errand: {} });
        zone.after(1, 'turn', entity);
      }
    },
    join: (zone) => zone.spawn(spawnValues(zone, sizeM)),
    input: { head: (zone, player, { dir }) => head(zone, zone.players.avatar(player), dir) },
    timer: { turn: (zone, entity) => setOut(zone, entity, sizeM) },
    tick(zone) {
      ticked?.();
      zone.each('errand', (entity) => restWhenThere(zone, entity));
      zone.each('body', (entity) => walk(zone, entity, farthestM));
    },
  });
}

/** The one input of a crowd, which is the same however large the crowd is: its number, and its bytes. */
const [headInput] = defineCrowd({
  npcs: 0,
  players: 1,
  tickHz: 20,
  sizeM: 1000,
  sightM: 100,
  motion: true,
}).inputs;

export function headBytes(dir: number): { readonly kind: number; readonly value: Uint8Array } {
  const value = headInput?.codec.encode({ dir });
  if (headInput === undefined || value === undefined) throw new RangeError(`${dir} is no direction`);
  return { kind: headInput.kind, value };
}
