import { fromWire, toWire, type WireField } from '@overworld/protocol';
import { defineRuleset, type Operation, ZoneRuntime } from '@overworld/ruleset';
import { z } from 'zod';
import { Mirror } from '../gateway/index.ts';
import { ZoneEncoder } from '../zone/index.ts';

export const RADIUS = 60;
export const EPSILON = 0.1;
export const STEP = 0.02;

/** A ruleset with every kind of thing that can be shown. The specs move its state from outside. */
export const meadow = defineRuleset({
  name: 'spec-meadow',
  tickHz: 20,
  capacity: { players: 8, entities: 400 },
  gap: { policy: 'hold' },
  components: {
    body: {
      fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
      show: {
        motion: {
          position: ['x', 'y'],
          velocity: ['vx', 'vy'],
          min: -100,
          max: 1000,
          step: STEP,
          velocityMax: 12,
          velocityStep: 0.1,
          epsilon: EPSILON,
        },
      },
    },
    look: { fields: { hue: 'u8', name: { text: 24 } }, show: {} },
    purse: { fields: { coins: 'u32', secret: 'u32' }, show: { audience: 'owner', hide: ['secret'] } },
    heat: { fields: { degrees: 'f64' }, show: { as: { degrees: { min: 0, max: 100, step: 0.5 } }, rate: 3 } },
    bag: { fields: { items: { list: 'u16', max: 6 } }, show: {} },
    brain: { fields: { goal: 'f64' } },
  },
  interest: { position: ['body', 'x', 'y'], radius: RADIUS },
  inputs: { move: { schema: z.object({ dx: z.int() }), policy: 'latest' } },
  events: { said: z.object({ text: z.string().max(40) }) },
  create() {},
  join(zone, player) {
    const entity = zone.spawn({ body: { x: 100, y: 100 }, look: { name: 'player' }, purse: { coins: 1 } });
    zone.own(entity, player);
    return entity;
  },
  input: {
    move(zone, player, value) {
      const avatar = zone.players.avatar(player);
      if (avatar >= 0) zone.body.vx[avatar] = value.dx;
    },
  },
  tick(zone) {
    zone.each('body', (entity) => {
      const { x, y, vx, vy } = zone.body;
      x[entity] = (x[entity] as number) + (vx[entity] as number) * zone.dt;
      y[entity] = (y[entity] as number) + (vy[entity] as number) * zone.dt;
    });
  },
});

export function playerId(index: number): string {
  return (index + 1).toString(16).padStart(16, '0');
}

/** A running zone with its encoder and the mirror of one gateway. */
export class Meadow {
  readonly runtime = ZoneRuntime.create(meadow, {
    zoneId: 'spec-1',
    zoneNumber: 1,
    seed: 'spec',
    params: null,
    idKey: [1, 2],
  });
  encoder = new ZoneEncoder(this.runtime);
  readonly mirror = new Mirror(meadow.wire, meadow.definition.interest);
  epoch = 1;
  tick = 0;
  previousTick = 0;

  // biome-ignore lint/suspicious/noExplicitAny: the specs name components freely
  get zone(): any {
    return this.runtime.context;
  }

  /** Steps the zone once and returns its out message. */
  step(operations: readonly Operation[] = []): Uint8Array {
    this.tick++;
    this.runtime.step(this.tick, operations);
    const header = { epoch: this.epoch, tick: this.tick, previousTick: this.previousTick };
    this.previousTick = this.tick;
    return this.encoder.encode(header, this.runtime.output);
  }

  advance(operations: readonly Operation[] = []): void {
    this.mirror.apply(this.step(operations));
  }

  join(index: number): Operation {
    const player = playerId(index);
    const character = new Uint8Array(0);
    return { kind: 'join', tick: this.tick + 1, player, name: `p${index}`, character, gateway: 'g' };
  }

  /** The avatar's row, or -1. */
  avatar(index: number): number {
    const row = this.runtime.table.find(playerId(index));
    return row < 0 ? -1 : this.runtime.table.avatar(row);
  }

  /** A value as a client decodes it. */
  shown(component: string, field: string, row: number): unknown {
    const wire = meadow.wire.components.find(({ name }) => name === component);
    const wireField = wire?.fields.find(({ name }) => name === field) as WireField;
    const column = this.zone[component][field];
    if (wireField.type === 'text') return column.get(row);
    if (wireField.type !== 'list') return fromWire(wireField, toWire(wireField, column[row]));
    return Array.from({ length: column.length(row) }, (_, index) => column.get(row, index));
  }
}
