import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PendingInputs } from './pending-inputs.ts';

it('numbers inputs from 1 and forgets the acknowledged ones', () => {
  const pending = new PendingInputs();
  for (const name of ['a', 'b', 'c']) pending.add(name, {}, 0, 10, false);
  expect(pending.all().map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  const settled: string[] = [];
  pending.acknowledge(2, ({ name }) => settled.push(name));
  expect(settled).toEqual(['a', 'b']);
  expect(pending.all().map(({ name }) => name)).toEqual(['c']);
  pending.acknowledge(2, () => expect.unreachable());
});

it('goes on after what the zone has executed, when that is more than this client gave', () => {
  const pending = new PendingInputs();
  pending.acknowledge(41);
  expect(pending.add('move', {}, 0, 0, false).sequence).toBe(42);
});

it('keeps one of a replaced kind, the newest', () => {
  const pending = new PendingInputs();
  pending.add('move', 1, 0, 0, false);
  pending.add('say', 2, 0, 0, false);
  pending.add('move', 3, 0, 0, true);
  expect(pending.all().map(({ value }) => value)).toEqual([2, 3]);
});

it('forgets one that was refused, or all from there to the end of its message', () => {
  const pending = new PendingInputs();
  for (const name of ['a', 'b', 'c', 'd'])
    pending.add(name, {}, 0, 0, false).sentThrough = name < 'd' ? 3 : 4;
  expect(pending.refuse(1, false).map(({ name }) => name)).toEqual(['a']);
  expect(pending.refuse(2, true).map(({ name }) => name)).toEqual(['b', 'c']);
  expect(pending.all().map(({ name }) => name)).toEqual(['d']);
  expect(pending.refuse(2, true)).toEqual([]);
});

it('is bounded: the oldest gives way and is counted', () => {
  const pending = new PendingInputs(3);
  for (let count = 0; count < 5; count++) pending.add('say', count, 0, 0, false);
  expect(pending.all().map(({ value }) => value)).toEqual([2, 3, 4]);
  expect(pending.dropped).toBe(2);
});

it('holds rising sequences above the acknowledged one, whatever happens', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), replaces: fc.boolean() }),
    fc.record({ do: fc.constant('acknowledge' as const), sequence: fc.nat(60) }),
    fc.record({ do: fc.constant('refuse' as const), sequence: fc.nat(60) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const pending = new PendingInputs(16);
      for (const each of steps) {
        if (each.do === 'add') pending.add('move', 0, 0, 0, each.replaces);
        else if (each.do === 'acknowledge')
          pending.acknowledge(Math.min(each.sequence, pending.lastSequence));
        else pending.refuse(each.sequence, false);
        const sequences = pending.all().map(({ sequence }) => sequence);
        expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
        expect(sequences.every((sequence) => sequence > pending.acknowledged)).toBe(true);
        expect(pending.count).toBeLessThanOrEqual(16);
      }
    }),
  );
});
