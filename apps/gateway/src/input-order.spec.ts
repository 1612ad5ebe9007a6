import { describe, expect, it } from 'vitest';
import type { WrittenInput } from '@overworld/contracts';
import { InputOrder } from './input-order.ts';

function input(sequence: number, value = new Uint8Array(0)): WrittenInput {
  return {
    idLo: 0xa1,
    idHi: 0,
    sequence,
    tick: 0,
    input: 0,
    source: 'player',
    bytes: value,
    from: 0,
    to: value.length,
  };
}

function setup(known: number) {
  const pushed: number[] = [];
  const values: Uint8Array[] = [];
  let over = (): void => {};
  const order = new InputOrder(
    known,
    ({ sequence, bytes }) => {
      pushed.push(sequence);
      values.push(bytes);
    },
    (callback) => {
      over = callback;
      return () => {};
    },
  );
  return { pushed, values, order, runOut: () => over() };
}

describe('input order', () => {
  it('[IO1] passes on what comes in order, and what is old', () => {
    const { pushed, order } = setup(4);
    for (const sequence of [5, 6, 3, 7]) order.take(input(sequence));
    expect(pushed).toEqual([5, 6, 3, 7]);
  });

  it('[IO2] holds what comes too early until the gap is closed', () => {
    const { pushed, order } = setup(4);
    for (const sequence of [7, 8]) order.take(input(sequence));
    expect(pushed).toEqual([]);
    for (const sequence of [5, 6, 7, 8, 9]) order.take(input(sequence));
    expect(pushed).toEqual([5, 6, 7, 8, 7, 8, 9]);
  });

  it('[IO5] holds copies: what it is given is borrowed', () => {
    const { values, order } = setup(0);
    const borrowed = Uint8Array.of(7);
    order.take(input(2, borrowed));
    borrowed[0] = 9;
    order.take(input(1));
    expect(values[1]).toEqual(Uint8Array.of(7));
  });

  it('[IO4] does not wait for what was refused', () => {
    const { pushed, order } = setup(4);
    for (const sequence of [6, 8]) order.take(input(sequence));
    order.skip(5);
    expect(pushed).toEqual([6]);
    order.skip(7);
    expect(pushed).toEqual([6, 8]);
  });

  it('[IO3] gives a gap up when the time is over, or when too much is held', () => {
    const late = setup(4);
    for (const sequence of [8, 7]) late.order.take(input(sequence));
    late.runOut();
    late.order.take(input(12));
    expect(late.pushed).toEqual([7, 8, 12]);
    const full = setup(0);
    for (let sequence = 2; sequence < 600; sequence++) full.order.take(input(sequence));
    expect(full.pushed.slice(0, 3)).toEqual([2, 3, 4]);
    expect(full.pushed).toHaveLength(598);
  });
});
