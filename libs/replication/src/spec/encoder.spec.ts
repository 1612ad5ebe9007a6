import { describe, expect, it } from 'vitest';
import { OutReader, type OutSink } from '../wire/out-message.ts';
import { Meadow, meadow, playerId } from './meadow.ts';

/** Everything a message says, as lines. */
function said(message: Uint8Array): string[] {
  const lines: string[] = [];
  const reader = new OutReader(meadow.wire);
  const sink: OutSink = {
    leave: (row) => lines.push(`leave ${row}`),
    enter: (row, _lo, _hi, owner, mask) => lines.push(`enter ${row} owner ${owner} mask ${mask}`),
    reshape: (row, owner, mask) => lines.push(`reshape ${row} owner ${owner} mask ${mask}`),
    record: (row, mask) => lines.push(`record ${row} mask ${mask}`),
    component: () => {},
    player: ({ kind, row }) => lines.push(`player ${kind} row ${row}`),
    ack: (row, sequence) => lines.push(`ack ${row} ${sequence}`),
    event: ({ kind, to }) => lines.push(`event ${kind} to ${to}`),
  };
  expect(reader.check(message)).toBe(true);
  reader.visit(message, sink);
  return lines;
}

/** Bits on the wire: body 1, look 2, purse 4, heat 8, bag 16. */
describe('zone encoder', () => {
  it('says each change once, in runs of one mask', () => {
    const world = new Meadow();
    const { zone } = world;
    const rows = [0, 1, 2].map((x) => zone.spawn({ body: { x }, look: { hue: x }, brain: { goal: 1 } }));
    expect(said(world.step())).toEqual([
      ...rows.map((row) => `enter ${row} owner -1 mask 3`),
      ...rows.map((row) => `record ${row} mask 3`),
    ]);
    expect(said(world.step())).toEqual([]);
    zone.look.hue[1] = 9;
    zone.body.x[2] = 50;
    zone.look.name.set(0, 'Ada');
    zone.brain.goal[0] = 7;
    expect(said(world.step())).toEqual(['record 2 mask 1', 'record 0 mask 2', 'record 1 mask 2']);
    expect(said(world.step())).toEqual([]);
  });

  it('does not show entities whose components stay in the zone, nor the players own rows', () => {
    const world = new Meadow();
    const hidden = world.zone.spawn({ brain: { goal: 3 } });
    const lines = said(world.step([world.join(0)]));
    expect(lines.filter((line) => line.startsWith('enter'))).toEqual([
      `enter ${world.avatar(0)} owner ${world.runtime.table.find(playerId(0))} mask 7`,
    ]);
    world.zone.add(hidden, 'look');
    expect(said(world.step())).toEqual([`enter ${hidden} owner -1 mask 2`, `record ${hidden} mask 2`]);
    world.zone.drop(hidden, 'look');
    expect(said(world.step())).toEqual([`leave ${hidden}`]);
  });

  it('a row that is born again leaves and enters', () => {
    const world = new Meadow();
    const row = world.zone.spawn({ look: { hue: 4 } });
    world.step();
    world.zone.destroy(row);
    expect(world.zone.spawn({ look: { hue: 4 } })).toBe(row);
    expect(said(world.step())).toEqual([
      `leave ${row}`,
      `enter ${row} owner -1 mask 2`,
      `record ${row} mask 2`,
    ]);
  });

  it('says what it shows, not what the state holds beyond the wire', () => {
    const world = new Meadow();
    const row = world.zone.spawn({ heat: { degrees: 20.1 }, body: { x: 10, y: 10 } });
    world.step();
    world.zone.heat.degrees[row] = 20.2;
    world.zone.body.x[row] = 10.05;
    expect(said(world.step())).toEqual([]);
    world.zone.heat.degrees[row] = 20.3;
    expect(said(world.step())).toEqual([`record ${row} mask 8`]);
    world.zone.heat.degrees[row] = 5000;
    said(world.step());
    expect(world.shown('heat', 'degrees', row)).toBe(127.5);
  });

  it('numbers that are none do not reach the wire', () => {
    const world = new Meadow();
    const row = world.zone.spawn({ heat: {}, body: { x: 10, y: 10 } });
    world.step();
    world.zone.heat.degrees[row] = Number.NaN;
    world.zone.body.x[row] = Number.POSITIVE_INFINITY;
    world.zone.body.vy[row] = Number.NaN;
    expect(world.mirror.apply(world.encoder.sync({ epoch: 1 }))).toBe('applied');
    expect(world.mirror.apply(world.step())).toBe('applied');
  });

  it('a sync says the same twice, and nothing that came after the last message', () => {
    const world = new Meadow();
    const row = world.zone.spawn({ look: { hue: 4 } });
    world.step([world.join(0)]);
    const before = world.encoder.sync({ epoch: 1 });
    world.zone.look.hue[row] = 5;
    world.zone.spawn({ look: { hue: 6 } });
    world.zone.destroy(row);
    expect(world.encoder.sync({ epoch: 1 })).toEqual(before);
    expect(said(world.step())).toContain(`leave ${row}`);
  });

  it('drops events past its limit and counts them', () => {
    const world = new Meadow();
    world.advance();
    const events = Array.from({ length: 5000 }, () => ({
      kind: 0,
      bytes: new Uint8Array(1),
      to: 'all' as const,
    }));
    world.encoder.collect({ events, players: [] });
    expect(world.encoder.droppedEvents).toBe(904);
    world.advance();
    expect(world.mirror.takeEvents()).toHaveLength(4096);
  });
});
