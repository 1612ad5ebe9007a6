import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mirror } from '../gateway/index.ts';
import { ZoneEncoder } from '../zone/index.ts';
import { Meadow, meadow, playerId } from './meadow.ts';

function newMirror(): Mirror {
  return new Mirror(meadow.wire, meadow.definition.interest);
}

/** Everything that a mirror shows, as plain values. */
function contents(mirror: Mirror): unknown {
  const { rows } = mirror;
  const shown: unknown[] = [];
  for (let row = 0; row < rows.end; row++) {
    if (!rows.isShown(row)) continue;
    const parts = rows.components.map((table, bit) => {
      if (((rows.held[row] as number) & (1 << bit)) === 0) return undefined;
      return [...table.bytes.slice(table.offset(row), table.offset(row) + table.lengthBytes(row))];
    });
    shown.push([row, rows.masks[row], rows.idLo[row], rows.idHi[row], rows.owners[row], parts]);
  }
  const players = [...mirror.players.values()].sort((a, b) => a.row - b.row);
  return { epoch: mirror.epoch, tick: mirror.tick, shown, players };
}

/** Changes the world a little, in a way that a number decides. */
function stir(world: Meadow, noise: number): void {
  const { zone } = world;
  const row = noise % 12;
  const isEntity = world.runtime.state.alive(row) && !world.runtime.table.isPlayer(row);
  if (!isEntity) zone.spawn({ body: { x: noise % 200, y: noise % 90 }, look: { name: `e${noise}` } });
  else if (noise % 5 === 0) zone.destroy(row);
  else if (noise % 5 === 1) zone.add(row, 'bag');
  else if (noise % 5 === 2) zone.drop(row, 'look');
  else if (zone.has(row, 'body')) zone.body.vx[row] = noise % 7;
}

describe('mirror', () => {
  it('one that syncs at any tick and follows from there holds what one holds that followed from the start', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 4, maxLength: 60 }), fc.nat(59), (noises, at) => {
        const world = new Meadow();
        const late = newMirror();
        world.advance([world.join(0), world.join(1)]);
        noises.forEach((noise, index) => {
          stir(world, noise);
          const message = world.step(noise % 9 === 0 ? [world.join(noise % 3)] : []);
          world.mirror.apply(message);
          if (index > at % noises.length) expect(late.apply(message)).toBe('applied');
          if (index !== at % noises.length) return;
          // What happens after the message is in no sync before the next one.
          stir(world, noise + 1);
          expect(late.apply(world.encoder.sync({ epoch: 1 }))).toBe('applied');
          expect(contents(late)).toEqual(contents(world.mirror));
        });
        expect(contents(late)).toEqual(contents(world.mirror));
      }),
      { numRuns: 100 },
    );
  });

  it('ignores what comes twice or late', () => {
    const world = new Meadow();
    const first = world.step([world.join(0)]);
    const second = world.step();
    expect(world.mirror.apply(first)).toBe('applied');
    expect(world.mirror.apply(second)).toBe('applied');
    const before = contents(world.mirror);
    world.mirror.takePlayerChanges();
    expect(world.mirror.apply(second)).toBe('stale');
    expect(world.mirror.apply(first)).toBe('stale');
    expect(contents(world.mirror)).toEqual(before);
    expect(world.mirror.takePlayerChanges()).toEqual([]);
  });

  it('keeps what comes behind a gap, and applies it behind the sync that closes the gap', () => {
    const world = new Meadow();
    world.advance([world.join(0)]);
    stir(world, 3);
    world.step();
    const sync = world.encoder.sync({ epoch: 1 });
    stir(world, 4);
    expect(world.mirror.apply(world.step())).toBe('gap');
    stir(world, 5);
    expect(world.mirror.apply(world.step())).toBe('gap');
    expect(world.mirror.needsSync).toBe(true);
    expect(world.mirror.apply(sync)).toBe('applied');
    expect(world.mirror.needsSync).toBe(false);
    expect(world.mirror.tick).toBe(world.tick);
    const fresh = newMirror();
    fresh.apply(world.encoder.sync({ epoch: 1 }));
    expect(contents(world.mirror)).toEqual(contents(fresh));
  });

  it('forgets in a sync what went during the gap', () => {
    const world = new Meadow();
    const rock = world.zone.spawn({ look: { name: 'rock' } });
    world.advance();
    expect(world.mirror.rows.isShown(rock)).toBe(true);
    world.zone.destroy(rock);
    world.step();
    expect(world.mirror.apply(world.encoder.sync({ epoch: 1 }))).toBe('applied');
    expect(world.mirror.rows.isShown(rock)).toBe(false);
  });

  it('keeps the old epoch until the new one has said everything, and then goes on with the same entities', () => {
    const world = new Meadow();
    world.zone.spawn({ look: { name: 'rock' } });
    world.advance([world.join(0)]);
    const before = contents(world.mirror) as { shown: unknown[] };
    const generations = world.mirror.rows.generations.slice();
    const old = world.step();
    // A takeover: another encoder, another epoch; its first message is full.
    world.encoder = new ZoneEncoder(world.runtime);
    world.epoch = 2;
    const full = world.step();
    const next = world.step();
    expect(world.mirror.apply(next)).toBe('gap');
    expect(world.mirror.epoch).toBe(1);
    expect((contents(world.mirror) as typeof before).shown).toEqual(before.shown);
    expect(world.mirror.apply(full)).toBe('applied');
    expect(world.mirror.epoch).toBe(2);
    expect(world.mirror.tick).toBe(world.tick);
    expect(world.mirror.rows.generations).toEqual(generations);
    expect(world.mirror.apply(old)).toBe('stale');
  });

  it('refuses a message of another schema', () => {
    const world = new Meadow();
    const other = new Mirror({ ...meadow.wire, hash: '0123456789abcdef' }, { everything: true });
    expect(other.apply(world.step())).toBe('bad');
    expect(other.needsSync).toBe(true);
  });

  it('tells events to whom they are meant for', () => {
    const world = new Meadow();
    world.advance([world.join(0), world.join(1)]);
    const { zone, mirror } = world;
    const [near, far] = [world.avatar(0), world.avatar(1)];
    zone.body.x[far] = 500;
    world.advance();
    const gone = zone.spawn({ body: { x: 100, y: 100 } });
    world.advance();
    const events = (): [string, boolean, boolean][] =>
      mirror.takeEvents().map((event) => {
        const decoded = meadow.events[event.kind]?.codec.decode(event.bytes);
        const { text } = (decoded?.ok ? decoded.value : {}) as { text: string };
        return [text, mirror.hears(event, playerId(0)), mirror.hears(event, playerId(1))];
      });
    world.tick++;
    world.runtime.step(world.tick, []);
    zone.emit('said', { text: 'all' });
    zone.emit('said', { text: 'one' }, { player: world.runtime.table.find(playerId(1)) });
    zone.emit('said', { text: 'near' }, { near });
    zone.emit('said', { text: 'gone' }, { near: gone });
    zone.destroy(gone);
    const header = { epoch: 1, tick: world.tick, previousTick: world.previousTick };
    mirror.apply(world.encoder.encode(header, world.runtime.output));
    expect(events()).toEqual([
      ['all', true, true],
      ['one', false, true],
      ['near', true, false],
      ['gone', true, false],
    ]);
    expect(events()).toEqual([]);
  });

  it.each([
    ['nothing', undefined, -1],
    ['some milliseconds', 12.4, 12],
    ['the most there is room for', 126, 126],
    ['more than that', 127, -1],
  ])('knows how long ago the tick had begun when it was told %s', (_, saidMs, heardMs) => {
    const world = new Meadow();
    const mirror = newMirror();
    const message = world.encoder.encode({ epoch: 1, tick: 1, previousTick: 1 }, world.runtime.output);
    if (saidMs !== undefined) world.encoder.stamp(message, saidMs);
    expect([mirror.apply(message), mirror.ageMs]).toEqual(['applied', heardMs]);
  });

  it('reads messages of the version before, which say nothing of their tick', () => {
    const world = new Meadow();
    const mirror = newMirror();
    const message = world.encoder.encode({ epoch: 1, tick: 1, previousTick: 1 }, world.runtime.output);
    message[1] = 2;
    expect([mirror.apply(message), mirror.ageMs]).toEqual(['applied', -1]);
    const next = world.encoder.encode({ epoch: 1, tick: 2, previousTick: 1 }, world.runtime.output);
    world.encoder.stamp(next, 5);
    next[1] = 2;
    expect(mirror.apply(next)).toBe('bad');
  });

  it('collects events and player changes of steps without a message', () => {
    const world = new Meadow();
    world.advance();
    world.runtime.step(++world.tick, [world.join(0)]);
    world.zone.emit('said', { text: 'hello' });
    world.encoder.collect(world.runtime.output);
    world.advance();
    expect(world.mirror.takePlayerChanges().map(({ kind }) => kind)).toEqual(['present']);
    expect(world.mirror.takeEvents()).toHaveLength(1);
  });

  it('tells what became of players, and acknowledges their inputs', () => {
    const world = new Meadow();
    const player = playerId(0);
    const kinds = (): string[] => world.mirror.takePlayerChanges().map(({ kind }) => kind);
    world.advance([world.join(0)]);
    expect(kinds()).toEqual(['present']);
    expect(world.mirror.players.get(player)).toMatchObject({ avatar: world.avatar(0), connected: true });
    const value = meadow.inputs[0]?.codec.encode({ dx: 3 }) as Uint8Array;
    world.advance([
      { kind: 'input', tick: world.tick + 1, player, sequence: 9, input: 0, source: 'player', value },
    ]);
    expect(world.mirror.players.get(player)?.sequence).toBe(9);
    world.advance([{ kind: 'drop', tick: world.tick + 1, player }]);
    expect(kinds()).toEqual(['dropped']);
    expect(world.mirror.players.get(player)?.connected).toBe(false);
    world.advance([{ kind: 'leave', tick: world.tick + 1, player, reason: 'bye' }]);
    expect(world.mirror.takePlayerChanges()).toMatchObject([{ kind: 'left', player, reason: 'bye' }]);
    expect(world.mirror.players.size).toBe(0);
  });

  it('says of a player who went during a gap that he is gone', () => {
    const world = new Meadow();
    world.advance([world.join(0), world.join(1)]);
    world.mirror.takePlayerChanges();
    world.step([{ kind: 'leave', tick: world.tick + 1, player: playerId(0), reason: 'bye' }]);
    world.mirror.apply(world.encoder.sync({ epoch: 1 }));
    expect(world.mirror.takePlayerChanges().map(({ kind, player }) => [kind, player])).toEqual([
      ['present', playerId(1)],
      ['left', playerId(0)],
    ]);
  });

  it('survives every damaged message, and one that is refused at once changes nothing', () => {
    const world = new Meadow();
    for (let noise = 0; noise < 30; noise++) stir(world, noise * 7);
    world.advance([world.join(0), world.join(1)]);
    for (let noise = 0; noise < 10; noise++) stir(world, noise * 11 + 1);
    world.zone.emit('said', { text: 'hello' }, { near: world.avatar(0) });
    const messages = [world.step([world.join(2)]), world.encoder.sync({ epoch: 1 })];
    let state = 1;
    const random = (limit: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * limit);
    };
    const mirror = newMirror();
    mirror.apply(world.encoder.sync({ epoch: 1 }));
    const results = new Set<string>();
    for (let round = 0; round < 20_000; round++) {
      const message = (messages[round % 2] as Uint8Array).slice();
      const cut = random(8) === 0 ? random(message.length) : message.length;
      for (let change = random(3); change >= 0; change--) message[random(message.length)] = random(256);
      const before = round % 50 === 0 ? contents(mirror) : undefined;
      const result = mirror.apply(message.subarray(0, cut));
      results.add(result);
      if (before !== undefined && (result === 'gap' || result === 'stale'))
        expect(contents(mirror)).toEqual(before);
      mirror.takeEvents();
      mirror.takePlayerChanges();
    }
    expect(results).toContain('bad');
  });
});
