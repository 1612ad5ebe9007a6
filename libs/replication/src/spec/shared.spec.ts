import { defineRuleset, type Operation, ZoneRuntime } from '@overworld/ruleset';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Replica } from '../client/index.ts';
import { Mirror, View, type ViewOptions } from '../gateway/index.ts';
import { ZoneEncoder } from '../zone/index.ts';
import { playerId } from './meadow.ts';

const garden = defineRuleset({
  name: 'spec-garden',
  tickHz: 20,
  capacity: { players: 8, entities: 300 },
  gap: { policy: 'hold' },
  components: {
    look: { fields: { hue: 'u8' }, show: {} },
    mood: { fields: { level: 'u8' }, show: {} },
  },
  interest: { everything: true },
  inputs: { paint: { schema: z.object({ hue: z.int().min(0).max(255) }), policy: 'all' } },
  create() {},
  join: (zone) => zone.spawn({ look: {} }),
  input: {
    paint(zone, player, { hue }) {
      const avatar = zone.players.avatar(player);
      if (avatar >= 0) zone.look.hue[avatar] = hue;
    },
  },
  tick() {},
});

/** A zone that everybody sees all of, with a client for each of some players. */
class Garden {
  readonly runtime = ZoneRuntime.create(garden, {
    zoneId: 'spec-1',
    zoneNumber: 1,
    seed: 'spec',
    params: null,
    idKey: [1, 2],
  });
  readonly encoder = new ZoneEncoder(this.runtime);
  readonly mirror = new Mirror(garden.wire, { everything: true });
  readonly clients: { readonly view: View; readonly replica: Replica }[] = [];
  tick = 0;

  // biome-ignore lint/suspicious/noExplicitAny: the specs name components freely
  get zone(): any {
    return this.runtime.context;
  }

  watch(index: number, options: Partial<ViewOptions> = {}): View {
    const view = new View(this.mirror, {
      player: playerId(index),
      budgetBytesPerSecond: 1_000_000,
      maxMessageBytes: 65_535,
      ...options,
    });
    this.clients.push({ view, replica: new Replica(garden.wire, { zoneIndex: options.zoneIndex ?? 0 }) });
    return view;
  }

  advance(operations: readonly Operation[] = []): void {
    const previousTick = this.tick++;
    this.runtime.step(this.tick, operations);
    expect(
      this.mirror.apply(
        this.encoder.encode({ epoch: 1, tick: this.tick, previousTick }, this.runtime.output),
      ),
    ).toBe('applied');
  }

  show(index: number): void {
    const { view, replica } = this.clients[index] as (typeof this.clients)[number];
    for (const frame of view.take(this.tick)?.frames ?? []) expect(replica.apply(frame)).toBe('applied');
  }

  showAll(): void {
    for (let index = 0; index < this.clients.length; index++) this.show(index);
  }

  /** The gateway is told everything once more, as behind a gap. */
  sync(): void {
    expect(this.mirror.apply(this.encoder.sync({ epoch: 1 }))).toBe('applied');
  }

  leave(index: number): Operation {
    return { kind: 'leave', tick: this.tick + 1, player: playerId(index), reason: 'left' };
  }

  join(index: number): Operation {
    const player = playerId(index);
    const character = new Uint8Array(0);
    return { kind: 'join', tick: this.tick + 1, player, name: `p${index}`, character, gateway: 'g' };
  }

  paint(index: number, sequence: number, hue: number): Operation {
    const value = garden.inputs[0]?.codec.encode({ hue }) as Uint8Array;
    const player = playerId(index);
    return { kind: 'input', tick: this.tick + 1, player, sequence, input: 0, source: 'player', value };
  }

  /** What is there, as everybody has to see it. */
  contents(): unknown {
    const { state, table } = this.runtime;
    const all: unknown[] = [];
    for (let row = 0; row < state.highWater; row++) {
      if (!state.alive(row) || table.isPlayer(row)) continue;
      const isLevel = this.mirror.rows.masks[row] === 3;
      const { look, mood } = this.zone;
      all.push([this.zone.stableId(row), look.hue[row], isLevel ? mood.level[row] : undefined]);
    }
    return all.sort();
  }

  shownBy(index: number): unknown {
    const { replica } = this.clients[index] as (typeof this.clients)[number];
    const all = [...replica.entities.values()].map((entity) => [
      entity.id,
      entity.get('look')?.hue,
      entity.get('mood')?.level,
    ]);
    return all.sort();
  }
}

type Act =
  | { readonly kind: 'hue' | 'level'; readonly row: number; readonly value: number }
  | { readonly kind: 'spawn' | 'destroy' | 'grow'; readonly row: number }
  | { readonly kind: 'join' | 'leave' | 'paint'; readonly player: number };

const row = fc.nat(20);
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('hue' as const), row, value: fc.nat(255) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('level' as const), row, value: fc.nat(255) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('spawn' as const, 'destroy' as const, 'grow' as const),
      row,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('join' as const, 'leave' as const, 'paint' as const),
      player: fc.nat(3),
    }),
  },
);
/** Of six clients, by bits: a quarter of them. */
const few = fc.tuple(fc.nat(63), fc.nat(63)).map(([one, other]) => one & other);
const ticks = fc.array(
  fc.record({ todo: fc.array(acts, { maxLength: 3 }), asleep: few, slow: few, isTold: fc.nat(15) }),
  {
    minLength: 10,
    maxLength: 60,
  },
);

const BUDGETS = [1_000_000, 1_000_000, 1_000_000, 1_000_000, 300, 100];

describe('frames that are shared', () => {
  it('are assembled once for all who know everything', () => {
    const world = new Garden();
    const stones = Array.from({ length: 200 }, () => world.zone.spawn({ look: {}, mood: {} }));
    for (let index = 0; index < 10; index++) world.watch(index);
    world.advance();
    world.showAll();
    const before = world.clients.map(({ view }) => ({ ...view.counts }));
    for (let tick = 0; tick < 50; tick++) {
      for (const stone of stones.slice(0, 20)) world.zone.look.hue[stone] = tick + 1;
      world.advance();
      world.showAll();
      expect(world.shownBy(9)).toEqual(world.contents());
    }
    const shared = world.clients.map(({ view }, index) => view.counts.shared - (before[index]?.shared ?? 0));
    expect(shared).toEqual([0, 50, 50, 50, 50, 50, 50, 50, 50, 50]);
    for (const { view } of world.clients) expect(view.counts.frames).toBe(51);
  });

  it('are one object for all who know the zone by one number, and stay as they are for who knows it by another', () => {
    const world = new Garden();
    const stone = world.zone.spawn({ look: {} });
    for (const zoneIndex of [0, 0, 7, 0, 7, 0]) world.watch(0, { zoneIndex });
    world.advance();
    world.showAll();
    world.zone.look.hue[stone] = 9;
    world.advance();
    const told: Uint8Array[] = [];
    for (const { view } of world.clients) view.takeEach(world.tick, { frame: (bytes) => told.push(bytes) });
    const [assembled, zero, seven, zeroAgain, sevenAgain, zeroAtLast] = told as Uint8Array[];
    expect([zeroAgain, zeroAtLast].every((frame) => frame === zero)).toBe(true);
    expect(sevenAgain).toBe(seven);
    expect([zero?.[2], seven?.[2]]).toEqual([0, 7]);
    expect(zero?.subarray(3)).toEqual(seven?.subarray(3));
    expect(zero).not.toBe(assembled);
    const before = zero?.slice();
    world.zone.look.hue[stone] = 10;
    world.advance();
    for (const { view } of world.clients) view.takeEach(world.tick, { frame: () => {} });
    expect(zero).toEqual(before);
  });

  it('count what went out before somebody failed', () => {
    const world = new Garden();
    for (let stone = 0; stone < 100; stone++) world.zone.spawn({ look: {} });
    const view = world.watch(0, { maxMessageBytes: 64 });
    world.advance();
    let told = 0;
    const failing = {
      frame: () => {
        if (++told === 3) throw new Error('no more');
      },
    };
    expect(() => view.takeEach(world.tick, failing)).toThrow('no more');
    expect(view.counts).toMatchObject({ frames: 3 });
    view.restart();
    for (let again = 0; again < 10; again++) {
      world.advance();
      world.show(0);
    }
    expect(world.shownBy(0)).toEqual(world.contents());
  });

  it('refuse who takes from another view while he is handed one', () => {
    const world = new Garden();
    world.zone.spawn({ look: {} });
    const [one, other] = [world.watch(0), world.watch(1)];
    world.advance();
    const greedy = { frame: () => other.takeEach(world.tick, { frame: () => {} }) };
    expect(() => one.takeEach(world.tick, greedy)).toThrow('takes none from another view');
    one.restart();
    world.show(0);
    world.show(1);
    expect([world.shownBy(0), world.shownBy(1)]).toEqual([world.contents(), world.contents()]);
  });

  it('are not for a client whose limits they break', () => {
    const world = new Garden();
    const stones = Array.from({ length: 100 }, () => world.zone.spawn({ look: {} }));
    const [, narrow, poor] = [
      world.watch(0),
      world.watch(1, { maxMessageBytes: 64 }),
      world.watch(2, { budgetBytesPerSecond: 150, maxWaitViews: 255 }),
    ];
    world.advance();
    for (let again = 0; again < 200; again++) {
      world.showAll();
      world.advance();
    }
    for (const stone of stones) world.zone.look.hue[stone] = 7;
    world.advance();
    world.showAll();
    expect([narrow.counts.shared, poor.counts.shared]).toEqual([0, 0]);
    expect(world.shownBy(1)).toEqual(world.contents());
    expect(world.shownBy(2)).not.toEqual(world.contents());
  });

  it('stay whole for the others when a client takes only short messages', () => {
    const world = new Garden();
    const stones = Array.from({ length: 100 }, () => world.zone.spawn({ look: {} }));
    world.watch(0, { maxMessageBytes: 64 });
    const wide = [world.watch(1), world.watch(2, { zoneIndex: 7 }), world.watch(3)];
    world.advance();
    world.showAll();
    for (let tick = 0; tick < 10; tick++) {
      for (const stone of stones) world.zone.look.hue[stone] = tick + 1;
      world.advance();
      world.showAll();
    }
    expect(wide.map(({ counts }) => counts.frames)).toEqual([11, 11, 11]);
    expect(wide.map(({ counts }) => counts.shared)).toEqual([0, 10, 10]);
    for (let index = 0; index < 4; index++) expect(world.shownBy(index)).toEqual(world.contents());
  });

  it('leave every client with what is there, whatever it missed, did and rested', () => {
    let shared = 0;
    fc.assert(
      fc.property(ticks, (steps) => {
        const world = new Garden();
        const rows: number[] = Array.from({ length: 8 }, () => world.zone.spawn({ look: {}, mood: {} }));
        const sequences = [0, 0, 0, 0];
        for (let index = 0; index < 6; index++)
          world.watch(index, {
            patienceViews: index % 3,
            zoneIndex: index % 2,
            maxMessageBytes: index === 3 ? 80 : 65_535,
            budgetBytesPerSecond: BUDGETS[index] as number,
          });
        for (const { todo, asleep, slow, isTold } of steps) {
          const operations = todo.flatMap((act) => doAct(world, rows, sequences, act));
          world.advance(operations);
          if (isTold === 0) world.sync();
          for (let index = 0; index < 6; index++) {
            const { view } = world.clients[index] as (typeof world.clients)[number];
            if ((slow >> index) & 1) view.skipped();
            else if (((asleep >> index) & 1) === 0 && !view.rests()) world.show(index);
          }
        }
        for (let tick = 0; tick < 60; tick++) {
          world.advance();
          world.showAll();
        }
        for (let index = 0; index < 6; index++) {
          expect(world.shownBy(index)).toEqual(world.contents());
          const { view, replica } = world.clients[index] as (typeof world.clients)[number];
          shared += view.counts.shared;
          expect(view.entityCount).toBe(replica.entities.size);
          const player = world.mirror.players.get(playerId(index));
          if (player !== undefined && player.sequence > 0) expect(replica.ack).toBe(player.sequence);
        }
      }),
      { numRuns: 200 },
    );
    expect(shared).toBeGreaterThan(500);
  });
});

function doAct(world: Garden, rows: number[], sequences: number[], act: Act): Operation[] {
  if ('player' in act) return actOfPlayer(world, sequences, act);
  const { zone } = world;
  if (act.kind === 'spawn') {
    rows.push(zone.spawn({ look: { hue: act.row } }));
    return [];
  }
  const at = act.row % Math.max(1, rows.length);
  const found = rows[at];
  if (found === undefined) return [];
  const hasMood = zone.has(found, 'mood');
  if (act.kind === 'hue') zone.look.hue[found] = act.value;
  else if (act.kind === 'level' && hasMood) zone.mood.level[found] = act.value;
  else if (act.kind === 'grow' && !hasMood) zone.add(found, 'mood', { level: 1 });
  else if (act.kind === 'destroy') {
    zone.destroy(found);
    rows.splice(at, 1);
  }
  return [];
}

function actOfPlayer(
  world: Garden,
  sequences: number[],
  { kind, player }: Extract<Act, { readonly player: number }>,
): Operation[] {
  const isIn = world.runtime.table.find(playerId(player)) >= 0;
  if (kind === 'join') return isIn ? [] : [world.join(player)];
  if (!isIn) return [];
  if (kind === 'leave') {
    sequences[player] = 0;
    return [world.leave(player)];
  }
  const sequence = (sequences[player] as number) + 1;
  sequences[player] = sequence;
  return [world.paint(player, sequence, player + world.tick)];
}
