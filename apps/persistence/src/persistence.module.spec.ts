import 'reflect-metadata';
import { type DynamicModule, Global, type INestMicroservice, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LocalBus, SystemClock } from '@overworld/cluster';
import {
  type AnswerOf,
  decodeEffectsAnswer,
  type EffectsAnswer,
  encodeEffects,
  persistenceCalls,
  subjects,
} from '@overworld/contracts';
import { BUS, BusClient, BusServer, CLOCK, LOGGER, METRICS, ServiceCaller } from '@overworld/platform';
import { createLogger, createMetrics } from '@overworld/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PersistenceModule } from './persistence.module.ts';
import { openTestDatabase, type TestDatabase } from './test-database.ts';

@Global()
@Module({})
class PortsModule {
  static with(bus: LocalBus, metrics: ReturnType<typeof createMetrics>): DynamicModule {
    const logger = createLogger({ service: 'persistence', level: 'silent', format: 'json' });
    const providers = [
      { provide: BUS, useValue: bus },
      { provide: CLOCK, useValue: new SystemClock() },
      { provide: METRICS, useValue: metrics },
      { provide: LOGGER, useValue: logger },
    ];
    return { module: PortsModule, providers, exports: providers };
  }
}

const bus = new LocalBus();
const metrics = createMetrics();
const services = new ServiceCaller(new BusClient(bus));
let test: TestDatabase;
let service: INestMicroservice;

beforeAll(async () => {
  test = await openTestDatabase();
  const module = await Test.createTestingModule({
    imports: [
      PortsModule.with(bus, metrics),
      PersistenceModule.forRoot({ databaseUrl: test.url, connections: 4 }),
    ],
  }).compile();
  service = module.createNestMicroservice({
    strategy: new BusServer({ bus, instance: 'p1' }),
    logger: false,
  });
  await service.listen();
});
afterAll(async () => {
  await service.close();
  await bus.close();
  await test.close();
});

async function apply(sequence: number, amount: number): Promise<EffectsAnswer | undefined> {
  const effect = { sequence, tick: 1, kind: 'minted', player: '', payload: JSON.stringify({ amount }) };
  const request = encodeEffects({ zone: 'forest-1', world: 'forest', effects: [effect] });
  const outcome = await bus.request(subjects.effects, request, 5_000);
  return outcome.kind === 'answered' ? decodeEffectsAnswer(outcome.payload) : undefined;
}

type Listed = AnswerOf<typeof persistenceCalls.zone.list>;
/** NATS takes 1 MiB; an answer is to be far from it. */
const MAX_ANSWER_BYTES = 262_144;

describe('the persistence service', () => {
  it('[PM1] answers its calls over the bus', async () => {
    const account = await services.call(persistenceCalls.account.guest, { username: 'Ada' });
    if ('refused' in account) throw new Error(account.detail);
    expect(await services.call(persistenceCalls.account.find, { player: account.player })).toEqual({
      account,
    });
    const spec = { id: 'forest-1', world: 'forest', ruleset: 'forest', seed: 's', params: {} };
    expect(await services.call(persistenceCalls.zone.register, spec)).toMatchObject({
      zone: { closed: false },
    });
    expect(await services.call(persistenceCalls.zone.list, {})).toMatchObject({
      zones: [{ id: 'forest-1' }],
    });
    const none = await services.call(persistenceCalls.character.find, {
      player: account.player,
      world: 'forest',
    });
    expect(none).toEqual({ character: null });
  });

  it('[PM2] refuses what its contract does not allow', async () => {
    const answer = await services.call(persistenceCalls.account.guest, { username: '' });
    expect(answer).toMatchObject({ refused: 'internal' });
  });

  it('[PM3] answers zones which of their effects stand, and counts them', async () => {
    expect(await apply(1, 5)).toEqual({ upTo: 1, detail: '' });
    expect(await apply(1, 5)).toEqual({ upTo: 1, detail: '' });
    const outcome = await bus.request(subjects.effects, new Uint8Array([9, 9]), 5_000);
    expect(outcome.kind === 'answered' && decodeEffectsAnswer(outcome.payload)?.upTo).toBe(0);
    const { text } = await metrics.page();
    expect(text).toContain('overworld_effects_applied_total{outcome="applied"} 1');
    expect(text).toContain('overworld_effects_applied_total{outcome="repeated"} 1');
  });

  it('[PM5] lists any number of zones in pages that fit into a message of the bus', async () => {
    const count = 6_000;
    await test.database.query(
      `INSERT INTO zones (id, world, ruleset, seed, params)
       SELECT 'lobby-' || number, 'lobby', 'lobby', repeat('s', 36), $1 FROM generate_series(1, $2::int) AS number`,
      [JSON.stringify({ code: 'ABCDEF', capacity: 16, owner: '0123456789abcdef' }), count],
    );
    const ids = new Set<string>();
    let after: number | null = 0;
    while (after !== null) {
      const page: Listed = await services.call(persistenceCalls.zone.list, { world: 'lobby', after });
      if ('refused' in page) throw new Error(page.detail);
      expect(JSON.stringify(page).length).toBeLessThan(MAX_ANSWER_BYTES);
      for (const { id } of page.zones) ids.add(id);
      after = page.next;
    }
    expect(ids.size).toBe(count);
    await test.database.query("DELETE FROM zones WHERE world = 'lobby'");
  });

  it('[PM4] says so when the database is away, and goes on when it is back', async () => {
    test.crash();
    await expect.poll(() => services.call(persistenceCalls.zone.list, {})).toMatchObject({ refused: 'busy' });
    await expect.poll(() => apply(2, 6), { timeout: 15_000 }).toEqual({ upTo: 2, detail: '' });
    expect(await services.call(persistenceCalls.zone.list, {})).toMatchObject({
      zones: [{ id: 'forest-1' }],
    });
    const rows: unknown[] = await test.database.query('SELECT * FROM ledger');
    expect(rows).toHaveLength(2);
  });
});
