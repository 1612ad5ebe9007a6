import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ASSUMPTIONS, capacityOf, SIZES, zonesAtGateway } from './capacity.ts';
import { COST_NAMES, type Costs } from './costs.ts';
import { capacityTables, costsInPage, withTables } from './tables.ts';

const PAGE = readFileSync(new URL('../../docs/capacity.md', import.meta.url), 'utf8');

const NOTHING = Object.fromEntries(Object.keys(COST_NAMES).map((name) => [name, 0])) as Costs;

/** The assumptions with players and zones that are easy to count with. */
const PLAIN = {
  ...(Object.fromEntries(Object.entries(ASSUMPTIONS).map(([name, { value }]) => [name, value])) as {
    [name in keyof typeof ASSUMPTIONS]: number;
  }),
  playersPerZone: 100,
  othersPerZone: 50,
  entitiesInSight: 10,
  tickHz: 20,
  inputsPerSecond: 10,
  coreShare: 0.5,
  connections: 100_000,
};

describe('the capacity formula', () => {
  it('a gateway has as many clients as its share of a core shows', () => {
    // (40 + 10 * 1) µs for each of 20 ticks are 1 ms a second and client: half a core shows 500.
    const costs = { ...NOTHING, gatewayClientTick: 40, gatewaySightTick: 1 };
    expect(capacityOf(500, costs, PLAIN).gateways).toBe(1);
    expect(capacityOf(501, costs, PLAIN).gateways).toBe(2);
    expect(capacityOf(10_000, costs, PLAIN).gateways).toBe(20);
  });

  it('a gateway takes no more connections than it is set to, however little they cost', () => {
    expect(capacityOf(10_000, NOTHING, { ...PLAIN, connections: 1000 }).gateways).toBe(10);
  });

  it('a shard has as many zones as their entities and inputs leave time for', () => {
    // A zone: (1000 + 150 * 10) µs for each of 20 ticks and 1000 inputs of 5 µs are 55 ms a second; half a core runs 9.
    const costs = { ...NOTHING, shardZoneTick: 1000, shardEntityTick: 10, shardInput: 5 };
    expect(capacityOf(900, costs, PLAIN).shards).toBe(1);
    expect(capacityOf(1000, costs, PLAIN).shards).toBe(2);
    expect(capacityOf(100_000, costs, PLAIN).shards).toBe(110);
  });

  it('players of a zone come in through any gateway: all of a few follow it, of many as many as it has players', () => {
    expect(zonesAtGateway(10, 100, 1)).toBe(10);
    expect(zonesAtGateway(10, 100, 2)).toBeCloseTo(10, 6);
    expect(zonesAtGateway(1000, 100, 100_000) * 100_000).toBeCloseTo(1000 * 100, -2);
  });

  it('the time that gateways spend on zones is part of what they need', () => {
    const costs = { ...NOTHING, gatewayClientTick: 50 };
    const without = capacityOf(100_000, costs, PLAIN).gateways;
    expect(capacityOf(100_000, { ...costs, gatewayZoneTick: 10 }, PLAIN).gateways).toBeGreaterThan(without);
  });

  it('who speaks shares messages where many do, and needs one for each input where few do', () => {
    // A gateway of a zone of 100 players: 1,000 inputs a second share two messages in each of 20 ticks.
    const costs = { ...NOTHING, gatewayZoneBatches: 2 };
    // One zone's tick to its gateway, its record to three servers and its own, then each message in and out.
    const ofZone = 20 + 20 * (1 + ASSUMPTIONS.natsReplicas.value);
    expect(capacityOf(100, costs, PLAIN).natsMessagesPerSecond).toBe(ofZone + 2 * 40);
    const lonely = { ...PLAIN, playersPerZone: 1 };
    expect(capacityOf(1, costs, lonely).natsMessagesPerSecond).toBe(ofZone + 2 * 10);
  });

  it('NATS takes a tick with one gateway, a delivery for each further one, and messages with inputs', () => {
    const costs = { ...NOTHING, gatewayZoneBatches: 2, natsZoneTick: 100, natsDelivery: 10, natsMessage: 1 };
    // 20 ticks of 100 µs, and 40 messages of 11 µs.
    expect(capacityOf(100, costs, PLAIN).natsCores).toBeCloseTo((20 * 100 + 40 * 11) / 1e6, 12);
    // Two gateways that let in 50 each: both follow the zone, and each sends its own.
    const capacity = capacityOf(100, costs, { ...PLAIN, connections: 50 });
    expect(capacity.gateways).toBe(2);
    expect(capacity.natsCores).toBeCloseTo((20 * 100 + 20 * 10 + 80 * 11) / 1e6, 6);
  });

  it('bytes and money follow from players alone', () => {
    const costs = { ...NOTHING, clientBytes: 500, sightBytes: 50 };
    const capacity = capacityOf(1000, costs, { ...PLAIN, trafficDollars: 0.05 });
    expect(capacity.playerMegabitsPerSecond).toBeCloseTo(8, 9);
    // 1 MB a second are 2,628 GB in a month of 730 hours.
    expect(capacity.dollars.traffic).toBeCloseTo(131.4, 6);
  });

  it('names first what has the least to spare', () => {
    const { bottlenecks } = capacityOf(1_000_000, NOTHING, { ...PLAIN, postgresWrites: 1 });
    expect(bottlenecks[0]?.name).toBe('PostgreSQL');
    expect(bottlenecks.map(({ share }) => share)).toEqual(
      bottlenecks.map(({ share }) => share).toSorted((left, right) => right - left),
    );
  });
});

describe('docs/capacity.md', () => {
  it('has every cost, and the tables that follow from them', () => {
    const costs = costsInPage(PAGE);
    expect(Object.keys(costs)).toEqual(Object.keys(COST_NAMES));
    expect(withTables(PAGE, capacityTables(costs))).toBe(PAGE);
  });

  it('is about all sizes', () => {
    for (const size of SIZES) expect(PAGE).toContain(size.toLocaleString('en-US'));
  });
});
