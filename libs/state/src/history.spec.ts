import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineSchema } from './schema.ts';
import { State, type StateOptions } from './state.ts';

/*
 * Whatever is done to a state: a restored copy goes on exactly like the original, growth changes nothing, and the hash
 * tells content from history.
 */

const schema = defineSchema({
  components: {
    body: { x: 'f64', y: 'f32', health: 'u16' },
    look: { name: { text: 8 }, hue: 'i8' },
    bag: { items: { list: 'u32', max: 9 }, bytes: { list: 'u8', max: 40 } },
  },
  record: { wave: 'u32', drift: 'f64', motto: { text: 12 } },
  streams: ['loot'],
});
type Zone = State<typeof schema>;
const COMPONENTS = ['body', 'look', 'bag'] as const;
const OPTIONS: StateOptions = {
  capacity: 1,
  maxCapacity: 40,
  maxTimers: 30,
  seed: 'seed',
  zoneNumber: 7,
  idKey: [1, 2],
};
const create = (capacity = 1): Zone => State.create(schema, { ...OPTIONS, capacity });

function restored(state: Zone): Zone {
  const copy = State.restore(schema, state.snapshot());
  if (!(copy instanceof State)) throw new Error(copy.detail);
  return copy;
}

/** One change of a state; numbers choose among what is there. */
type Step = readonly [kind: number, a: number, b: number];
const KINDS = 16;
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.nat({ max: KINDS - 1 }),
  fc.nat({ max: 1000 }),
  fc.integer({ min: -1000, max: 1000 }),
);
const steps = fc.array(step, { maxLength: 150 });

function pick(state: Zone, mask: number, choice: number): number {
  const rows: number[] = [];
  for (let row = state.next(mask, -1); row >= 0; row = state.next(mask, row)) rows.push(row);
  return rows[choice % rows.length] ?? -1;
}

function changeValues(state: Zone, kind: number, a: number, b: number): void {
  const { body, look, bag } = state.columns;
  const holder = pick(state, state.bit(kind < 8 ? 'body' : kind < 10 ? 'look' : 'bag'), a);
  if (holder < 0) return;
  if (kind === 5) body.x[holder] = b / 8;
  else if (kind === 6) body.y[holder] = b / 4;
  else if (kind === 7) body.health[holder] = b;
  else if (kind === 8) look.name.set(holder, `n${b}é`);
  else if (kind === 9) look.hue[holder] = b;
  else if (kind === 10) bag.items.push(holder, a);
  else if (kind === 11) for (let count = 0; count < a % 30; count++) bag.bytes.push(holder, b + count);
  else if (bag.items.length(holder) > 0) bag.items.removeAt(holder, a % bag.items.length(holder));
}

function changeZone(state: Zone, kind: number, a: number, b: number): void {
  if (kind === 13) {
    const ref = pick(state, 0, a);
    state.timers.set(a, state.tick + (a % 7), ref < 0 ? 0 : state.ref(ref), b);
  } else if (kind === 14) {
    state.tick += 1;
    state.record.wave = a;
    while (state.timers.popDue(state.tick)) state.record.drift += state.timers.due.argument;
    if (b > 0) state.record.motto = `m${state.random.loot.int(b)}`;
  } else if (a % 3 === 0) {
    state.side.delete(`k${b % 5}`);
  } else {
    state.side.set(`k${b % 5}`, Uint8Array.of(a, b));
  }
}

function changeRows(state: Zone, kind: number, a: number, b: number): void {
  if (kind <= 1) {
    const entity = state.spawn();
    if (entity >= 0) for (const name of COMPONENTS) if ((a + b) % 2 === 0) state.add(entity, name);
    return;
  }
  const entity = pick(state, 0, a);
  if (entity < 0) return;
  const component = COMPONENTS[Math.abs(b) % 3] as (typeof COMPONENTS)[number];
  if (kind === 2) state.destroy(entity);
  else if (kind === 3) state.add(entity, component);
  else state.remove(entity, component);
}

function apply(state: Zone, [kind, a, b]: Step): void {
  if (kind >= 13) changeZone(state, kind, a, b);
  else if (kind >= 5) changeValues(state, kind, a, b);
  else changeRows(state, kind, a, b);
}

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

describe('growth', () => {
  it('changes nothing: capacity is no part of a state', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (changes, capacity) => {
        const small = create(1);
        const other = create(capacity);
        for (const change of changes) {
          apply(small, change);
          apply(other, change);
        }
        expect(other.hashes()).toEqual(small.hashes());
        expect(other.hash()).toBe(small.hash());
        expect(other.snapshot()).toEqual(small.snapshot());
      }),
    );
  });
});

/** A state with something in every part. */
function furnished(capacity = 4): Zone {
  const state = create(capacity);
  for (let row = 0; row < 6; row++) {
    state.spawn();
    for (const name of COMPONENTS) state.add(row, name);
    state.columns.body.x[row] = row + 0.5;
    state.columns.look.name.set(row, `name${row}`);
    state.columns.bag.items.push(row, row);
  }
  state.timers.set(1, 10, state.ref(2), 5);
  state.timers.set(2, 10, 0, 6);
  state.side.set('key', Uint8Array.of(1, 2, 3));
  return state;
}

describe('two histories of the same content', () => {
  const same = (detour: (state: Zone) => void, capacity = 4): void => {
    const state = furnished(capacity);
    detour(state);
    expect(state.hashes()).toEqual(furnished().hashes());
    expect(state.hash()).toBe(furnished().hash());
    expect(restored(state).hash()).toBe(state.hash());
  };

  it('hash alike: another initial capacity', () => same(() => {}, 33));

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
