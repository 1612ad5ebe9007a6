import { describe, expect, it } from 'vitest';
import { meadow } from '../../../docs/examples/meadow.ts';
import { z } from 'zod';
import { defineRuleset, encodeCharacter, InputFault, type Operation, ZoneRuntime } from './index.ts';

const ADA = '00000000000000a1';
const BOB = '00000000000000b2';
const idKey = [1, 2] as const;

const game = defineRuleset({
  name: 'purse-game',
  tickHz: 10,
  capacity: { players: 2, entities: 8 },
  gap: { policy: 'hold' },
  components: {
    body: { fields: { x: 'f64' }, show: {} },
    purse: { fields: { coins: 'u32' }, show: { audience: 'owner' }, keep: true },
  },
  interest: { everything: true },
  inputs: {
    earn: { schema: z.object({ amount: z.int().min(0).max(100) }), policy: 'all' },
    cross: { schema: z.object({ to: z.string().max(20) }), policy: 'all' },
    fail: { schema: z.object({}), policy: 'all' },
  },
  effects: { minted: z.object({ amount: z.int().min(0) }) },
  join: (zone) => zone.spawn({ body: { x: 5 }, purse: {} }),
  admit: (_zone, ticket) => (ticket.name === 'Eve' ? 'banned' : 'ok'),
  input: {
    earn(zone, player, { amount }) {
      const avatar = zone.players.avatar(player);
      zone.purse.coins[avatar] = (zone.purse.coins[avatar] as number) + amount;
      zone.effect('minted', { amount }, player);
    },
    cross: (zone, player, { to }) => zone.handoff(player, to),
    fail() {
      throw new Error('broken handler');
    },
  },
  arrive(zone, player) {
    zone.body.x[zone.players.avatar(player)] = 50;
  },
});

function open(zoneId: string, zoneNumber: number): ZoneRuntime {
  return ZoneRuntime.create(game, { zoneId, zoneNumber, seed: 's', params: { a: 1 }, idKey });
}

const join = (
  player: string,
  tick: number,
  name = 'Ada',
  character: Uint8Array = new Uint8Array(0),
): Operation => ({
  kind: 'join',
  tick,
  player,
  name,
  character,
  gateway: 'g1',
});

function input(player: string, tick: number, sequence: number, name: string, value: unknown): Operation {
  const compiled = game.inputs.find((candidate) => candidate.name === name);
  const bytes = compiled?.codec.encode(value) as Uint8Array;
  return {
    kind: 'input',
    tick,
    player,
    sequence,
    input: compiled?.kind ?? 0,
    source: 'player',
    value: bytes,
  };
}

function coinsOf(zone: ZoneRuntime, player: string): number {
  const avatar = zone.table.avatar(zone.table.find(player));
  return zone.columns.purse.coins[avatar];
}

describe('players', () => {
  it('[RT1] a join makes an avatar once; a second one connects the same seat again', () => {
    const zone = open('a', 1);
    zone.step(1, [join(ADA, 1)]);
    expect(zone.output.players).toMatchObject([{ kind: 'present', player: ADA }]);
    zone.step(2, [{ kind: 'drop', tick: 2, player: ADA }]);
    expect(zone.output.players).toMatchObject([{ kind: 'dropped', player: ADA }]);
    zone.step(3, [join(ADA, 3)]);
    expect(zone.table.count).toBe(1);
    for (let tick = 4; tick < 700; tick++) zone.step(tick, []);
    expect(zone.table.count).toBe(1);
  });

  it('[RT15] a drop by a gateway that the player has left meanwhile says nothing', () => {
    const zone = open('a', 1);
    zone.step(1, [join(ADA, 1)]);
    const here = zone.table.gateway(zone.table.find(ADA));
    zone.step(2, [{ kind: 'drop', tick: 2, player: ADA, gateway: 'elsewhere' }]);
    expect(zone.output.players).toEqual([]);
    zone.step(3, [{ kind: 'drop', tick: 3, player: ADA, gateway: here }]);
    expect(zone.output.players).toMatchObject([{ kind: 'dropped', player: ADA }]);
  });

  it('[RT2] a dropped player keeps the seat for 60 s of zone time, then leaves with the character saved', () => {
    const zone = open('a', 1);
    zone.step(1, [join(ADA, 1)]);
    zone.step(2, [input(ADA, 2, 1, 'earn', { amount: 7 }), { kind: 'drop', tick: 2, player: ADA }]);
    for (let tick = 3; tick < 602; tick++) zone.step(tick, []);
    expect(zone.table.count).toBe(1);
    zone.step(602, []);
    expect(zone.output.players).toMatchObject([{ kind: 'left', player: ADA, reason: 'timeout' }]);
    const save = zone.output.effects.at(-1);
    expect(save && zone.describeEffect(save)).toMatchObject({
      name: 'character.save',
      value: { zone: 'a', left: true, kept: { purse: { coins: 7 } } },
    });
  });

  it('[RT3] capacity and the ruleset refuse with a reason', () => {
    const zone = open('a', 1);
    zone.step(1, [join('0000000000000001', 1), join('0000000000000002', 1), join('0000000000000003', 1)]);
    expect(zone.output.players.at(-1)).toEqual({
      kind: 'refused',
      player: '0000000000000003',
      reason: 'zone-full',
    });
    const other = open('b', 2);
    other.step(1, [join(ADA, 1, 'Eve')]);
    expect(other.output.players).toEqual([{ kind: 'refused', player: ADA, reason: 'banned' }]);
  });

  it('[RT4] what a character kept is given back, and the entity epoch goes on', () => {
    const zone = open('a', 1);
    const character = encodeCharacter({ entityEpoch: 4, kept: { purse: { coins: 12 }, body: { x: 99 } } });
    zone.step(1, [join(ADA, 1, 'Ada', character)]);
    expect(coinsOf(zone, ADA)).toBe(12);
    const avatar = zone.table.avatar(zone.table.find(ADA));
    expect(zone.columns.body.x[avatar]).toBe(5);
    expect(zone.state.entityEpochs[avatar]).toBe(5);
  });
  it('[RT14] a join for a held seat connects it, and makes nobody where there is none', () => {
    const zone = open('a', 1);
    const held = new Uint8Array([0]);
    zone.step(1, [join(ADA, 1, 'Ada', held)]);
    expect(zone.output.players).toEqual([{ kind: 'refused', player: ADA, reason: 'busy' }]);
    zone.step(2, [join(ADA, 2)]);
    zone.step(3, [{ kind: 'drop', tick: 3, player: ADA }]);
    zone.step(4, [join(ADA, 4, 'Ada', held)]);
    expect(zone.output.players).toMatchObject([{ kind: 'present', player: ADA }]);
    expect(zone.table.count).toBe(1);
  });
});

describe('inputs', () => {
  it('[RT5] a sequence that was executed is not executed again', () => {
    const zone = open('a', 1);
    zone.step(1, [join(ADA, 1)]);
    zone.step(2, [input(ADA, 2, 1, 'earn', { amount: 1 }), input(ADA, 2, 1, 'earn', { amount: 1 })]);
    zone.step(3, [input(ADA, 3, 1, 'earn', { amount: 1 }), input(ADA, 3, 2, 'earn', { amount: 1 })]);
    expect(coinsOf(zone, ADA)).toBe(2);
    expect(zone.output.acknowledged).toHaveLength(1);
  });

  it('[RT6] a handler that throws is named by the index of its operation', () => {
    const zone = open('a', 1);
    zone.step(1, [join(ADA, 1)]);
    const operations = [input(ADA, 2, 1, 'earn', { amount: 1 }), input(ADA, 2, 2, 'fail', {})];
    expect(() => zone.step(2, operations)).toThrow(InputFault);
    expect(() => zone.step(2, [input(ADA, 2, 3, 'fail', {})])).toThrow('operation 0 threw: broken handler');
  });

  it('[RT7] bytes that are no value of the input change nothing but the acknowledgement', () => {
    const zone = open('a', 1);
    zone.step(1, [join(ADA, 1)]);
    const bad: Operation = {
      kind: 'input',
      tick: 2,
      player: ADA,
      sequence: 1,
      input: 0,
      source: 'player',
      value: new Uint8Array([255, 255, 255]),
    };
    zone.step(2, [bad, { ...bad, sequence: 2, input: 77 }]);
    expect(coinsOf(zone, ADA)).toBe(0);
  });
});

describe('handoff', () => {
  function send(): { a: ZoneRuntime; b: ZoneRuntime; bytes: Uint8Array } {
    const [a, b] = [open('a', 1), open('b', 2)];
    a.step(1, [join(ADA, 1)]);
    a.step(2, [input(ADA, 2, 1, 'earn', { amount: 3 }), input(ADA, 2, 2, 'cross', { to: 'b' })]);
    const [handoff] = a.pendingHandoffs();
    return { a, b, bytes: handoff?.bytes as Uint8Array };
  }

  it('[RT8] OUT removes the player in the same step and keeps the crossing in the outbox', () => {
    const { a } = send();
    expect(a.table.count).toBe(0);
    expect(a.output.players).toMatchObject([{ kind: 'moved', player: ADA, toZone: 'b' }]);
    expect(a.pendingHandoffs()).toMatchObject([{ handoff: 1, toZone: 'b', player: ADA }]);
  });

  it('[RT9] IN applies once however often it comes, with purse, sequence and stable id', () => {
    const { a, b, bytes } = send();
    const arrival = { kind: 'handoff-in', tick: 1, from: 'a', handoff: 1, lowWater: 1, bytes } as const;
    b.step(1, [arrival, arrival]);
    b.step(2, [{ ...arrival, tick: 2 }]);
    expect(b.table.count).toBe(1);
    expect(coinsOf(b, ADA)).toBe(3);
    expect(b.table.columns.sequence[b.table.find(ADA)]).toBe(2);
    expect(b.output.handoffResults).toEqual([{ from: 'a', handoff: 1, accepted: true, reason: '' }]);
    a.step(3, [{ kind: 'handoff-done', tick: 3, handoff: 1, accepted: true, reason: '' }]);
    expect(a.pendingHandoffs()).toEqual([]);
    expect(a.handoffLowWater()).toBe(2);
  });

  it('[RT10] a refusal puts the player back, nothing lost', () => {
    const { a, b, bytes } = send();
    b.step(1, [join('0000000000000001', 1), join(BOB, 1)]);
    b.step(2, [{ kind: 'handoff-in', tick: 2, from: 'a', handoff: 1, lowWater: 1, bytes }]);
    expect(b.output.handoffResults).toEqual([
      { from: 'a', handoff: 1, accepted: false, reason: 'zone-full' },
    ]);
    a.step(3, [{ kind: 'handoff-done', tick: 3, handoff: 1, accepted: false, reason: 'zone-full' }]);
    expect(coinsOf(a, ADA)).toBe(3);
    expect(a.output.players).toMatchObject([{ kind: 'present', player: ADA }]);
  });
});

describe('determinism', () => {
  it('[RT11] the same operations give the same hash, over a snapshot too', () => {
    const operations = (tick: number): Operation[] =>
      tick === 1
        ? [join(ADA, 1)]
        : tick % 7 === 0
          ? [input(ADA, tick, tick, 'earn', { amount: tick % 5 })]
          : [];
    const [live, other] = [open('a', 1), open('a', 1)];
    let copy: ZoneRuntime | undefined;
    for (let tick = 1; tick <= 100; tick++) {
      live.step(tick, operations(tick));
      other.step(tick, operations(tick));
      copy?.step(tick, operations(tick));
      if (tick === 40) copy = ZoneRuntime.restore(game, { zoneId: 'a' }, live.snapshot()) as ZoneRuntime;
    }
    expect(other.hash()).toBe(live.hash());
    expect(copy?.hash()).toBe(live.hash());
    expect(copy?.params).toEqual({ a: 1 });
  });

  it('[RT12] effects stay in the outbox until they are settled', () => {
    const zone = open('a', 1);
    zone.step(1, [join(ADA, 1)]);
    zone.step(2, [input(ADA, 2, 1, 'earn', { amount: 1 })]);
    expect(zone.pendingEffects().map(({ sequence }) => sequence)).toEqual([1, 2]);
    const copy = ZoneRuntime.restore(game, { zoneId: 'a' }, zone.snapshot()) as ZoneRuntime;
    expect([zone.pendingEffectCount, copy.pendingEffectCount]).toEqual([2, 2]);
    copy.step(3, [{ kind: 'effects-settled', tick: 3, upTo: 1 }]);
    expect(copy.pendingEffectCount).toBe(1);
    expect(copy.pendingEffects()).toMatchObject([{ sequence: 2, player: ADA, tick: 2 }]);
  });
});

it('[RT13] the ruleset of the README plays: players walk, stop at the fence and talk', () => {
  const zone = ZoneRuntime.create(meadow, { zoneId: 'm', zoneNumber: 1, seed: 's', params: null, idKey });
  zone.step(1, [join(ADA, 1)]);
  const move = meadow.inputs[0]?.codec.encode({ dx: 1, dy: 0 }) as Uint8Array;
  const say = meadow.inputs[1]?.codec.encode({ text: 'hello' }) as Uint8Array;
  const base = { kind: 'input', player: ADA, source: 'player' } as const;
  zone.step(2, [
    { ...base, tick: 2, sequence: 1, input: 0, value: move },
    { ...base, tick: 2, sequence: 2, input: 1, value: say },
  ]);
  expect(zone.output.events).toHaveLength(1);
  for (let tick = 3; tick < 1000; tick++) zone.step(tick, []);
  const avatar = zone.table.avatar(zone.table.find(ADA));
  expect(zone.columns.body.x[avatar]).toBe(200);
});
