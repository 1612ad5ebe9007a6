import { beforeEach, describe, expect, it } from 'vitest';
import { InputChain } from './input-chain.ts';
import { OverdueInputs } from './overdue-inputs.ts';

let chain: InputChain;
let overdue: OverdueInputs;

beforeEach(() => {
  chain = new InputChain();
  overdue = new OverdueInputs(chain);
  for (const sequence of [1, 2, 3]) chain.letIn(sequence);
});

/** The seconds at which something is done, of so many in which the zone executes nothing but the first input. */
function doneAt(seconds: number, each: (second: number) => void = () => {}): (readonly [number, string])[] {
  return Array.from({ length: seconds }, (_, second) => {
    const done = [second, overdue.beat(1)] as const;
    each(second);
    return done;
  }).filter(([, what]) => what !== 'fine');
}

describe('inputs that a zone was handed', () => {
  it('[OI1] are not overdue while the zone executes some, or has executed them', () => {
    expect([1, 2, 3, 3, 3, 3].map((executed) => overdue.beat(executed))).toEqual(Array(6).fill('fine'));
  });

  it('[OI2] are asked for again after two seconds, and less and less often from then on', () => {
    expect(doneAt(30)).toEqual([2, 4, 6, 10, 16, 24].map((second) => [second, 'ask']));
  });

  it('[OI3] are given up when new ones come again and again, and no old ones', () => {
    const done = doneAt(16, (second) => void chain.letIn(4 + second));
    expect(done).toEqual([
      [2, 'ask'],
      [4, 'ask'],
      [6, 'ask'],
      [10, 'give-up'],
    ]);
  });

  it('[OI4] are given up when the client speaks seldom, too', () => {
    const done = doneAt(60, (second) => {
      if (second % 5 === 0) chain.letIn(4 + second);
    });
    expect(done.map(([, what]) => what)).toContain('give-up');
  });

  it('[OI5] are not given up while the client says nothing, or sends them again', () => {
    const asked = (done: ReturnType<typeof doneAt>): boolean => done.every(([, what]) => what === 'ask');
    expect(asked(doneAt(60))).toBe(true);
    const all = (second: number): void => {
      for (let again = 2; again <= 4 + second; again++) chain.letIn(again);
    };
    expect(asked(doneAt(60, all))).toBe(true);
  });

  it('[OI6] are not waited for when the client sends everything else again', () => {
    doneAt(7, () => void chain.letIn(3));
    expect(chain.letIn(3)).toBe(0);
  });

  it('[OI7] count a question that was asked for another reason', () => {
    overdue.beat(1);
    overdue.asked();
    chain.letIn(3);
    doneAt(4, () => void chain.letIn(3));
    expect(chain.letIn(3)).toBe(0);
  });
});
