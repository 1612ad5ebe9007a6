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

describe('inputs that a zone was handed', () => {
  it('[OI1] are not overdue while the zone executes some, or has executed them', () => {
    expect([1, 2, 3, 3, 3, 3].map((executed) => overdue.beat(executed))).toEqual(Array(6).fill('fine'));
  });

  it('[OI2] are asked for again after two seconds, and every two seconds from then on', () => {
    expect([1, 1, 1, 1, 1].map((executed) => overdue.beat(executed))).toEqual([
      'fine',
      'fine',
      'ask',
      'fine',
      'ask',
    ]);
  });

  it('[OI3] are given up when new ones come again and again, and no old ones', () => {
    const seen: string[] = [];
    for (let sequence = 4; sequence < 14; sequence++) {
      seen.push(overdue.beat(1));
      chain.letIn(sequence);
    }
    expect(seen.filter((each) => each !== 'fine')).toEqual(['ask', 'ask', 'ask', 'give-up']);
  });

  it('[OI4] are not given up while the client says nothing, or sends them again', () => {
    for (let beat = 0; beat < 20; beat++) expect(overdue.beat(1)).not.toBe('give-up');
    for (let sequence = 4; sequence < 24; sequence++) {
      expect(overdue.beat(1)).not.toBe('give-up');
      for (let again = 2; again <= sequence; again++) chain.letIn(again);
    }
  });

  it('[OI5] are not waited for when the client sends everything else again', () => {
    for (let beat = 0; beat < 7; beat++) {
      if (overdue.beat(1) === 'ask') chain.letIn(3);
    }
    expect(chain.letIn(3)).toBe(0);
  });
});
