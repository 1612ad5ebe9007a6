import { type Operation, ZoneRuntime } from '@overworld/ruleset';
import { describe, expect, it } from 'vitest';
import ruleset from './ruleset.ts';

const ADA = '00000000000000a1';

function openZone(): ZoneRuntime {
  const birth = { zoneId: 'my-game-1', zoneNumber: 1, seed: 'seed', params: {}, idKey: [1, 2] as const };
  return ZoneRuntime.create(ruleset, birth);
}

function join(tick: number): Operation {
  return { kind: 'join', tick, player: ADA, name: 'Ada', character: new Uint8Array(0), gateway: 'gateway-1' };
}

function input(tick: number, sequence: number, name: string, value: unknown): Operation {
  const compiled = ruleset.inputs.find((candidate) => candidate.name === name);
  const bytes = compiled?.codec.encode(value);
  if (!compiled || !bytes) throw new Error(`no input ${name} with the value ${JSON.stringify(value)}`);
  return { kind: 'input', tick, player: ADA, sequence, input: compiled.kind, source: 'player', value: bytes };
}

describe('my-game', () => {
  it('lets a player walk at the speed that the ruleset says', () => {
    const zone = openZone();
    zone.step(1, [join(1)]);
    const avatar = zone.table.avatar(zone.table.find(ADA));
    const start: number = zone.columns.body.x[avatar];
    zone.step(2, [input(2, 1, 'move', { dx: 100, dy: 0 })]);
    for (let tick = 3; tick < 22; tick++) zone.step(tick, []);
    expect(zone.columns.body.x[avatar] - start).toBeCloseTo(5);
  });

  it('tells everybody what a player says', () => {
    const zone = openZone();
    zone.step(1, [join(1)]);
    zone.step(2, [input(2, 1, 'say', { text: 'hello' })]);
    expect(zone.output.events).toMatchObject([{ to: 'all' }]);
  });

  it('comes to the same state from the same inputs', () => {
    const [first, second] = [openZone(), openZone()];
    for (const zone of [first, second]) {
      zone.step(1, [join(1)]);
      zone.step(2, [input(2, 1, 'move', { dx: 70, dy: -70 })]);
      for (let tick = 3; tick < 100; tick++) zone.step(tick, []);
    }
    expect(first.hash()).toBe(second.hash());
  });
});
