import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Replica } from '../client/index.ts';
import { HYSTERESIS } from '../gateway/sight.ts';
import { View } from '../gateway/index.ts';
import { EPSILON, Meadow, meadow, playerId, RADIUS, STEP } from './meadow.ts';

const PLAYERS = 3;
/** Motion is told within epsilon, and rounded to half a step on each axis. */
const PLACE_SLACK = EPSILON + STEP;
/** How far two walkers get from each other between two searches for what is in sight, each fifth view tick of those not skipped. */
const DRIFT = 2 * 10 * Math.SQRT2 * (15 / 20) + 1;

type Action =
  | { kind: 'spawn'; x: number; y: number; parts: number }
  | { kind: 'destroy'; pick: number }
  | { kind: 'add'; pick: number; part: number }
  | { kind: 'drop'; pick: number; part: number }
  | { kind: 'set'; pick: number; value: number }
  | { kind: 'walk'; pick: number; vx: number; vy: number }
  | { kind: 'teleport'; pick: number; x: number; y: number }
  | { kind: 'own'; pick: number; player: number }
  | { kind: 'join'; player: number }
  | { kind: 'leave'; player: number }
  | { kind: 'wait'; ticks: number }
  | { kind: 'lose'; ticks: number };

const place = fc.integer({ min: 0, max: 260 });
const pick = fc.nat(500);
const speed = fc.integer({ min: -100, max: 100 }).map((tenths) => tenths / 10);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('spawn' as const), x: place, y: place, parts: fc.nat(31) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('destroy' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('add' as const, 'drop' as const), pick, part: fc.nat(4) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), pick, value: fc.nat(300) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('walk' as const), pick, vx: speed, vy: speed }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('teleport' as const), pick, x: place, y: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('own' as const), pick, player: fc.nat(PLAYERS - 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('join' as const, 'leave' as const),
      player: fc.nat(PLAYERS - 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ticks: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('lose' as const), ticks: fc.integer({ min: 1, max: 4 }) }),
  },
);

const PARTS = ['body', 'look', 'purse', 'heat', 'bag'] as const;

interface Scenario {
  readonly actions: readonly Action[];
  readonly budget: number;
  readonly maxMessageBytes: number;
  readonly lossy: boolean;
  /** Seeds which frames are lost and which view ticks are skipped. */
  readonly noise: number;
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 60 }),
  budget: fc.constantFrom(300, 2_000, 1_000_000),
  maxMessageBytes: fc.constantFrom(96, 512, 65_535),
  lossy: fc.boolean(),
  noise: fc.nat(),
});

/** One world, and a client per player behind a link that loses and skips. */
class Harness {
  readonly world = new Meadow();
  readonly views: View[] = [];
  readonly replicas: Replica[] = [];
  readonly #scenario: Scenario;
  /** Receipts of lost frames, settled a few ticks later. */
  #unsettled: { view: View; receipt: number; due: number }[] = [];
  #noise: number;
  #losing = 0;
  settled = false;
  /** By player: the values that were told so far. */
  readonly #told = Array.from({ length: PLAYERS }, () => new Map<unknown, unknown>());

  constructor(chosen: Scenario) {
    this.#scenario = chosen;
    this.#noise = chosen.noise;
    for (let index = 0; index < PLAYERS; index++) {
      const { budget, maxMessageBytes, lossy } = chosen;
      const player = playerId(index);
      this.views.push(
        new View(this.world.mirror, { player, budgetBytesPerSecond: budget, maxMessageBytes, lossy }),
      );
      this.replicas.push(new Replica(meadow.wire));
    }
    this.tick(Array.from({ length: PLAYERS }, (_, index) => this.world.join(index)));
  }

  #chance(): number {
    this.#noise = (Math.imul(this.#noise, 1664525) + 1013904223) >>> 0;
    return this.#noise / 2 ** 32;
  }

  tick(operations: Parameters<Meadow['step']>[0] = []): void {
    const { world } = this;
    const message = world.step(operations);
    if (this.#losing > 0) this.#losing--;
    else this.#deliver(message);
    for (let index = 0; index < PLAYERS; index++) this.#show(index);
    this.#settleReceipts();
  }

  #deliver(message: Uint8Array): void {
    const { mirror, encoder, epoch } = this.world;
    if (mirror.apply(message) === 'gap') expect(mirror.apply(encoder.sync({ epoch }))).toBe('applied');
  }

  #show(index: number): void {
    const view = this.views[index] as View;
    if (!this.settled && this.#chance() < 0.15) {
      view.skipped();
      return;
    }
    const taken = view.take(this.world.tick);
    if (taken === undefined) return;
    const isLost = this.#scenario.lossy && !this.settled && this.#chance() < 0.3;
    for (const frame of taken.frames) {
      expect(frame.length).toBeLessThanOrEqual(this.#scenario.maxMessageBytes);
      if (!isLost) expect((this.replicas[index] as Replica).apply(frame)).not.toBe('bad');
    }
    if (isLost) this.#unsettled.push({ view, receipt: taken.receipt, due: this.world.tick + 3 });
    else view.delivered(taken.receipt);
    this.checkSecrets(index);
  }

  #settleReceipts(): void {
    const due = this.#unsettled.filter((entry) => this.settled || entry.due <= this.world.tick);
    this.#unsettled = this.#unsettled.filter((entry) => !due.includes(entry));
    for (const { view, receipt } of due) view.lost(receipt);
  }

  act(todo: Action): void {
    if (todo.kind === 'wait') for (let count = 0; count < todo.ticks; count++) this.tick();
    else if (todo.kind === 'lose') this.#losing = todo.ticks;
    else if (todo.kind === 'join') this.tick([this.world.join(todo.player)]);
    else if (todo.kind === 'leave') {
      this.tick([{ kind: 'leave', tick: 0, player: playerId(todo.player), reason: 'left' }]);
    } else this.#change(todo);
  }

  /** Entities, without the players' rows. */
  rows(): number[] {
    const { state, table } = this.world.runtime;
    const rows: number[] = [];
    for (let row = state.next(0, -1); row >= 0; row = state.next(0, row)) {
      if (!table.isPlayer(row)) rows.push(row);
    }
    return rows;
  }

  #change(todo: Exclude<Action, { kind: 'wait' | 'lose' | 'join' | 'leave' }>): void {
    const { zone } = this.world;
    if (todo.kind === 'spawn') {
      const values: Record<string, object> = {};
      PARTS.forEach((part, bit) => {
        if ((todo.parts & (1 << bit)) !== 0) values[part] = part === 'body' ? { x: todo.x, y: todo.y } : {};
      });
      zone.spawn(values);
      return;
    }
    const rows = this.rows();
    const row = rows[todo.pick % rows.length];
    if (row === undefined) return;
    if (todo.kind === 'destroy') zone.destroy(row);
    else if (todo.kind === 'add') zone.add(row, PARTS[todo.part]);
    else if (todo.kind === 'drop') zone.drop(row, PARTS[todo.part]);
    else if (todo.kind === 'set') this.#set(row, todo.value);
    else if (todo.kind === 'own') this.#own(row, todo.player);
    else if (zone.has(row, 'body')) this.#move(row, todo);
  }

  #own(row: number, index: number): void {
    const player = this.world.runtime.table.find(playerId(index));
    if (player >= 0) this.world.zone.own(row, player);
  }

  #move(row: number, todo: Extract<Action, { kind: 'walk' | 'teleport' }>): void {
    const { body } = this.world.zone;
    if (todo.kind === 'walk') {
      body.vx[row] = todo.vx;
      body.vy[row] = todo.vy;
    } else {
      body.x[row] = todo.x;
      body.y[row] = todo.y;
    }
  }

  #set(row: number, value: number): void {
    const { zone } = this.world;
    if (zone.has(row, 'look')) {
      zone.look.hue[row] = value % 256;
      zone.look.name.set(row, `n${value}`);
    }
    if (zone.has(row, 'purse')) zone.purse.coins[row] = value;
    if (zone.has(row, 'heat')) zone.heat.degrees[row] = value / 3;
    if (zone.has(row, 'bag') && !zone.bag.items.push(row, value)) zone.bag.items.clear(row);
  }

  /** Everything stops; then every receipt is settled and every view gets time to say what it owes. */
  settle(): void {
    const { zone } = this.world;
    for (const row of this.rows()) {
      if (zone.has(row, 'body')) this.#move(row, { kind: 'walk', pick: 0, vx: 0, vy: 0 });
    }
    this.settled = true;
    for (let count = 0; count < 400; count++) this.tick();
  }

  distance(index: number, row: number): number {
    const avatar = this.world.avatar(index);
    const { zone } = this.world;
    if (row === avatar || !zone.has(row, 'body')) return 0;
    if (avatar < 0 || !zone.has(avatar, 'body')) return Number.NaN;
    const { x, y } = zone.body;
    return Math.hypot(x[row] - x[avatar], y[row] - y[avatar]);
  }

  isOwner(index: number, row: number): boolean {
    const { table } = this.world.runtime;
    const player = table.find(playerId(index));
    return player >= 0 && table.ownerOf(row) === player;
  }

  /** At any time: what a player is told now is in sight, and purses are told to nobody but their owners. */
  checkSecrets(index: number): void {
    const told = this.#told[index] as Map<unknown, unknown>;
    const { mirror, tick, runtime, zone } = this.world;
    for (const entity of (this.replicas[index] as Replica).entities.values()) {
      expect(entity.get('brain')).toBeUndefined();
      expect(entity.get('purse')?.secret).toBeUndefined();
      const row = runtime.state.findStable(entity.id);
      const isCurrent = mirror.tick === tick && row >= 0;
      const [body, purse] = [entity.get('body'), entity.get('purse')];
      const isBodyNew = body !== undefined && !told.has(body);
      if (isCurrent && isBodyNew && zone.has(row, 'body') && zone.has(this.world.avatar(index), 'body')) {
        expect(this.distance(index, row)).toBeLessThanOrEqual(RADIUS * HYSTERESIS + DRIFT);
      }
      if (isCurrent && purse !== undefined && !told.has(purse)) expect(this.isOwner(index, row)).toBe(true);
      told.set(body, true);
      told.set(purse, true);
    }
  }

  check(index: number): void {
    const replica = this.replicas[index] as Replica;
    const { runtime } = this.world;
    const seen = new Set(replica.entities.keys());
    for (const row of this.rows()) {
      const id = runtime.state.stableId(row);
      const entity = replica.entities.get(id);
      const parts = PARTS.filter(
        (part) => this.world.zone.has(row, part) && (part !== 'purse' || this.isOwner(index, row)),
      );
      const distance = this.distance(index, row);
      if (parts.length > 0 && distance <= RADIUS - 2 * PLACE_SLACK) {
        expect(entity, `player ${index} sees ${id} at ${distance}`).toBeDefined();
      }
      if (entity === undefined) continue;
      seen.delete(id);
      if (!Number.isNaN(distance)) {
        expect(distance, `player ${index} sees ${id}`).toBeLessThanOrEqual(
          RADIUS * HYSTERESIS + 2 * PLACE_SLACK,
        );
      }
      expect([...entity.componentNames].sort()).toEqual([...parts].sort());
      expect(entity.own).toBe(row === this.world.avatar(index));
      for (const part of parts) this.#checkPart(row, part, entity.get(part) as Record<string, unknown>);
    }
    expect([...seen], `player ${index} sees what is not there`).toEqual([]);
  }

  #checkPart(row: number, part: (typeof PARTS)[number], values: Record<string, unknown>): void {
    const { zone } = this.world;
    if (part === 'body') {
      const dx = (values.x as number) - zone.body.x[row];
      const dy = (values.y as number) - zone.body.y[row];
      expect(Math.hypot(dx, dy)).toBeLessThanOrEqual(PLACE_SLACK);
      expect([values.vx, values.vy]).toEqual([0, 0]);
      return;
    }
    for (const [field, value] of Object.entries(values)) {
      expect(value, `${part}.${field}`).toEqual(this.world.shown(part, field, row));
    }
  }
}

describe('encoder, mirror, view and replica together', () => {
  it('converge on what each player may see, whatever happened before', () => {
    fc.assert(
      fc.property(scenario, (chosen) => {
        const harness = new Harness(chosen);
        for (const todo of chosen.actions) harness.act(todo);
        harness.settle();
        for (let index = 0; index < PLAYERS; index++) harness.check(index);
      }),
      { numRuns: 120 },
    );
  }, 60_000);
});
