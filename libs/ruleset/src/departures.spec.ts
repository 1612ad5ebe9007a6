import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeCharacter } from './character.ts';
import { defineRuleset } from './compile.ts';
import type { Operation } from './operation.ts';
import { ZoneRuntime } from './runtime.ts';

const ADA = '00000000000000ad';
const NEW = new Uint8Array(0);
const TICK_HZ = 20;

const game = defineRuleset({
  name: 'gates',
  tickHz: TICK_HZ,
  capacity: { players: 4, entities: 8 },
  gap: { policy: 'hold' },
  components: { purse: { fields: { coins: 'u32' }, keep: true } },
  interest: { everything: true },
  inputs: { cross: { schema: z.object({}), policy: 'all' } },
  join: (zone) => zone.spawn({ purse: { coins: 0 } }),
  input: { cross: (zone, player) => zone.handoff(player, 'b') },
});

function zone(): ZoneRuntime {
  return ZoneRuntime.create(game, { zoneId: 'a', zoneNumber: 1, seed: 's', params: null, idKey: [1, 2] });
}

function join(tick: number, character: Uint8Array = NEW): Operation {
  return { kind: 'join', tick, player: ADA, name: 'Ada', character, gateway: 'g' };
}

function cross(tick: number): Operation {
  const value = game.inputs[0]?.codec.encode({}) as Uint8Array;
  return { kind: 'input', tick, player: ADA, sequence: 1, input: 0, source: 'player', value };
}

/** Ada came in, went to the other zone, and arrived there. */
function left(): ZoneRuntime {
  const runtime = zone();
  runtime.step(1, [join(1)]);
  runtime.step(2, [cross(2)]);
  runtime.step(3, [{ kind: 'handoff-done', tick: 3, handoff: 1, accepted: true, reason: '' }]);
  return runtime;
}

describe('a late copy of a join', () => {
  it('does not bring a player back who went to another zone (simulator, seeds 24, 32 and 34)', () => {
    const runtime = left();
    runtime.step(4, [join(4)]);
    expect(runtime.table.count).toBe(0);
    expect(runtime.output.players).toEqual([{ kind: 'refused', player: ADA, reason: 'busy' }]);
  });

  it('does not bring a player back who left, nor after a restore', () => {
    const runtime = zone();
    runtime.step(1, [join(1)]);
    runtime.step(2, [{ kind: 'leave', tick: 2, player: ADA, reason: 'left' }]);
    const copy = ZoneRuntime.restore(game, { zoneId: 'a' }, runtime.snapshot()) as ZoneRuntime;
    copy.step(3, [join(3)]);
    expect(copy.table.count).toBe(0);
  });

  it('does not bring a player back with what the next zone saved of him, who is there (simulator, seeds 3 and 876)', () => {
    const runtime = left();
    runtime.step(4, [join(4, encodeCharacter({ entityEpoch: 2, kept: { purse: { coins: 7 } } }))]);
    expect(runtime.table.count).toBe(0);
    expect(runtime.output.players).toEqual([{ kind: 'refused', player: ADA, reason: 'busy' }]);
  });

  it('is told from a join in earnest by the epoch of the character', () => {
    const runtime = left();
    const kept = { purse: { coins: 7 } };
    runtime.step(4, [join(4, encodeCharacter({ entityEpoch: 1, kept }))]);
    expect(runtime.table.count).toBe(0);
    runtime.step(5, [join(5, encodeCharacter({ entityEpoch: 3, kept }))]);
    expect(runtime.table.count).toBe(1);
  });

  it('is recognised for ten minutes of zone time, after which somebody else leaving makes room', () => {
    const runtime = left();
    const late = 3 + 601 * TICK_HZ;
    const other = '00000000000000be';
    const joined: Operation = { ...join(late), player: other } as Operation;
    runtime.jump(late - 1);
    runtime.step(late, [joined]);
    runtime.step(late + 1, [{ kind: 'leave', tick: late + 1, player: other, reason: 'left' }]);
    runtime.step(late + 2, [join(late + 2)]);
    expect(runtime.table.find(ADA)).toBeGreaterThanOrEqual(0);
  });
});

describe('a kept seat', () => {
  it('hashes alike, however often the player was gone before', () => {
    const drop = (tick: number): Operation => ({ kind: 'drop', tick, player: ADA });
    const [once, often] = [zone(), zone()];
    for (const runtime of [once, often]) runtime.step(1, [join(1)]);
    once.step(2, []);
    often.step(2, [drop(2), join(2)]);
    expect(often.hash()).toBe(once.hash());
    for (const runtime of [once, often]) runtime.step(3, [drop(3)]);
    expect(often.hashes()).toEqual(once.hashes());
    for (const runtime of [once, often])
      for (let tick = 4; tick < 62 * TICK_HZ; tick++) runtime.step(tick, []);
    expect(often.table.count).toBe(0);
    expect(often.hash()).toBe(once.hash());
  });
});
