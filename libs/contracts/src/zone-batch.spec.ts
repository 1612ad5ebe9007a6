import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch, type ZoneCommand } from './zone-batch.ts';

const player = fc.stringMatching(/^[0-9a-f]{16}$/);
const reason = fc.constantFrom('', 'left', 'replaced', 'zone-full');
const bytes = fc.uint8Array({ maxLength: 200 });
const command: fc.Arbitrary<ZoneCommand> = fc.oneof(
  fc.record({
    kind: fc.constant('join' as const),
    player,
    name: fc.string({ maxLength: 24 }),
    character: bytes,
  }),
  fc.record({ kind: fc.constant('drop' as const), player }),
  fc.record({ kind: fc.constant('leave' as const), player, reason }),
  fc.record({
    kind: fc.constant('input' as const),
    player,
    sequence: fc.integer({ min: 8, max: 0xffffffff }),
    after: fc.nat(7),
    tick: fc.nat(0xffffffff),
    input: fc.nat(255),
    source: fc.constantFrom('player' as const, 'ai' as const),
    value: bytes,
  }),
  fc.constant({ kind: 'presence' as const }),
  fc.record({
    kind: fc.constant('handoff' as const),
    from: fc.constantFrom('forest-1', 'lobby-test'),
    handoff: fc.nat(),
    lowWater: fc.nat(),
    bytes,
  }),
  fc.record({
    kind: fc.constant('handoff-receipt' as const),
    handoff: fc.nat(),
    accepted: fc.boolean(),
    reason,
  }),
);

describe('zone batch', () => {
  it('gives back what was written, in order', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 16 }), fc.array(command, { maxLength: 50 }), (gateway, commands) => {
        const wellFormed = gateway.toWellFormed();
        const decoded = decodeBatch(encodeBatch(wellFormed, commands));
        expect(decoded?.gateway).toBe(wellFormed);
        expect(decoded?.commands).toEqual(commands);
      }),
    );
  });

  it('refuses every truncation and a trailing byte', () => {
    const whole = encodeBatch('g1', [
      { kind: 'join', player: '00112233445566aa', name: 'Ada', character: new Uint8Array(3) },
      { kind: 'handoff-receipt', handoff: 7, accepted: false, reason: 'zone-full' },
    ]);
    for (let length = 0; length < whole.length; length++) {
      expect(decodeBatch(whole.subarray(0, length))).toBeUndefined();
    }
    expect(decodeBatch(Uint8Array.from([...whole, 0]))).toBeUndefined();
  });

  it('reads inputs of version 1, which name none that they come behind', () => {
    const of = { kind: 'input', player: '00112233445566aa', tick: 0, input: 2, source: 'player' } as const;
    const value = Uint8Array.of(5);
    const now = encodeBatch('g1', [{ ...of, sequence: 9, after: 8, value }]);
    // Version, gateway, count, kind and id, sequence; then how far behind.
    const behindAt = 1 + 3 + 1 + 9 + 1;
    expect(now[behindAt]).toBe(1);
    const before = Uint8Array.from([1, ...now.subarray(1, behindAt), ...now.subarray(behindAt + 1)]);
    expect(decodeBatch(before)?.commands).toEqual([{ ...of, sequence: 9, after: 0, value }]);
    expect(decodeBatch(Uint8Array.from([3, ...now.subarray(1)]))).toBeUndefined();
  });

  it('never throws on damaged bytes', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 8 }), fc.nat(), fc.nat(255), (commands, at, value) => {
        const damaged = encodeBatch('g1', commands);
        damaged[at % damaged.length] = value;
        decodeBatch(damaged);
      }),
    );
  });
});
