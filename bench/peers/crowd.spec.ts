import { type Operation, ZoneRuntime } from '@overworld/ruleset';
import { describe, expect, it } from 'vitest';
import { type CrowdOptions, defineCrowd, EPSILON_M, POSITION_STEP_M, STATE, WALK_MPS } from './crowd.ts';

const ADA = '00000000000000a1';
const OPTIONS: CrowdOptions = {
  npcs: 20,
  players: 4,
  tickHz: 20,
  sizeM: 100,
  sightM: 50,
  motion: true,
  everyTick: true,
};

/** The columns of an open zone, as far as these tests look at them. */
interface Columns {
  readonly body: { readonly [field in 'x' | 'y' | 'vx' | 'vy']: Float64Array };
  readonly facing: { readonly rotation: Float64Array };
  readonly vitals: { readonly [field in 'hp' | 'state']: Uint8Array };
}

class Crowd {
  readonly zone: ZoneRuntime;
  readonly columns: Columns;
  #tick = 0;
  #sequence = 0;

  constructor(options: Partial<CrowdOptions> = {}) {
    const ruleset = defineCrowd({ ...OPTIONS, ...options });
    const birth = { zoneId: 'crowd-1', zoneNumber: 1, seed: 's', params: {}, idKey: [1, 2] as const };
    this.zone = ZoneRuntime.create(ruleset, birth);
    this.columns = this.zone.columns as unknown as Columns;
  }

  step(operations: readonly Operation[] = []): void {
    this.#tick += 1;
    this.zone.step(this.#tick, operations);
  }

  join(): number {
    const tick = this.#tick + 1;
    const character = new Uint8Array(0);
    this.step([{ kind: 'join', tick, player: ADA, name: 'Ada', character, gateway: 'g' }]);
    return this.zone.table.avatar(this.zone.table.find(ADA));
  }

  head(dir: number): void {
    this.#sequence += 1;
    const value = this.zone.ruleset.inputs[0]?.codec.encode({ dir }) as Uint8Array;
    const tick = this.#tick + 1;
    this.step([
      { kind: 'input', tick, player: ADA, sequence: this.#sequence, input: 0, source: 'player', value },
    ]);
  }

  place(entity: number): [x: number, y: number] {
    return [this.columns.body.x[entity] as number, this.columns.body.y[entity] as number];
  }
}

describe('the crowd', () => {
  it('[CR1] stands where it came in until it is told where to go, and then walks 5 m/s that way', () => {
    const crowd = new Crowd({ npcs: 0, sizeM: 1000 });
    const ada = crowd.join();
    const [x, y] = crowd.place(ada);
    for (let tick = 0; tick < 10; tick++) crowd.step();
    expect(crowd.place(ada)).toEqual([x, y]);
    expect(crowd.columns.vitals.state[ada]).toBe(STATE.idle);
    const dir = Math.atan2(500 - y, 500 - x);
    crowd.head((dir + 2 * Math.PI) % (2 * Math.PI));
    for (let tick = 1; tick < 20; tick++) crowd.step();
    expect(crowd.place(ada)[0]).toBeCloseTo(x + Math.cos(dir) * WALK_MPS, 9);
    expect(crowd.place(ada)[1]).toBeCloseTo(y + Math.sin(dir) * WALK_MPS, 9);
    expect(crowd.columns.vitals.state[ada]).toBe(STATE.moving);
    expect(crowd.columns.vitals.hp[ada]).toBe(100);
  });

  it('[CR2] takes the rotation of the newest input', () => {
    const crowd = new Crowd();
    const ada = crowd.join();
    crowd.head(1.5);
    crowd.head(2.25);
    expect(crowd.columns.facing.rotation[ada]).toBe(2.25);
  });

  it('[CR3] stops at the walls, and says that it stands there', () => {
    const crowd = new Crowd({ npcs: 0 });
    const ada = crowd.join();
    crowd.head(0);
    for (let tick = 0; tick < 500; tick++) crowd.step();
    expect(crowd.place(ada)[0]).toBeCloseTo(99.99, 9);
    expect(crowd.columns.body.vx[ada]).toBe(0);
    crowd.head(Math.PI);
    for (let tick = 0; tick < 500; tick++) crowd.step();
    expect(crowd.place(ada)[0]).toBe(0);
  });

  it('[CR4] has others that walk at the same speed, turn each two to six seconds and stay inside', () => {
    const crowd = new Crowd();
    for (let tick = 0; tick < 3; tick++) crowd.step();
    const rotations = new Map<number, { rotation: number; since: number }>();
    const pauses: number[] = [];
    for (let tick = 0; tick < 600; tick++) {
      const before = Array.from({ length: OPTIONS.npcs }, (_, entity) => crowd.place(entity));
      crowd.step();
      for (let entity = 0; entity < OPTIONS.npcs; entity++) {
        const [x, y] = crowd.place(entity);
        const [fromX, fromY] = before[entity] as [number, number];
        expect(Math.hypot(x - fromX, y - fromY)).toBeLessThan(WALK_MPS / 20 + 1e-9);
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
        expect(Math.max(x, y)).toBeLessThanOrEqual(99.99);
        const rotation = crowd.columns.facing.rotation[entity] as number;
        const known = rotations.get(entity);
        if (known?.rotation === rotation) continue;
        if (known !== undefined) pauses.push(tick - known.since);
        rotations.set(entity, { rotation, since: known === undefined ? Number.NaN : tick });
      }
    }
    const whole = pauses.filter((pause) => !Number.isNaN(pause));
    expect(whole.length).toBeGreaterThan(50);
    expect(Math.min(...whole)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...whole)).toBeLessThanOrEqual(120);
  });

  it('[CR5] is the same crowd for the same seed', () => {
    const [one, other] = [new Crowd(), new Crowd()];
    for (let tick = 0; tick < 200; tick++) for (const crowd of [one, other]) crowd.step();
    expect(one.columns.body.x).toEqual(other.columns.body.x);
    expect(one.columns.body.y).toEqual(other.columns.body.y);
  });

  it('[CR6] shows positions and rotation as finely as the peers that quantise', () => {
    for (const motion of [true, false]) {
      const { wire } = defineCrowd({ ...OPTIONS, sizeM: 1000, motion });
      const [body, facing, vitals] = wire.components;
      const [x, y] = body?.fields ?? [];
      expect([x, y]).toMatchObject([
        { name: 'x', type: 'u16', scale: POSITION_STEP_M },
        { name: 'y', type: 'u16', scale: POSITION_STEP_M },
      ]);
      expect(body?.fields.length).toBe(motion ? 5 : 2);
      expect(facing?.fields).toMatchObject([{ name: 'rotation', type: 'u8' }]);
      expect(vitals?.fields).toMatchObject([
        { name: 'hp', type: 'u8' },
        { name: 'state', type: 'u8' },
      ]);
    }
    expect(EPSILON_M).toBe(0.1);
  });

  it('[CR7] tells when a tick begins', () => {
    let ticks = 0;
    const crowd = new Crowd({
      ticked: () => {
        ticks += 1;
      },
    });
    for (let tick = 0; tick < 5; tick++) crowd.step();
    expect(ticks).toBe(5);
  });
});
