import { length } from '@overworld/kernel';
import type { Player } from '@overworld/ruleset';
import { ERRAND, type ForestZone } from './components.ts';
import { WALK_MPS } from './walking.ts';

const FULL = 100;
const FOLLOW_NEAR_M = 4;
const REPLAN_TICKS = 20;

export function cancelErrand(zone: ForestZone, avatar: number): void {
  if (zone.errand.kind[avatar] === ERRAND.none) return;
  zone.errand.kind[avatar] = ERRAND.none;
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

function planTo(zone: ForestZone, avatar: number, x: number, y: number): void {
  const { errand, body } = zone;
  errand.path.clear(avatar);
  errand.next[avatar] = 0;
  const from = { x: body.x[avatar] as number, y: body.y[avatar] as number };
  for (const cell of zone.derived.paths.route(from, { x, y })) errand.path.push(avatar, cell);
}

function setIntent(zone: ForestZone, avatar: number, dx: number, dy: number): void {
  zone.intent.dx[avatar] = dx;
  zone.intent.dy[avatar] = dy;
}

/** Turns the errand into the intent for this tick, so that walking stays one piece of code. */
export function pursueErrand(zone: ForestZone, avatar: number): void {
  const kind = zone.errand.kind[avatar];
  if (kind === ERRAND.none) return;
  if (kind === ERRAND.follow && !keepUp(zone, avatar)) return;
  const { errand, body } = zone;
  let next = errand.next[avatar] as number;
  while (next < errand.path.length(avatar)) {
    const goal = zone.derived.map.centreOf(errand.path.get(avatar, next));
    const dx = goal.x - (body.x[avatar] as number);
    const dy = goal.y - (body.y[avatar] as number);
    const distance = length(dx, dy);
    if (distance > WALK_MPS * zone.dt) {
      const pace = FULL / distance;
      setIntent(zone, avatar, Math.round(dx * pace), Math.round(dy * pace));
      return;
    }
    errand.next[avatar] = ++next;
  }
  if (kind === ERRAND.place) cancelErrand(zone, avatar);
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
