import { type DynamicColumns, type Operation, ZoneRuntime } from '@overworld/ruleset';
import { describe, expect, it } from 'vitest';
import { KIND } from './components.ts';
import { forest } from './forest.ts';
import { CELLS, ForestMap, SIZE_M } from './forest-map.ts';
import { PathFinder } from './path-finder.ts';
import type { ForestTerrain } from './terrain.ts';

const ADA = '00000000000000a1';
const GATE = { x: 30, y: 30, to: 'forest-2' };

function open(): ZoneRuntime {
  const birth = {
    zoneId: 'forest-1',
    zoneNumber: 1,
    seed: 'seed',
    params: { map: 'm', gate: GATE },
    idKey: [1, 2] as const,
  };
  return ZoneRuntime.create(forest, birth);
}

function join(player: string, name: string): Operation {
  return { kind: 'join', tick: 1, player, name, character: new Uint8Array(0), gateway: 'g' };
}

function input(tick: number, sequence: number, name: string, value: unknown): Operation {
  const compiled = forest.inputs.find((candidate) => candidate.name === name);
  const bytes = compiled?.codec.encode(value) as Uint8Array;
  return {
    kind: 'input',
    tick,
    player: ADA,
    sequence,
    input: compiled?.kind ?? 0,
    source: 'player',
    value: bytes,
  };
}

const columnsOf = (zone: ZoneRuntime): DynamicColumns => zone.columns;
const mapOf = (zone: ZoneRuntime): ForestMap => (zone.context.derived as ForestTerrain).map;
const avatarOf = (zone: ZoneRuntime, player = ADA): number => zone.table.avatar(zone.table.find(player));

function rowsOf(zone: ZoneRuntime, kind: number): number[] {
  const rows: number[] = [];
  zone.context.each('look', (row: number) => {
    if (columnsOf(zone).look.kind[row] === kind) rows.push(row);
  });
  return rows;
}

describe('map and paths', () => {
  it('[FO1] the same parameters grow the same map', () => {
    expect(new ForestMap({ map: 'a' }).blocked).toEqual(new ForestMap({ map: 'a' }).blocked);
    expect(new ForestMap({ map: 'a' }).blocked).not.toEqual(new ForestMap({ map: 'b' }).blocked);
  });

  it('[FO2] a path leads to its goal over free cells in clear lines, and the cache gives the same one', () => {
    const map = new ForestMap({ map: 'a' });
    const paths = new PathFinder(map);
    let found = 0;
    for (let trial = 0; trial < 50; trial++) {
      const start = map.cellOf(100 + trial * 13, 200 + trial * 9);
      const goal = map.cellOf(130 + trial * 13, 170 + trial * 9);
      const path = paths.find(start, goal);
      expect(paths.find(start, goal)).toBe(path);
      expect(new PathFinder(map).find(start, goal)).toEqual(path);
      if (path.length === 0) continue;
      found++;
      expect(path.at(-1)).toBe(goal);
      let from = map.centreOf(start);
      for (const [index, cell] of path.entries()) {
        const to = map.centreOf(cell);
        expect(map.blocked[cell]).toBe(0);
        // The first line may leave a start that is itself blocked.
        if (index > 0 || map.blocked[start] === 0) expect(map.isClear(from, to)).toBe(true);
        from = to;
      }
    }
    expect(found).toBeGreaterThan(30);
  });

  it('[FO3] a goal under a tree has no path', () => {
    const map = new ForestMap({ map: 'a' });
    const tree = map.blocked.indexOf(1);
    expect(new PathFinder(map).find(map.cellOf(500, 500), tree)).toEqual([]);
    expect(tree).toBeLessThan(CELLS * CELLS);
  });
});

describe('forest', () => {
  it('[FO4] creatures wander, stay on free ground and stay inside', () => {
    const zone = open();
    const creatures = rowsOf(zone, KIND.creature);
    expect(creatures).toHaveLength(200);
    const before = creatures.map((row) => columnsOf(zone).body.x[row]);
    for (let tick = 1; tick <= 400; tick++) {
      zone.step(tick, []);
      if (tick % 20 !== 0) continue;
      const map = mapOf(zone);
      for (const row of creatures) {
        const [x, y] = [columnsOf(zone).body.x[row], columnsOf(zone).body.y[row]];
        expect(map.isFree(x, y), `creature ${row} at ${x}, ${y} on tick ${tick}`).toBe(true);
      }
    }
    const moved = creatures.filter((row, index) => columnsOf(zone).body.x[row] !== before[index]);
    expect(moved.length).toBeGreaterThan(180);
  });

  it('[FO5] a coin within reach is minted once: purse, effect, event, and another coin later', () => {
    const zone = open();
    zone.step(1, [join(ADA, 'Ada')]);
    const [coin] = rowsOf(zone, KIND.coin) as [number];
    const { body, purse } = columnsOf(zone);
    body.x[avatarOf(zone)] = body.x[coin];
    body.y[avatarOf(zone)] = body.y[coin];
    const id = zone.state.stableId(coin);
    zone.step(2, []);
    expect(purse.coins[avatarOf(zone)]).toBe(1);
    expect(zone.output.effects.map((effect) => zone.describeEffect(effect))).toEqual([
      { name: 'minted', value: { coin: id, amount: 1 } },
    ]);
    expect(zone.output.events).toHaveLength(1);
    expect(rowsOf(zone, KIND.coin)).toHaveLength(399);
    for (let tick = 3; tick <= 203; tick++) zone.step(tick, []);
    expect(rowsOf(zone, KIND.coin)).toHaveLength(400);
  });

  it('[FO6] walking into the gate hands the player over, purse included', () => {
    const zone = open();
    zone.step(1, [join(ADA, 'Ada')]);
    const { body, purse } = columnsOf(zone);
    purse.coins[avatarOf(zone)] = 9;
    body.x[avatarOf(zone)] = GATE.x;
    body.y[avatarOf(zone)] = GATE.y;
    zone.step(2, []);
    expect(zone.output.handoffs).toMatchObject([{ toZone: 'forest-2', player: ADA }]);
    const other = ZoneRuntime.create(forest, {
      zoneId: 'forest-2',
      zoneNumber: 2,
      seed: 't',
      params: {},
      idKey: [1, 2],
    });
    const { bytes } = zone.output.handoffs[0] as { bytes: Uint8Array };
    other.step(1, [{ kind: 'handoff-in', tick: 1, from: 'forest-1', handoff: 1, lowWater: 1, bytes }]);
    expect(columnsOf(other).purse.coins[avatarOf(other)]).toBe(9);
  });

  it('[FO7] intents move at walking pace and trees stop them', () => {
    const zone = open();
    zone.step(1, [join(ADA, 'Ada')]);
    const { body } = columnsOf(zone);
    const x = body.x[avatarOf(zone)];
    zone.step(2, [input(2, 1, 'move', { dx: 100, dy: 0 })]);
    expect(body.x[avatarOf(zone)] - x).toBeCloseTo(0.25, 9);
    const map = mapOf(zone);
    for (let tick = 3; tick < 1500; tick++) zone.step(tick, []);
    if (zone.table.find(ADA) < 0) return;
    expect(body.x[avatarOf(zone)]).toBeLessThan(SIZE_M);
    expect(map.isFree(body.x[avatarOf(zone)], body.y[avatarOf(zone)])).toBe(true);
    expect(body.vx[avatarOf(zone)]).toBe(0);
  });

  it('[FO8] go walks around trees to the place; follow keeps near the other player', () => {
    const zone = open();
    const BOB = '00000000000000b2';
    zone.step(1, [join(ADA, 'Ada'), join(BOB, 'Bob')]);
    const { body } = columnsOf(zone);
    const goal = { x: body.x[avatarOf(zone)] + 12, y: body.y[avatarOf(zone)] + 4 };
    zone.step(2, [input(2, 1, 'go', goal)]);
    const reached = mapOf(zone).cellOf(goal.x, goal.y);
    for (let tick = 3; tick < 200; tick++) zone.step(tick, []);
    const map = mapOf(zone);
    expect(map.blocked[reached]).toBe(0);
    expect(Math.hypot(body.x[avatarOf(zone)] - goal.x, body.y[avatarOf(zone)] - goal.y)).toBeLessThan(0.5);
    zone.step(200, [input(200, 2, 'follow', { name: 'bob' })]);
    for (let tick = 201; tick < 500; tick++) zone.step(tick, []);
    const [a, b] = [avatarOf(zone), avatarOf(zone, BOB)];
    expect(Math.hypot(body.x[a] - body.x[b], body.y[a] - body.y[b])).toBeLessThan(12);
  });

  it('[FO9] a replay from a snapshot ends at the same hash', () => {
    const zone = open();
    zone.step(1, [join(ADA, 'Ada')]);
    for (let tick = 2; tick <= 60; tick++) zone.step(tick, []);
    const copy = ZoneRuntime.restore(forest, { zoneId: 'forest-1' }, zone.snapshot()) as ZoneRuntime;
    for (let tick = 61; tick <= 200; tick++) {
      const operations = tick === 70 ? [input(70, 1, 'move', { dx: -70, dy: 70 })] : [];
      zone.step(tick, operations);
      copy.step(tick, operations);
    }
    expect(copy.hash()).toBe(zone.hash());
  });

  it('[FO10] looks for few paths a tick, and seldom for one player, however often they are asked for', () => {
    const zone = open();
    const ids = Array.from({ length: 40 }, (_, index) => (index + 1).toString(16).padStart(16, '0'));
    zone.step(
      1,
      ids.map((id, index) => join(id, `p${index}`)),
    );
    const searches: number[] = [];
    const paths = (zone.context.derived as ForestTerrain).paths;
    const route = paths.route.bind(paths);
    paths.route = (from, to) => {
      searches[searches.length - 1] = (searches.at(-1) ?? 0) + 1;
      return route(from, to);
    };
    zone.context.each('creature', (row) => zone.context.destroy(row));
    for (let tick = 2; tick < 60; tick++) {
      searches.push(0);
      const goal = { x: 500 + tick, y: 400 };
      zone.step(
        tick,
        ids.map((player) => ({ ...input(tick, tick, 'go', goal), player }) as Operation),
      );
    }
    expect(Math.max(...searches)).toBeLessThanOrEqual(8);
    const sum = searches.reduce((total, count) => total + count, 0);
    expect(sum).toBeGreaterThan(120);
    expect(sum).toBeLessThanOrEqual(40 * 6);
  });
});
