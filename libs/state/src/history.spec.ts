import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply, create, furnished, ROWS, restored, steps, type Zone } from '../test/any-steps.ts';

/*
 * Whatever is done to a state: a restored copy goes on exactly like the original, and the hash tells content from
 * history.
 */

describe('a restored state', () => {
  it('goes on like the one that the snapshot was taken of', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const state = create();
        for (const change of before) apply(state, change);
        const copy = restored(state);
        expect(copy.hashes()).toEqual(state.hashes());
        expect(copy.snapshot()).toEqual(state.snapshot());
        for (const change of after) {
          apply(state, change);
          apply(copy, change);
        }
        expect(copy.hash()).toBe(state.hash());
        expect([copy.count, copy.highWater]).toEqual([state.count, state.highWater]);
        expect(copy.timers.set(1, 1, 0, 0)).toBe(state.timers.set(1, 1, 0, 0));
      }),
      { numRuns: 300 },
    );
  });
});

describe('two histories of the same content', () => {
  const same = (detour: (state: Zone) => void, capacity = ROWS): void => {
    const state = furnished(capacity);
    detour(state);
    expect(state.hashes()).toEqual(furnished().hashes());
    expect(state.hash()).toBe(furnished().hash());
    expect(restored(state).hash()).toBe(state.hash());
  };

  it('hash alike: another capacity', () => same(() => {}, 33));

  it('hash alike: a component removed and added', () =>
    same((state) => {
      state.columns.body.health[3] = 7;
      state.remove(3, 'body');
      state.add(3, 'body');
      state.columns.body.x[3] = 3.5;
    }));

  it('hash alike: a list grown and shrunk, others with room in other places', () =>
    same((state) => {
      const { items, bytes } = state.columns.bag;
      for (let item = 0; item < 8; item++) items.push(1, item);
      for (let item = 0; item < 40; item++) bytes.push(4, item);
      for (let item = 0; item < 8; item++) items.pop(1);
      bytes.clear(4);
      items.clear(2);
      items.push(2, 2);
    }));

  it('hash alike: timers set and cancelled', () =>
    same((state) => {
      const ids = [3, 12, 10].map((tick) => state.timers.set(9, tick, 0, 0));
      for (const id of ids) state.timers.cancel(id);
    }));

  it('hash alike: texts, values and side entries changed and changed back', () =>
    same((state) => {
      state.columns.look.name.set(5, 'other');
      state.columns.look.name.set(5, 'name5');
      state.columns.body.x[5] = 0;
      state.columns.body.x[5] = 5.5;
      state.side.set('passing', Uint8Array.of(1));
      state.side.delete('passing');
      state.record.drift = 5;
      state.record.drift = -0;
    }));

  it('hash alike: what was written into rows that do not hold the component', () =>
    same((state) => {
      state.columns.body.x[30 % state.capacity] = 0;
      state.columns.body.x[state.capacity - 1] = 77;
    }));

  it('differ when entities were born and are gone: their references count on', () => {
    const state = furnished();
    state.destroy(state.spawn());
    const parts = furnished().hashes();
    expect(changedParts(parts, state.hashes())).toEqual(['entities']);
  });

  it('differ by which list an item is in', () => {
    const [one, two] = [furnished(), furnished()];
    one.columns.bag.bytes.push(1, 5);
    two.columns.bag.bytes.push(2, 5);
    expect(changedParts(one.hashes(), two.hashes())).toEqual(['bag.bytes']);
  });

  it('differ by the order of timers of one tick', () => {
    const [ab, ba] = [create(), create()];
    for (const kind of [1, 2]) ab.timers.set(kind, 5, 0, 0);
    for (const kind of [2, 1]) ba.timers.set(kind, 5, 0, 0);
    expect(ab.hash()).not.toBe(ba.hash());
  });
});

function changedParts(before: { [part: string]: string }, after: { [part: string]: string }): string[] {
  expect(Object.keys(after)).toEqual(Object.keys(before));
  return Object.keys(after).filter((part) => after[part] !== before[part]);
}

describe('a changed value', () => {
  const changes: { readonly [part: string]: (state: Zone) => void } = {
    'body.x': ({ columns }) => {
      columns.body.x[3] = 3.5000000000000004;
    },
    'body.y': ({ columns }) => {
      columns.body.y[0] = 1e-40;
    },
    'body.health': ({ columns }) => {
      columns.body.health[5] = 1;
    },
    'look.name': ({ columns }) => columns.look.name.set(2, 'name3'),
    'look.hue': ({ columns }) => {
      columns.look.hue[1] = -1;
    },
    'bag.items': ({ columns }) => {
      columns.bag.items.push(2, 0);
    },
    'bag.bytes': ({ columns }) => {
      columns.bag.bytes.push(2, 0);
    },
    record: ({ record }) => {
      record.motto = 'x';
    },
    timers: ({ timers }) => {
      timers.popDue(10);
    },
    'random.loot': ({ random }) => {
      random.loot.nextU32();
    },
    side: ({ side }) => {
      side.set('key', Uint8Array.of(1, 2, 4));
    },
    tick: (state) => {
      state.tick = 1;
    },
    entities: (state) => {
      state.entityEpochs[2] = 1;
    },
  };

  it('changes exactly the hash of its part, and the whole one', () => {
    for (const [part, change] of Object.entries(changes)) {
      const state = furnished();
      const whole = state.hash();
      const parts = state.hashes();
      change(state);
      expect(changedParts(parts, state.hashes())).toEqual([part]);
      expect(state.hash()).not.toBe(whole);
    }
    expect(Object.keys(changes).sort()).toEqual(Object.keys(furnished().hashes()).sort());
  });

  it('may not be NaN', () => {
    for (const spoil of [
      (state: Zone) => {
        state.columns.body.x[2] = Number.NaN;
      },
      (state: Zone) => {
        state.columns.body.y[2] = Number.NaN;
      },
      (state: Zone) => {
        state.record.drift = Number.NaN;
      },
    ]) {
      const state = furnished();
      spoil(state);
      expect(() => state.hash()).toThrow('NaN');
      expect(() => state.snapshot()).toThrow('NaN');
    }
  });
});
