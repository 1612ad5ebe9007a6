import 'reflect-metadata';
import type { EffectBatch, ZoneEffect } from '@overworld/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Characters } from './characters.ts';
import { Effects } from './effects.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

const ADA = '00000000000000a1';
const BOB = '00000000000000b0';
let test: TestDatabase;
let effects: Effects;
let characters: Characters;

beforeAll(async () => {
  test = await openTestDatabase();
  effects = new Effects(test.database);
  characters = new Characters(test.database);
});
afterAll(() => test.close());
beforeEach(() => test.database.query('TRUNCATE ledger, applied_effects, characters'));

function minted(sequence: number, amount: number, player = ADA): ZoneEffect {
  return { sequence, tick: sequence * 10, kind: 'minted', player, payload: JSON.stringify({ amount }) };
}

function save(sequence: number, entityEpoch: number, coins: number, more: object = {}): ZoneEffect {
  const payload = {
    name: 'Ada',
    zone: 'forest-1',
    entityEpoch,
    left: true,
    kept: { purse: { coins } },
    ...more,
  };
  return { sequence, tick: sequence, kind: 'character.save', player: ADA, payload: JSON.stringify(payload) };
}

function batch(...list: ZoneEffect[]): EffectBatch {
  return { zone: 'forest-1', world: 'forest', effects: list };
}

async function ledger(): Promise<{ sequence: number; amount: number }[]> {
  const rows: { sequence: string; payload: { amount: number } }[] = await test.database.query(
    'SELECT sequence, payload FROM ledger ORDER BY id',
  );
  return rows.map(({ sequence, payload }) => ({ sequence: Number(sequence), amount: payload.amount }));
}

describe('effects', () => {
  it('[PE1] are applied in order, and sent again they change nothing', async () => {
    const first = batch(minted(1, 5), minted(2, 7));
    expect(await effects.apply(first)).toMatchObject({ upTo: 2, counts: { applied: 2, repeated: 0 } });
    expect(await effects.apply(first)).toMatchObject({ upTo: 2, counts: { applied: 0, repeated: 2 } });
    expect(await effects.apply(batch(minted(2, 7), minted(3, 9)))).toMatchObject({ upTo: 3 });
    expect(await ledger()).toEqual([
      { sequence: 1, amount: 5 },
      { sequence: 2, amount: 7 },
      { sequence: 3, amount: 9 },
    ]);
  });

  it('[PE2] the same batch from many processes at once is applied once', async () => {
    const sent = batch(...Array.from({ length: 20 }, (_, index) => minted(index + 1, 1)));
    const results = await Promise.all(Array.from({ length: 8 }, () => effects.apply(sent)));
    expect(results.every(({ upTo }) => upTo === 20)).toBe(true);
    expect(results.filter(({ counts }) => counts.applied === 20)).toHaveLength(1);
    expect(await ledger()).toHaveLength(20);
  });

  it('[PE3] the key holds even against a writer that does not look first', async () => {
    await effects.apply(batch(minted(1, 5)));
    const again =
      "INSERT INTO applied_effects (zone, sequence, kind, outcome, detail) VALUES ('forest-1', 1, 'x', 'applied', '')";
    await expect(test.database.query(again)).rejects.toThrow('duplicate key');
  });

  it('[PE4] of two zones with the same sequence are two', async () => {
    await effects.apply(batch(minted(1, 5)));
    await effects.apply({ ...batch(minted(1, 6)), zone: 'forest-2' });
    expect((await ledger()).map(({ amount }) => amount)).toEqual([5, 6]);
  });

  it('[PE5] a save with an older entity epoch comes too late, one with the same is taken', async () => {
    await effects.apply(batch(save(1, 6, 60)));
    const late = await effects.apply({ ...batch(save(9, 5, 50)), zone: 'forest-2' });
    expect(late.counts).toMatchObject({ applied: 0, superseded: 1 });
    expect(await characters.find(ADA, 'forest')).toMatchObject({
      entityEpoch: 6,
      kept: { purse: { coins: 60 } },
    });
    await effects.apply(batch(save(2, 6, 61, { left: false })));
    expect(await characters.find(ADA, 'forest')).toMatchObject({
      left: false,
      kept: { purse: { coins: 61 } },
    });
    await effects.apply(batch(save(3, 8, 80, { zone: 'forest-2' })));
    expect(await characters.find(ADA, 'forest')).toMatchObject({ zone: 'forest-2', entityEpoch: 8 });
    expect(await characters.find(ADA, 'lobby')).toBeNull();
    expect(await characters.list(ADA)).toHaveLength(1);
  });

  it('[PE6] one that is no character is refused and does not stop those behind it', async () => {
    const bad = { ...save(1, 1, 1), payload: '{"name": 5}' };
    const nobody = { ...save(2, 1, 1), player: '' };
    const result = await effects.apply(
      batch(bad, nobody, { ...save(3, 1, 1), payload: 'nonsense' }, minted(4, 3)),
    );
    expect(result).toMatchObject({ upTo: 4, counts: { applied: 1, refused: 3 } });
    expect(await ledger()).toEqual([{ sequence: 4, amount: 3 }]);
  });

  it('[PE7] one that the database cannot store is refused alone', async () => {
    const poison = { ...minted(2, 1), payload: 'no json' };
    const result = await effects.apply(
      batch(minted(1, 1), poison, { ...minted(3, 1), kind: 'a\u0000b' }, minted(4, 4)),
    );
    expect(result.upTo).toBe(4);
    expect((await ledger()).map(({ sequence }) => sequence)).toEqual([1, 4]);
    expect(await effects.apply(batch(poison))).toMatchObject({ counts: { repeated: 1 } });
  });

  it('[PE8] text with characters that the database has no place for is kept', async () => {
    const odd = { name: 'Ada', kept: { note: { text: 'zero \u0000, half \ud800, all \u{1f333}' } } };
    await effects.apply(
      batch(save(1, 1, 0, odd), { ...minted(2, 1), payload: JSON.stringify({ amount: 2, note: '\u0000' }) }),
    );
    const found = await characters.find(ADA, 'forest');
    expect(found?.kept).toEqual(JSON.parse(JSON.stringify(odd.kept)));
    expect(await ledger()).toEqual([{ sequence: 2, amount: 2 }]);
  });

  it('[PE9] a batch that fails in its middle leaves no trace, and applies when it is sent again', async () => {
    const sent = batch(minted(1, 1), minted(2, 2, BOB));
    await test.database.query('ALTER TABLE ledger RENAME TO ledger_away');
    await expect(effects.apply(sent)).rejects.toThrow('ledger');
    await test.database.query('ALTER TABLE ledger_away RENAME TO ledger');
    expect(await test.database.query('SELECT * FROM applied_effects')).toEqual([]);
    expect(await effects.apply(sent)).toMatchObject({ upTo: 2, counts: { applied: 2 } });
    expect(await ledger()).toHaveLength(2);
  });
});
