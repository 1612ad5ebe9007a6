import { length } from '@overworld/kernel';
import type { Player } from '@overworld/ruleset';
import { ERRAND, type ForestZone } from './components.ts';
import type { Point } from './forest-map.ts';
import { WALK_MPS } from './walking.ts';

const FULL = 100;
const FOLLOW_NEAR_M = 4;
const REPLAN_TICKS = 20;
/** Looking for a path is the dearest thing that a player can ask for: seldom for one, few a tick for all. */
const PLAN_REST_TICKS = 10;
const PLANS_A_TICK = 8;

export function cancelErrand(zone: ForestZone, avatar: number): void {
  if (zone.errand.kind[avatar] === ERRAND.none) return;
  zone.errand.kind[avatar] = ERRAND.none;
  zone.errand.planAt[avatar] = 0;
  zone.errand.path.clear(avatar);
  setIntent(zone, avatar, 0, 0);
}

export function goTo(zone: ForestZone, avatar: number, x: number, y: number): void {
  zone.errand.kind[avatar] = ERRAND.place;
  planTo(zone, avatar, x, y);
}

export function follow(zone: ForestZone, avatar: number, name: string): void {
  let leader = -1;
  zone.players.each((player: Player) => {
    const candidate = zone.players.avatar(player);
    const isNamed = zone.players.name(player).toLowerCase() === name.toLowerCase();
    if (isNamed && candidate >= 0 && candidate !== avatar) leader = candidate;
  });
  if (leader < 0) {
    cancelErrand(zone, avatar);
    return;
  }
  zone.errand.kind[avatar] = ERRAND.follow;
  zone.errand.target[avatar] = zone.ref(leader);
  planTo(zone, avatar, zone.body.x[leader] as number, zone.body.y[leader] as number);
}

/** Wants a path to a place, as soon as this player and the zone may look for one. */
function planTo(zone: ForestZone, avatar: number, x: number, y: number): void {
  const { errand } = zone;
  errand.goalX[avatar] = x;
  errand.goalY[avatar] = y;
  errand.planAt[avatar] = Math.max(zone.tick, errand.restUntil[avatar] as number);
}

/** Looks for the path when it is its turn; until then the old one is walked on. */
function plan(zone: ForestZone, avatar: number): void {
  const { errand, body } = zone;
  const planAt = errand.planAt[avatar] as number;
  if (planAt === 0 || zone.tick < planAt || zone.record.plans >= PLANS_A_TICK) return;
  zone.record.plans++;
  errand.planAt[avatar] = 0;
  errand.restUntil[avatar] = zone.tick + PLAN_REST_TICKS;
  errand.path.clear(avatar);
  errand.next[avatar] = 0;
  const from = { x: body.x[avatar] as number, y: body.y[avatar] as number };
  const to = { x: errand.goalX[avatar] as number, y: errand.goalY[avatar] as number };
  for (const cell of zone.derived.paths.route(from, to)) errand.path.push(avatar, cell);
}

function setIntent(zone: ForestZone, avatar: number, dx: number, dy: number): void {
  zone.intent.dx[avatar] = dx;
  zone.intent.dy[avatar] = dy;
}

/** Where to walk now: the middle of the next cell of the path, or the very place in the last one; undefined at the end. */
function waypoint(zone: ForestZone, avatar: number): Point | undefined {
  const { errand, body } = zone;
  const { map } = zone.derived;
  const next = errand.next[avatar] as number;
  const goal = { x: errand.goalX[avatar] as number, y: errand.goalY[avatar] as number };
  const last = errand.path.length(avatar) - 1;
  if (next < last) return map.centreOf(errand.path.get(avatar, next));
  if (next === last) return goal;
  const isInCell =
    map.cellOf(body.x[avatar] as number, body.y[avatar] as number) === map.cellOf(goal.x, goal.y);
  return last < 0 && next === 0 && isInCell ? goal : undefined;
}

/** Turns the errand into the intent for this tick, so that walking stays one piece of code. */
export function pursueErrand(zone: ForestZone, avatar: number): void {
  const kind = zone.errand.kind[avatar];
  if (kind === ERRAND.none) return;
  if (kind === ERRAND.follow && !keepUp(zone, avatar)) return;
  plan(zone, avatar);
  const { errand, body } = zone;
  for (let goal = waypoint(zone, avatar); goal !== undefined; goal = waypoint(zone, avatar)) {
    const dx = goal.x - (body.x[avatar] as number);
    const dy = goal.y - (body.y[avatar] as number);
    const distance = length(dx, dy);
    if (distance > WALK_MPS * zone.dt) {
      const pace = FULL / distance;
      setIntent(zone, avatar, Math.round(dx * pace), Math.round(dy * pace));
      return;
    }
    errand.next[avatar] = (errand.next[avatar] as number) + 1;
  }
  if (kind === ERRAND.place && errand.planAt[avatar] === 0) cancelErrand(zone, avatar);
  else setIntent(zone, avatar, 0, 0);
}

/** Plans anew after the leader now and then; false while there is nothing to walk to. */
function keepUp(zone: ForestZone, avatar: number): boolean {
  const { body } = zone;
  const leader = zone.resolve(zone.errand.target[avatar] as never);
  if (leader < 0) {
    cancelErrand(zone, avatar);
    return false;
  }
  const dx = (body.x[leader] as number) - (body.x[avatar] as number);
  const dy = (body.y[leader] as number) - (body.y[avatar] as number);
  if (length(dx, dy) < FOLLOW_NEAR_M) {
    setIntent(zone, avatar, 0, 0);
    return false;
  }
  if ((zone.tick + avatar) % REPLAN_TICKS === 0) {
    planTo(zone, avatar, body.x[leader] as number, body.y[leader] as number);
  }
  return true;
}
