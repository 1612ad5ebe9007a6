import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { InputChain } from './input-chain.ts';

let chain: InputChain;

beforeEach(() => {
  chain = new InputChain();
});

function letIn(...sequences: number[]): number[] {
  return sequences.map((sequence) => chain.letIn(sequence));
}

describe('the chain of inputs', () => {
  it('[IC1] has each behind the one before, and the first behind none', () => {
    expect(letIn(7, 8, 9)).toEqual([0, 7, 8]);
  });

  it('[IC2] has none wait for what was executed, or refused', () => {
    letIn(1, 2, 3);
    chain.executed(2);
    expect(letIn(4)).toEqual([3]);
    chain.executed(4);
    expect(letIn(5, 6)).toEqual([0, 5]);
    chain.refused(6);
    expect(letIn(7)).toEqual([5]);
  });

  it('[IC3] gives what comes again the same place, all of it or one by one', () => {
    const first = letIn(1, 2, 4, 5);
    expect(letIn(1, 2, 4, 5)).toEqual(first);
    expect(letIn(5, 4, 2)).toEqual([4, 2, 1]);
    expect(chain.returns).toBe(4);
    expect(letIn(6)).toEqual([5]);
  });

  it('[IC4] gives up what was not sent again twice by a client that answers', () => {
    letIn(1, 2, 3);
    chain.asked(false);
    expect(letIn(1, 3)).toEqual([0, 2]);
    chain.asked(true);
    expect(letIn(1, 3)).toEqual([0, 2]);
    chain.asked(true);
    expect(letIn(1, 3, 4)).toEqual([0, 1, 3]);
  });

  it('[IC5] gives up nothing of a client that did not answer, or missed it once', () => {
    letIn(1, 2, 3);
    for (let time = 0; time < 4; time++) {
      chain.asked(false);
      letIn(4 + time);
    }
    expect(letIn(3)).toEqual([2]);
    chain.asked(true);
    letIn(1, 2, 3, 4, 5, 6, 7);
    chain.asked(true);
    expect(letIn(2, 3, 7)).toEqual([1, 2, 6]);
    chain.asked(true);
    expect(letIn(2, 3, 7)).toEqual([1, 2, 6]);
  });

  it('[IC8] remembers which lines of chat were counted until they are executed or refused', () => {
    letIn(1, 2, 3);
    for (const sequence of [1, 2, 3]) chain.count(sequence);
    chain.executed(1);
    chain.refused(2);
    expect([1, 2, 3].map((sequence) => chain.isCounted(sequence))).toEqual([false, false, true]);
    chain.restart();
    expect(chain.isCounted(3)).toBe(false);
  });

  it('[IC6] begins anew', () => {
    letIn(5, 6);
    chain.restart();
    expect(letIn(7)).toEqual([0]);
    expect(chain.returns).toBe(0);
  });

  it('[IC7] is bounded, and answers like a plain search through all that was let in', () => {
    const step = fc.tuple(fc.constantFrom('in', 'executed', 'refused'), fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const tried = new InputChain();
        const known = new Set<number>();
        for (const [what, sequence] of steps) {
          if (what === 'in') {
            const below = [...known].filter((each) => each < sequence);
            expect(tried.letIn(sequence)).toBe(Math.max(0, ...below));
            known.add(sequence);
          } else if (what === 'executed') {
            tried.executed(sequence);
            for (const each of known) if (each <= sequence) known.delete(each);
          } else {
            tried.refused(sequence);
            known.delete(sequence);
          }
        }
      }),
    );
    for (let sequence = 1; sequence <= 600; sequence++) chain.letIn(sequence);
    expect([chain.isKnown(88), chain.isKnown(89), chain.isKnown(600)]).toEqual([false, true, true]);
  });
});
