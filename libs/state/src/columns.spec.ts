import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, COMPONENTS, create, furnished, ROWS, restored, steps, type Zone } from '../test/any-steps.ts';

/* Whatever is done to a state: no array of its rows moves, and growth of timers and lists changes nothing. */

/** Everything of a state that has an item per row. */
function arraysOf({ columns, masks, births, idLo, idHi, entityEpochs }: Zone): object[] {
  const fields = Object.values(columns).flatMap((component) => Object.values<object>(component));
  return [...fields, masks, births, idLo, idHi, entityEpochs];
}

describe('the arrays of the rows', () => {
  it('stay where they are, whatever is done', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (changes, isRestored) => {
        const state = isRestored ? restored(furnished()) : create();
        const before = arraysOf(state);
        for (const change of changes) {
          apply(state, change);
          const after = arraysOf(state);
          for (let index = 0; index < before.length; index++) expect(after[index]).toBe(before[index]);
        }
      }),
    );
  });

  it('take a value whose making has the state grow', () => {
    const state = create();
    const entity = state.spawn();
    for (const name of COMPONENTS) state.add(entity, name);
    const { bytes } = state.columns.bag;
    const makers: { readonly [what: string]: () => number } = {
      timers: () => state.timers.set(1, 1, 0, 0),
      lists: () => {
        const other = state.spawn();
        state.add(other, 'bag');
        for (let item = 0; item < 40; item++) bytes.push(other, item);
        return other;
      },
    };
    for (const [what, make] of Object.entries(makers)) {
      const { sizeBytes } = state;
      let made = 0;
      const note = (): number => {
        made = make();
        return made;
      };
      for (let round = 0; round < 30; round++) {
        state.columns.body.x[entity] = note();
        expect([what, state.columns.body.x[entity]]).toEqual([what, made]);
      }
      expect(state.sizeBytes).toBeGreaterThan(sizeBytes);
    }
  });

  it('cannot be replaced', () => {
    const { body } = create().columns;
    expect(() => {
      (body as { x: Float64Array }).x = new Float64Array(1);
    }).toThrow();
  });
});

/** A state whose timers and lists grew once, or one to which the same was done with room for one timer and list. */
function prepared(grows: boolean): Zone {
  const state = create();
  for (let row = 0; row < ROWS; row++) {
    state.add(state.spawn(), 'bag');
    for (let item = 0; item < 40; item++) state.columns.bag.bytes.push(row, item);
    if (!grows) state.columns.bag.bytes.clear(row);
  }
  for (let row = 0; row < ROWS; row++) state.destroy(row);
  const timers: number[] = [];
  for (let count = 0; count < 30; count++) {
    timers.push(state.timers.set(1, 1, 0, 0));
    if (!grows) state.timers.cancel(timers.pop() as number);
  }
  for (const timer of timers) state.timers.cancel(timer);
  return state;
}

describe('growth of timers and lists', () => {
  it('changes nothing', () => {
    let grown = 0;
    fc.assert(
      fc.property(steps, (changes) => {
        const [small, large] = [prepared(false), prepared(true)];
        const { sizeBytes } = small;
        expect(large.sizeBytes).toBeGreaterThan(sizeBytes);
        for (const change of changes) {
          apply(small, change);
          apply(large, change);
        }
        if (small.sizeBytes > sizeBytes) grown++;
        expect(large.hashes()).toEqual(small.hashes());
        expect(large.hash()).toBe(small.hash());
        expect(large.snapshot()).toEqual(small.snapshot());
      }),
      { numRuns: 400 },
    );
    // It has to happen, or nothing is tested. It does in about one run of sixteen.
    expect(grown).toBeGreaterThan(0);
  });
});

describe('the capacity', () => {
  it('is no part of a state: what has room goes on alike', () => {
    fc.assert(
      fc.property(steps, steps, fc.integer({ min: 300, max: 5000 }), (before, after, capacity) => {
        const small = create(300);
        for (const change of before) apply(small, change);
        const other = restored(small, capacity);
        for (const change of after) {
          apply(small, change);
          apply(other, change);
        }
        expect(other.hashes()).toEqual(small.hashes());
        expect(other.hash()).toBe(small.hash());
        expect(restored(other, 300).snapshot()).toEqual(small.snapshot());
      }),
    );
  });
});
