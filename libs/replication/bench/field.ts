import { defineRuleset, ZoneRuntime } from '@overworld/ruleset';
import { z } from 'zod';
import { Mirror } from '../src/gateway/index.ts';
import { ZoneEncoder } from '../src/zone/index.ts';

const SIZE_M = 2000;
/** Everybody turns this often, on average. */
const TURN_TICKS = 40;

export const field = defineRuleset({
  name: 'bench-field',
  tickHz: 20,
  capacity: { players: 200, entities: 20_000 },
  gap: { policy: 'hold' },
  components: {
    body: {
      fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
      show: {
        motion: {
          position: ['x', 'y'],
          velocity: ['vx', 'vy'],
          min: 0,
          max: SIZE_M,
          step: 0.05,
          velocityMax: 12,
          velocityStep: 0.1,
          epsilon: 0.1,
        },
      },
    },
    look: { fields: { hue: 'u8', name: { text: 24 } }, show: {} },
    purse: { fields: { coins: 'u32' }, show: { audience: 'owner' } },
  },
  interest: { position: ['body', 'x', 'y'], radius: 100 },
  inputs: { move: { schema: z.object({ dx: z.int() }), policy: 'latest' } },
  create() {},
  join(zone, player) {
    const at = { x: SIZE_M / 2, y: SIZE_M / 2 };
    const entity = zone.spawn({ body: at, look: { name: 'player' }, purse: {} });
    zone.own(entity, player);
    return entity;
  },
  input: { move() {} },
  tick(zone) {
    const { x, y, vx, vy } = zone.body;
    zone.each('body', (row) => {
      x[row] = (x[row] as number) + (vx[row] as number) * zone.dt;
      y[row] = (y[row] as number) + (vy[row] as number) * zone.dt;
    });
  },
});

export interface FieldOptions {
  readonly entities: number;
  readonly players: number;
  /** The side of the square in the middle of the field where everybody is. */
  readonly spreadM: number;
}

let state = 0x9e3779b9;

/** Below `limit`, and the same in every run: xorshift. */
function noise(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

/** A zone in which everybody walks about, with its encoder and the mirror of one gateway. */
export class Field {
  readonly mirror = new Mirror(field.wire, field.definition.interest);
  readonly players: readonly string[];
  tick = 0;
  readonly #runtime = ZoneRuntime.create(field, {
    zoneId: 'b',
    zoneNumber: 1,
    seed: 'b',
    params: null,
    idKey: [1, 2],
  });
  readonly #encoder = new ZoneEncoder(this.#runtime);
  readonly #walkers: readonly number[];

  constructor({ entities, players, spreadM }: FieldOptions) {
    this.players = Array.from({ length: players }, (_, index) => (index + 1).toString(16).padStart(16, '0'));
    const from = (SIZE_M - spreadM) / 2;
    this.#walkers = Array.from({ length: entities }, () => {
      const at = { x: from + noise(spreadM), y: from + noise(spreadM) };
      return this.#zone.spawn({ body: at, look: { name: 'walker' } });
    });
  }

  /** Steps the zone once; the players come in with the first tick. */
  step(): void {
    this.tick += 1;
    const { tick } = this;
    const of = { kind: 'join', tick, name: 'p', character: new Uint8Array(0), gateway: 'g' } as const;
    const joins = tick > 1 ? [] : this.players.map((player) => ({ ...of, player }));
    for (const row of this.#walkers) if (noise(TURN_TICKS) === 0) this.#turn(row);
    this.#runtime.step(tick, joins);
  }

  encode(): Uint8Array {
    const { tick } = this;
    return this.#encoder.encode({ epoch: 1, tick, previousTick: tick - 1 }, this.#runtime.output);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the benchmark drives the zone from outside
  get #zone(): any {
    return this.#runtime.context;
  }

  #turn(row: number): void {
    this.#zone.body.vx[row] = (noise(100) - 50) / 10;
    this.#zone.body.vy[row] = (noise(100) - 50) / 10;
  }
}
