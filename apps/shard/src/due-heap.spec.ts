import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueHeap } from './due-heap.ts';

it('gives back whatever was put in, the earliest first, however pushes and pops alternate', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: -50, max: 50 }), { nil: undefined })), (moves) => {
      const heap = new DueHeap<number>();
      const waiting: number[] = [];
      for (const atMs of moves) {
        if (atMs !== undefined) {
          heap.push({ item: atMs, atMs });
          waiting.push(atMs);
          waiting.sort((left, right) => left - right);
        } else expect(heap.pop()?.atMs).toBe(waiting.shift());
        expect(heap.first?.atMs).toBe(waiting[0]);
      }
    }),
  );
});

it('is empty after it was cleared', () => {
  const heap = new DueHeap<string>();
  heap.push({ item: 'a', atMs: 1 });
  heap.clear();
  expect(heap.pop()).toBeUndefined();
});
