import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingBuffer } from './ring.ts';

describe('RingBuffer', () => {
  it('behaves like a bounded array', () => {
    const step = fc.oneof(
      fc.record({ push: fc.integer() }),
      fc.constant('shift' as const),
      fc.constant('clear' as const),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), (capacity, steps) => {
        const ring = new RingBuffer<number>(capacity);
        const model: number[] = [];
        for (const what of steps) {
          if (what === 'shift') expect(ring.shift()).toBe(model.shift());
          else if (what === 'clear') {
            ring.clear();
            model.length = 0;
          } else {
            const fits = model.length < capacity;
            expect(ring.push(what.push)).toBe(fits);
            if (fits) model.push(what.push);
          }
          expect(ring.length).toBe(model.length);
          for (let index = -1; index <= capacity; index++) expect(ring.peek(index)).toBe(model[index]);
        }
      }),
    );
  });

  it('refuses to have no room', () => {
    expect(() => new RingBuffer(0)).toThrow();
  });
});
