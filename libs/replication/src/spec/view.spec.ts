import { FRAME_FLAG } from '@overworld/protocol';
import { describe, expect, it } from 'vitest';
import { Replica } from '../client/index.ts';
import { View, type ViewOptions } from '../gateway/index.ts';
import { ZoneEncoder } from '../zone/index.ts';
import { Meadow, meadow, playerId, RADIUS } from './meadow.ts';

function viewOf(world: Meadow, options: Partial<ViewOptions> = {}): View {
  return new View(world.mirror, {
    player: playerId(0),
    budgetBytesPerSecond: 1_000_000,
    maxMessageBytes: 65_535,
    ...options,
  });
}

/** Takes, and applies what was taken; the frames, for a look at them. */
function show(world: Meadow, view: View, replica: Replica): Uint8Array[] {
  const frames = view.take(world.tick)?.frames ?? [];
  for (const frame of frames) expect(replica.apply(frame)).toBe('applied');
  return frames;
}

function flags(frame: Uint8Array | undefined): number {
  return frame?.[1] ?? 0;
}

describe('view', () => {
  it('begins with a keyframe, and is silent while nothing changes', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    expect(view.take(0)).toBeUndefined();
    world.advance([world.join(0)]);
    const [first, ...more] = show(world, view, replica);
    expect(more).toEqual([]);
    expect(flags(first) & FRAME_FLAG.keyframe).toBe(FRAME_FLAG.keyframe);
    for (let tick = 0; tick < 100; tick++) {
      world.advance();
      expect(view.take(world.tick)).toBeUndefined();
    }
  });

  it('sends an acknowledgement that changed although nothing else did', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    world.advance([world.join(0)]);
    show(world, view, replica);
    const value = meadow.inputs[0]?.codec.encode({ dx: 0 }) as Uint8Array;
    const player = playerId(0);
    world.advance([
      { kind: 'input', tick: world.tick + 1, player, sequence: 4, input: 0, source: 'player', value },
    ]);
    const [frame] = show(world, view, replica);
    expect(flags(frame)).toBe(FRAME_FLAG.ack);
    expect(replica.ack).toBe(4);
  });

  it('shows from the radius on and takes away a tenth behind it', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    const other = world.zone.spawn({ body: { x: 100 + RADIUS + 3, y: 100 } });
    const at = (distance: number): boolean => {
      world.zone.body.x[other] = 100 + distance;
      for (let tick = 0; tick < 6; tick++) {
        world.advance([world.join(0)]);
        show(world, view, replica);
      }
      return replica.entities.has(world.zone.stableId(other));
    };
    expect(at(RADIUS + 3)).toBe(false);
    expect(at(RADIUS - 1)).toBe(true);
    expect(at(RADIUS + 3)).toBe(true);
    expect(at(RADIUS * 1.1 + 1)).toBe(false);
    expect(at(RADIUS + 3)).toBe(false);
  });

  it('updates near entities each view tick, others each second or fourth', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    world.advance([world.join(0)]);
    const distances = [10, RADIUS * 0.7, RADIUS * 0.95];
    const rows = distances.map((distance) =>
      world.zone.spawn({ body: { x: 100 + distance, y: 100 }, look: {} }),
    );
    const counts = [0, 0, 0];
    for (let tick = 0; tick < 41; tick++) {
      rows.forEach((row) => {
        world.zone.look.hue[row] = tick % 200;
      });
      world.advance();
      const before = rows.map((row) => replica.entities.get(world.zone.stableId(row))?.get('look'));
      show(world, view, replica);
      rows.forEach((row, index) => {
        const isNew = replica.entities.get(world.zone.stableId(row))?.get('look') !== before[index];
        if (isNew && tick > 0) counts[index] = (counts[index] as number) + 1;
      });
    }
    expect(counts).toEqual([40, 20, 10]);
  });

  it('holds to its budget in the long run, and lets nothing wait longer than it may', () => {
    const world = new Meadow();
    const budgetBytesPerSecond = 2000;
    const maxWaitViews = 60;
    const view = viewOf(world, { budgetBytesPerSecond, maxWaitViews });
    const replica = new Replica(meadow.wire);
    const rows: number[] = [];
    for (let index = 0; index < 80; index++) {
      rows.push(world.zone.spawn({ body: { x: 70 + index * 0.7, y: 90 }, look: {} }));
    }
    world.advance([world.join(0)]);
    const toldAt = new Map<number, number>();
    let longest = 0;
    const ticks = 600;
    for (let tick = 0; tick < ticks; tick++) {
      for (const row of rows) world.zone.look.hue[row] = (world.zone.look.hue[row] + 1) % 250;
      world.advance();
      const before = new Map(
        rows.map((row) => [row, replica.entities.get(world.zone.stableId(row))?.get('look')]),
      );
      show(world, view, replica);
      for (const row of rows) {
        if (replica.entities.get(world.zone.stableId(row))?.get('look') === before.get(row)) continue;
        if (toldAt.has(row)) longest = Math.max(longest, tick - (toldAt.get(row) as number));
        toldAt.set(row, tick);
      }
    }
    expect(toldAt.size).toBe(rows.length);
    expect(longest).toBeLessThanOrEqual(maxWaitViews + 2);
    // One second's worth may be saved up at the beginning; the rest is the rate, with a little for frame headers.
    expect(view.counts.bytes).toBeLessThan(budgetBytesPerSecond * (ticks / 20 + 1) * 1.15);
    expect(view.counts.bytes).toBeGreaterThan(budgetBytesPerSecond * (ticks / 20) * 0.7);
  });

  it('holds to its budget from the first frame on: what nobody waited for yet does not go at once', () => {
    const world = new Meadow();
    const budgetBytesPerSecond = 1_000;
    const view = viewOf(world, { budgetBytesPerSecond });
    for (let count = 0; count < 300; count++) world.zone.spawn({ body: { x: 100, y: 100 }, look: {} });
    world.advance([world.join(0)]);
    const first = (view.take(world.tick)?.frames ?? []).reduce((sum, frame) => sum + frame.length, 0);
    expect(first).toBeGreaterThan(budgetBytesPerSecond / 2);
    expect(first).toBeLessThan(budgetBytesPerSecond * 2);
  });

  it('sends what has waited too long although the budget is spent', () => {
    const world = new Meadow();
    const maxWaitViews = 30;
    const [view, replica] = [
      viewOf(world, { budgetBytesPerSecond: 100, maxWaitViews }),
      new Replica(meadow.wire),
    ];
    const rows: number[] = [];
    for (let index = 0; index < 60; index++) {
      rows.push(world.zone.spawn({ body: { x: 100 + index * 0.9, y: 100 }, look: {} }));
    }
    world.advance([world.join(0)]);
    for (let tick = 0; tick < 5 * maxWaitViews; tick++) {
      for (const row of rows) world.zone.look.hue[row] = tick;
      world.advance();
      show(world, view, replica);
      if (tick < maxWaitViews) continue;
      for (const row of rows) {
        const hue = replica.entities.get(world.zone.stableId(row))?.get('look')?.hue as number;
        expect(tick - hue).toBeLessThanOrEqual(maxWaitViews + 1);
      }
    }
  });

  it('finds one who walks into sight without a word', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    const walker = world.zone.spawn({ body: { x: 400, y: 100, vx: -10 } });
    world.advance([world.join(0)]);
    show(world, view, replica);
    const seenAt = (): number => {
      for (let tick = 0; tick < 600; tick++) {
        world.advance();
        show(world, view, replica);
        if (replica.entities.has(world.zone.stableId(walker))) return world.zone.body.x[walker] - 100;
      }
      return -1;
    };
    // Half a unit a tick, and up to nine ticks until cell and search are due.
    const distance = seenAt();
    expect(distance).toBeLessThanOrEqual(RADIUS);
    expect(distance).toBeGreaterThanOrEqual(RADIUS - 5);
  });

  it('finds at once who jumps into sight', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    const other = world.zone.spawn({ body: { x: 400, y: 100 } });
    world.advance([world.join(0)]);
    show(world, view, replica);
    for (const x of [110, 400, 115, 400, 120, 400, 125]) {
      world.zone.body.x[other] = x;
      world.advance();
      show(world, view, replica);
      expect(replica.entities.has(world.zone.stableId(other)), `at ${x}`).toBe(x < 200);
    }
  });

  it('a sync that brings nothing new costs the clients nothing', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    for (let index = 0; index < 20; index++)
      world.zone.spawn({ body: { x: 100, y: 100 }, look: { name: 'x' } });
    world.advance([world.join(0)]);
    show(world, view, replica);
    expect(world.mirror.apply(world.encoder.sync({ epoch: 1 }))).toBe('applied');
    expect(view.take(world.tick)).toBeUndefined();
  });

  it('lets the own entity through when the budget is spent', () => {
    const world = new Meadow();
    const view = viewOf(world, { budgetBytesPerSecond: 40, maxWaitViews: 255 });
    const replica = new Replica(meadow.wire);
    for (let index = 0; index < 50; index++)
      world.zone.spawn({ body: { x: 100, y: 100 }, look: { name: 'x' } });
    world.advance([world.join(0)]);
    show(world, view, replica);
    expect(replica.own?.id).toBe(world.zone.stableId(world.avatar(0)));
    for (let tick = 0; tick < 20; tick++) {
      world.zone.purse.coins[world.avatar(0)] = tick + 5;
      world.advance();
      show(world, view, replica);
      expect(replica.own?.get('purse')?.coins).toBe(tick + 5);
    }
  });

  it('splits what is larger than one message may be', () => {
    const world = new Meadow();
    const view = viewOf(world, { maxMessageBytes: 128 });
    const replica = new Replica(meadow.wire);
    for (let index = 0; index < 20; index++)
      world.zone.spawn({ body: { x: 100, y: 100 }, look: { name: 'x' } });
    world.advance([world.join(0)]);
    const frames = show(world, view, replica);
    expect(frames.length).toBeGreaterThan(3);
    for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(128);
    expect(frames.filter((frame) => (flags(frame) & FRAME_FLAG.keyframe) !== 0)).toHaveLength(1);
    expect(replica.entities.size).toBe(21);
  });

  it('after a new epoch sends a keyframe in which what stays is the same', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    const left: string[] = [];
    replica.onLeave((entity) => left.push(entity.id));
    world.zone.spawn({ body: { x: 100, y: 100 } });
    const doomed = world.zone.spawn({ body: { x: 100, y: 100 } });
    const doomedId = world.zone.stableId(doomed);
    world.advance([world.join(0)]);
    show(world, view, replica);
    const before = [...replica.entities.values()];
    world.encoder = new ZoneEncoder(world.runtime);
    world.epoch = 2;
    world.zone.destroy(doomed);
    world.advance();
    const [frame] = show(world, view, replica);
    expect(flags(frame) & FRAME_FLAG.keyframe).toBe(FRAME_FLAG.keyframe);
    expect(replica.epoch).toBe(2);
    expect(left).toEqual([doomedId]);
    expect([...replica.entities.values()]).toEqual(before.filter(({ id }) => id !== doomedId));
  });

  it('names what is in sight by numbers below the most that was in sight at a time', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    world.advance([world.join(0)]);
    show(world, view, replica);
    let stones: number[] = [];
    for (let round = 0; round < 40; round++) {
      for (const stone of stones) world.zone.destroy(stone);
      stones = Array.from({ length: 5 }, () => world.zone.spawn({ body: { x: 101, y: 100 }, look: {} }));
      world.advance();
      show(world, view, replica);
      const shown = [...replica.entities.values()].map(({ netId }) => netId);
      expect(shown).toHaveLength(6);
      expect(new Set(shown).size).toBe(6);
      // The old stones and the new ones have numbers at the same time.
      expect(Math.max(...shown)).toBeLessThan(11);
    }
  });

  it('shows a component to its owner alone, also when the owner changes', () => {
    const world = new Meadow();
    const views = [viewOf(world), viewOf(world, { player: playerId(1) })];
    const replicas = [new Replica(meadow.wire), new Replica(meadow.wire)];
    world.advance([world.join(0), world.join(1)]);
    const chest = world.zone.spawn({ body: { x: 100, y: 100 }, purse: { coins: 7 } });
    const id = world.zone.stableId(chest);
    const coins = (): unknown[] => {
      world.advance();
      views.forEach((view, index) => {
        show(world, view, replicas[index] as Replica);
      });
      return replicas.map((replica) => replica.entities.get(id)?.get('purse')?.coins);
    };
    expect(coins()).toEqual([undefined, undefined]);
    world.zone.own(chest, world.runtime.table.find(playerId(0)));
    expect(coins()).toEqual([7, undefined]);
    world.zone.own(chest, world.runtime.table.find(playerId(1)));
    world.zone.purse.coins[chest] = 8;
    expect(coins()).toEqual([undefined, 8]);
  });

  it('looks over the border into the next zone', () => {
    const [here, there] = [new Meadow(), new Meadow()];
    const view = new View(
      [
        { mirror: here.mirror, zoneIndex: 0 },
        { mirror: there.mirror, zoneIndex: 1, originX: 120 },
      ],
      { player: playerId(0), budgetBytesPerSecond: 1_000_000, maxMessageBytes: 65_535 },
    );
    const replicas = [new Replica(meadow.wire), new Replica(meadow.wire, { zoneIndex: 1 })];
    // At 100 here; the other zone's 10 is at 130 of the world, its 70 at 190.
    const close = there.zone.spawn({ body: { x: 10, y: 100 } });
    there.zone.spawn({ body: { x: 70, y: 100 } });
    here.advance([here.join(0)]);
    there.advance();
    for (const frame of view.take(here.tick)?.frames ?? [])
      for (const replica of replicas) replica.apply(frame);
    expect([...(replicas[0]?.entities.keys() ?? [])]).toEqual([here.zone.stableId(here.avatar(0))]);
    expect([...(replicas[1]?.entities.keys() ?? [])]).toEqual([there.zone.stableId(close)]);
  });

  it('rests behind a frame while only others have news, and not a tick longer than it may', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world, { patienceViews: 1 }), new Replica(meadow.wire)];
    world.advance([world.join(0)]);
    const stone = world.zone.spawn({ body: { x: 101, y: 100 }, look: {} });
    const log: string[] = [];
    for (let tick = 1; tick <= 12; tick++) {
      world.zone.look.hue[stone] = tick;
      if (tick > 8) world.zone.look.hue[world.avatar(0)] = tick;
      world.advance();
      if (view.rests()) log.push('rest');
      else log.push(show(world, view, replica).length === 1 ? 'frame' : 'nothing');
    }
    expect(log.join(' ')).toBe('frame rest frame rest frame rest frame rest frame frame frame frame');
    expect(replica.entities.get(world.zone.stableId(stone))?.get('look')?.hue).toBe(12);
    world.epoch = 2;
    world.encoder = new ZoneEncoder(world.runtime);
    world.advance();
    expect(view.rests()).toBe(false);
  });

  it('tells each what is new since it looked, however long ago that was and however the zone has grown', () => {
    const world = new Meadow();
    world.advance([world.join(0)]);
    const looking = [1, 2, 3, 5, 8].map((everyTicks) => ({
      everyTicks,
      view: viewOf(world),
      replica: new Replica(meadow.wire),
    }));
    const stones: number[] = [];
    for (let tick = 1; tick <= 240; tick++) {
      // Beyond the rows that a mirror has room for at first.
      if (tick <= 90) stones.push(world.zone.spawn({ body: { x: 100 + (tick % 20), y: 100 }, look: {} }));
      for (const offset of [0, 31, 67]) {
        const stone = stones[(tick * 7 + offset) % stones.length] as number;
        world.zone.look.hue[stone] = tick;
      }
      world.advance();
      for (const { everyTicks, view, replica } of looking) {
        if (tick % everyTicks === 0) show(world, view, replica);
      }
    }
    const hues = stones.map((stone) => world.zone.look.hue[stone]);
    for (const { replica } of looking) {
      const seen = stones.map((stone) => replica.entities.get(world.zone.stableId(stone))?.get('look')?.hue);
      expect(seen).toEqual(hues);
    }
  });

  it('a skipped tick costs nothing but time: the newest goes next', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    world.advance([world.join(0)]);
    show(world, view, replica);
    const stone = world.zone.spawn({ body: { x: 101, y: 100 }, look: {} });
    for (let tick = 0; tick < 30; tick++) {
      world.zone.look.hue[stone] = tick;
      world.advance();
      view.skipped();
    }
    show(world, view, replica);
    expect(replica.entities.get(world.zone.stableId(stone))?.get('look')?.hue).toBe(29);
    expect(view.counts.skipped).toBe(30);
  });

  it('without a lossy link, a lost receipt says everything anew', () => {
    const world = new Meadow();
    const [view, replica] = [viewOf(world), new Replica(meadow.wire)];
    world.advance([world.join(0)]);
    view.lost(view.take(world.tick)?.receipt ?? 0);
    const [frame] = show(world, view, replica);
    expect(flags(frame) & FRAME_FLAG.keyframe).toBe(FRAME_FLAG.keyframe);
    expect(replica.own).toBeDefined();
  });

  it('keeps less than 8 kB for a client who sees 300 entities', () => {
    const world = new Meadow();
    const view = viewOf(world);
    for (let index = 0; index < 300; index++) world.zone.spawn({ body: { x: 100, y: 100 } });
    world.advance([world.join(0)]);
    show(world, view, new Replica(meadow.wire));
    expect(view.sizeBytes).toBeLessThan(8192);
  });
});
