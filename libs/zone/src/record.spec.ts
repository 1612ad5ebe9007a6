import type { Operation } from '@overworld/ruleset';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operationSizeBytes } from './operation-codec.ts';
import { decodeRecord, differingParts, encodeRecord, recordedHash, type ZoneRecord } from './record.ts';
import { decodeSnapshot, encodeSnapshot, type ZoneSnapshot } from './snapshot.ts';

const TICK = 1_000;
const u32 = fc.nat(0xffff_ffff);
const hex64 = fc.tuple(u32, u32).map(([high, low]) => `${hex(high)}${hex(low)}`);
const bytes = fc.uint8Array({ maxLength: 60 });
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const zone = fc.constantFrom('forest-1', 'lobby-test', 'a');
const tick = fc.integer({ min: 1, max: TICK });

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant('join' as const),
    tick,
    player: hex64,
    name: text,
    character: bytes,
    gateway: text,
  }),
  fc.record({ kind: fc.constant('drop' as const), tick, player: hex64 }),
  fc.record({ kind: fc.constant('drop' as const), tick, player: hex64, gateway: text }),
  fc.record({ kind: fc.constant('leave' as const), tick, player: hex64, reason: text }),
  fc.record({
    kind: fc.constant('input' as const),
    tick,
    player: hex64,
    sequence: u32,
    input: fc.nat(255),
    source: fc.constantFrom('player' as const, 'ai' as const),
    value: bytes,
  }),
  fc.record({
    kind: fc.constant('handoff-in' as const),
    tick,
    from: zone,
    handoff: u32,
    lowWater: u32,
    bytes,
  }),
  fc.record({
    kind: fc.constant('handoff-done' as const),
    tick,
    handoff: u32,
    accepted: fc.boolean(),
    reason: text,
  }),
  fc.record({ kind: fc.constant('effects-settled' as const), tick, upTo: u32 }),
  fc.record({ kind: fc.constant('gateway-lost' as const), tick, gateway: text }),
);

const head = { epoch: u32, tick: fc.constant(TICK), wallMs: fc.maxSafeNat(), previous: fc.maxSafeNat() };
const hash = fc.record({ total: hex64, parts: fc.array(u32, { maxLength: 8 }) });
const birth = fc.record({
  idKey: fc.tuple(u32, u32),
  spec: fc.record({
    id: zone,
    zoneNumber: u32,
    world: text,
    ruleset: text,
    seed: text,
    params: fc.constantFrom(null, { creatures: 3 }, 'x'),
  }),
});
const record = fc.oneof(
  fc.record({
    kind: fc.constant('tick' as const),
    ...head,
    operations: fc.array(operation, { maxLength: 6 }),
    hash: fc.option(hash, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('fence' as const),
    ...head,
    owner: text,
    codeHash: hex64,
    fromTick: fc.nat(TICK / 2),
    stepTicks: fc.nat(TICK / 2),
    birth: fc.option(birth, { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('quarantine' as const),
    ...head,
    faultTick: fc.constant(TICK),
    index: u32,
    times: fc.nat(255),
    operation,
    message: text,
  }),
  fc.record({ kind: fc.constant('close' as const), ...head, reason: text, hash }),
) as fc.Arbitrary<ZoneRecord>;

describe('a journal record', () => {
  it('reads back as what was written', () => {
    fc.assert(
      fc.property(record, (written) => {
        expect(decodeRecord(encodeRecord(written))).toEqual(written);
      }),
    );
  });

  it('is refused, not thrown on, when it is damaged', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.nat(255), fc.nat(), (written, at, value, cut) => {
        const whole = encodeRecord(written);
        expect(decodeRecord(whole.subarray(0, cut % whole.length))).toBeUndefined();
        expect(decodeRecord(new Uint8Array([...whole, 0]))).toBeUndefined();
        // Another byte may make another record of it, a shorter one, too: what counts is that it is no more than read.
        const damaged = whole.slice();
        damaged[at % damaged.length] = value;
        decodeRecord(damaged);
        decodeRecord(damaged.subarray(0, cut % damaged.length));
      }),
    );
  });

  it('is refused when it is noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
        expect(decodeRecord(new Uint8Array([0xff, ...noise]))).toBeUndefined();
        decodeRecord(new Uint8Array([0x4f, (noise[0] ?? 0) % 6, 1, ...noise]));
      }),
    );
  });

  it('is never larger than the mailbox thinks', () => {
    fc.assert(
      fc.property(operation, (each) => {
        const empty = encodeRecord({
          kind: 'tick',
          epoch: 1,
          tick: TICK,
          wallMs: 0,
          previous: 0,
          operations: [],
        });
        const one = encodeRecord({
          kind: 'tick',
          epoch: 1,
          tick: TICK,
          wallMs: 0,
          previous: 0,
          operations: [each],
        });
        expect(one.length - empty.length).toBeLessThanOrEqual(operationSizeBytes(each));
      }),
    );
  });

  it('names the parts that differ', () => {
    const hashes = { tick: '00000000000000aa', 'body.x': '00000000000000bb', side: '00000000000000cc' };
    const recorded = recordedHash('0000000000000001', hashes);
    expect(differingParts(recorded, hashes)).toEqual([]);
    expect(differingParts(recorded, { ...hashes, 'body.x': '00000000000000bc' })).toEqual(['body.x']);
    expect(differingParts(recorded, { tick: '00000000000000aa' })).toEqual([]);
  });
});

describe('a stored snapshot', () => {
  const snapshot = fc.record({
    zone,
    epoch: u32,
    tick: u32,
    sequence: fc.maxSafeNat(),
    wallMs: fc.maxSafeNat(),
    codeHash: hex64,
    hash: hex64,
    birth,
    state: bytes,
  }) as fc.Arbitrary<ZoneSnapshot>;

  it('reads back as what was written, and is refused when it is damaged', () => {
    fc.assert(
      fc.property(snapshot, fc.nat(), (written, cut) => {
        const encoded = encodeSnapshot(written);
        expect(decodeSnapshot(encoded)).toEqual(written);
        expect(decodeSnapshot(encoded.subarray(0, cut % encoded.length))).toBeUndefined();
      }),
    );
  });
});
