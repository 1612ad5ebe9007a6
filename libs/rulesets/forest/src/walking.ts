import { length } from '@overworld/kernel';
import type { ForestZone } from './components.ts';

export const WALK_MPS = 5;
const FULL = 100;

/** One tick of a player's avatar: where the intent points, sliding along trees. Server and client run this very code. */
export function walk(zone: ForestZone, entity: number): void {
  const { body, intent } = zone;
  const { map } = zone.derived;
  const dx = (intent.dx[entity] as number) / FULL;
  const dy = (intent.dy[entity] as number) / FULL;
  const scale = WALK_MPS / Math.max(1, length(dx, dy));
  const x = body.x[entity] as number;
  const y = body.y[entity] as number;
  const nextX = x + dx * scale * zone.dt;
  const nextY = y + dy * scale * zone.dt;
  const freeX = map.isFree(nextX, y);
  const freeY = map.isFree(freeX ? nextX : x, nextY);
  body.vx[entity] = freeX ? dx * scale : 0;
  body.vy[entity] = freeY ? dy * scale : 0;
  if (freeX) body.x[entity] = nextX;
  if (freeY) body.y[entity] = nextY;
}

/** Heads for a point at `speedMps`; true when it is reached within this tick (the body is then exactly there). */
export function headFor(zone: ForestZone, entity: number, x: number, y: number, speedMps: number): boolean {
  const { body } = zone;
  const dx = x - (body.x[entity] as number);
  const dy = y - (body.y[entity] as number);
  const distance = length(dx, dy);
  const stride = speedMps * zone.dt;
  if (distance <= stride) {
    body.x[entity] = x;
    body.y[entity] = y;
    return true;
  }
  body.vx[entity] = (dx / distance) * speedMps;
  body.vy[entity] = (dy / distance) * speedMps;
  body.x[entity] = (body.x[entity] as number) + (dx / distance) * stride;
  body.y[entity] = (body.y[entity] as number) + (dy / distance) * stride;
  return false;
}

export function stand(zone: ForestZone, entity: number): void {
  zone.body.vx[entity] = 0;
  zone.body.vy[entity] = 0;
}
