import { type Operation, ZoneRuntime } from '@overworld/ruleset';
import { describe, expect, it } from 'vitest';
import { lobby } from './lobby.ts';

const ADA = '00000000000000a1';
const idKey = [1, 2] as const;

function open(params: unknown): ZoneRuntime {
  return ZoneRuntime.create(lobby, { zoneId: 'lobby-test', zoneNumber: 1, seed: 's', params, idKey });
}

const join: Operation = {
  kind: 'join',
  tick: 1,
  player: ADA,
  name: 'Ada',
  character: new Uint8Array(0),
  gateway: 'g',
};

describe('lobby', () => {
  it('[LO1] tells who joined and who left', () => {
    const zone = open(null);
    zone.step(1, [join]);
    const describeEvent = () => {
      const [event] = zone.output.events;
      return {
        name: lobby.events[event?.kind ?? 0]?.name,
        value: lobby.events[event?.kind ?? 0]?.codec.decode(event?.bytes as Uint8Array),
      };
    };
    expect(describeEvent()).toEqual({ name: 'joined', value: { ok: true, value: { name: 'Ada' } } });
    zone.step(2, [{ kind: 'leave', tick: 2, player: ADA, reason: 'left' }]);
    expect(describeEvent()).toEqual({ name: 'left', value: { ok: true, value: { name: 'Ada' } } });
  });

  it('[LO4] takes in as many as it was opened for, whatever tickets they have', () => {
    const zone = open({ capacity: 1, code: 'ABCDEF', owner: '' });
    zone.step(1, [join]);
    zone.step(2, [{ ...join, tick: 2, player: '00000000000000b2', name: 'Bob' } as Operation]);
    expect(zone.output.players).toMatchObject([{ kind: 'refused', reason: 'lobby-full' }]);
    zone.step(3, [{ ...join, tick: 3 } as Operation]);
    expect(zone.output.players).toMatchObject([{ kind: 'present', player: ADA }]);
  });

  it('[LO2] moves and turns a player, and keeps everybody inside', () => {
    const zone = open(null);
    zone.step(1, [join]);
    const value = lobby.inputs[0]?.codec.encode({ dx: 100, dy: 0, yaw: 16_384 }) as Uint8Array;
    zone.step(2, [{ kind: 'input', tick: 2, player: ADA, sequence: 1, input: 0, source: 'player', value }]);
    for (let tick = 3; tick < 400; tick++) zone.step(tick, []);
    const avatar = zone.table.avatar(zone.table.find(ADA));
    const columns = zone.columns;
    expect(columns.body.x[avatar]).toBe(60);
    expect(columns.body.vx[avatar]).toBe(0);
    expect(columns.facing.yaw[avatar]).toBe(16_384);
  });

  it('[LO3] the dummy walks its circle where it is asked for, with the velocity it really has', () => {
    const zone = open({ dummy: true });
    zone.step(1, []);
    const columns = zone.columns;
    for (let tick = 2; tick < 100; tick++) {
      const x = columns.body.x[0];
      zone.step(tick, []);
      expect(columns.body.x[0]).toBeCloseTo(x + columns.body.vx[0] / 20, 9);
      expect(Math.hypot(columns.body.x[0] - 30, columns.body.y[0] - 30)).toBeCloseTo(8, 6);
    }
    expect(open({ dummy: false }).state.count).toBe(0);
  });
});
