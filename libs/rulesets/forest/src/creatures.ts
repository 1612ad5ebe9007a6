import type { ForestZone } from './components.ts';
import { KIND } from './components.ts';
import { SIZE_M } from './forest-map.ts';
import { headFor, stand } from './walking.ts';

const CREATURE_MPS = 2;
const ROAM_M = 60;
const REST_MIN_S = 2;
const REST_MAX_S = 8;
const HUES = 6;

export function spawnCreature(zone: ForestZone): void {
  const { places } = zone.random;
  const { map } = zone.derived;
  let [x, y] = [places.range(0, SIZE_M), places.range(0, SIZE_M)];
  while (!map.isFree(x, y)) [x, y] = [places.range(0, SIZE_M), places.range(0, SIZE_M)];
  const entity = zone.spawn({
    body: { x, y },
    look: { kind: KIND.creature, hue: places.int(HUES) },
    creature: {},
  });
  rest(zone, entity);
}

function rest(zone: ForestZone, entity: number): void {
  stand(zone, entity);
  const seconds = zone.random.wander.range(REST_MIN_S, REST_MAX_S);
  zone.after(Math.max(1, Math.round(seconds / zone.dt)), 'wander', entity);
}

/** Picks a place to walk to, around what is in the way. */
export function setOut(zone: ForestZone, entity: number): void {
  const { wander } = zone.random;
  const from = { x: zone.body.x[entity] as number, y: zone.body.y[entity] as number };
  const to = { x: from.x + wander.range(-ROAM_M, ROAM_M), y: from.y + wander.range(-ROAM_M, ROAM_M) };
  const path = zone.creature.path;
  path.clear(entity);
  zone.creature.next[entity] = 0;
  for (const cell of zone.derived.paths.route(from, to)) path.push(entity, cell);
  if (path.length(entity) === 0) rest(zone, entity);
}

export function moveCreature(zone: ForestZone, entity: number): void {
  const { creature } = zone;
  const next = creature.next[entity] as number;
  if (next >= creature.path.length(entity)) return;
  const goal = zone.derived.map.centreOf(creature.path.get(entity, next));
  if (!headFor(zone, entity, goal.x, goal.y, CREATURE_MPS)) return;
  creature.next[entity] = next + 1;
  if (next + 1 >= creature.path.length(entity)) rest(zone, entity);
}
