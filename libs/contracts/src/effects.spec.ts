import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEffects, decodeEffectsAnswer, encodeEffects, encodeEffectsAnswer } from './effects.ts';

const effect = fc.record({
  step: fc.integer({ min: 1, max: 1000 }),
  tick: fc.nat(),
  kind: fc.stringMatching(/^[a-z.]{1,20}$/),
  player: fc.oneof(fc.constant(''), fc.stringMatching(/^[0-9a-f]{16}$/)),
  payload: fc.json(),
});
const batch = fc.array(effect, { maxLength: 20 }).map((effects) => {
  let sequence = 0;
  return {
    zone: 'forest-1',
    world: 'forest',
    effects: effects.map(({ step, ...rest }) => {
      sequence += step;
      return { sequence, ...rest, payload: rest.payload.toWellFormed() };
    }),
  };
});

describe('effects', () => {
  it('[EF1] a batch reads back as it was written', () => {
    fc.assert(fc.property(batch, (value) => void expect(decodeEffects(encodeEffects(value))).toEqual(value)));
  });

  it('[EF2] no bytes make the reader throw, and none of a batch can be missing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeEffects(bytes)));
    fc.assert(
      fc.property(batch, (value) => {
        const bytes = encodeEffects(value);
        expect(decodeEffects(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
        expect(decodeEffects(new Uint8Array([...bytes, 0]))).toBeUndefined();
      }),
    );
  });

  it('[EF3] sequences that do not grow are refused', () => {
    const one = { tick: 1, kind: 'a', player: '', payload: '1' };
    for (const sequences of [[0], [2, 2], [3, 2]]) {
      const effects = sequences.map((sequence) => ({ sequence, ...one }));
      expect(decodeEffects(encodeEffects({ zone: 'z', world: 'w', effects }))).toBeUndefined();
    }
  });

  it('[EF4] answers read back, damaged ones do not', () => {
    const bytes = encodeEffectsAnswer({ upTo: 70_000, detail: 'the database is away' });
    expect(decodeEffectsAnswer(bytes)).toEqual({ upTo: 70_000, detail: 'the database is away' });
    expect(decodeEffectsAnswer(bytes.subarray(1))).toBeUndefined();
    expect(decodeEffectsAnswer(new Uint8Array())).toBeUndefined();
  });
});
