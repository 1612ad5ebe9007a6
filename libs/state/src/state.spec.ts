import { describe, expect, it } from 'vitest';
import { type ComponentFields, defineSchema } from './schema.ts';
import { State, type StateOptions } from './state.ts';

const schema = defineSchema({
  components: {
    body: { x: 'f64', y: 'f64', health: 'u16' },
    look: { name: { text: 8 }, hue: 'u8' },
    bag: { items: { list: 'u32', max: 5 }, weights: { list: 'f32', max: 100 } },
  },
  record: { wave: 'u32', tilt: 'i8', motto: { text: 12 } },
  streams: ['loot', 'weather'],
});
const OPTIONS: StateOptions = { capacity: 64, seed: 'seed', zoneNumber: 7, idKey: [11, 22] };
const create = (options: Partial<StateOptions> = {}) => State.create(schema, { ...OPTIONS, ...options });

describe('rows', () => {
  it('are taken lowest first and given back', () => {
    const state = create();
    expect([state.spawn(), state.spawn(), state.spawn(), state.spawn()]).toEqual([0, 1, 2, 3]);
    state.destroy(2);
    state.destroy(0);
    expect([state.count, state.highWater]).toEqual([2, 4]);
    expect([state.spawn(), state.spawn(), state.spawn()]).toEqual([0, 2, 4]);
  });

  it('run out at the capacity, and not before', () => {
    const state = create({ capacity: 37 });
    for (let row = 0; row < 37; row++) expect(state.spawn()).toBe(row);
    expect([state.spawn(), state.capacity, state.count]).toEqual([-1, 37, 37]);
    state.destroy(33);
    expect([state.spawn(), state.spawn()]).toEqual([33, -1]);
  });

  it('lower the high water mark when the last ones go', () => {
    const state = create();
    for (let row = 0; row < 5; row++) state.spawn();
    state.destroy(3);
    expect(state.highWater).toBe(5);
    state.destroy(4);
    expect(state.highWater).toBe(3);
  });

  it('carry nothing over from one entity to the next', () => {
    const state = create();
    const first = state.spawn();
    for (const component of ['body', 'look', 'bag'] as const) state.add(first, component);
    state.columns.body.x[first] = 5;
    state.columns.look.name.set(first, 'Ada');
    state.columns.bag.items.push(first, 9);
    state.entityEpochs[first] = 3;
    state.destroy(first);
    expect([state.columns.body.x[first], state.idLo[first], state.births[first]]).toEqual([0, 0, 0]);
    const second = state.spawn();
    for (const component of ['body', 'look', 'bag'] as const) state.add(second, component);
    expect(second).toBe(first);
    expect(state.columns.body.x[second]).toBe(0);
    expect(state.columns.look.name.get(second)).toBe('');
    expect(state.columns.bag.items.length(second)).toBe(0);
    expect(state.entityEpochs[second]).toBe(0);
  });

  it('are found by the components that they hold', () => {
    const state = create();
    for (let row = 0; row < 10; row++) {
      state.spawn();
      if (row % 2 === 0) state.add(row, 'body');
      if (row % 3 === 0) state.add(row, 'look');
    }
    state.destroy(0);
    const rows = (mask: number): number[] => {
      const found: number[] = [];
      for (let row = state.next(mask, -1); row >= 0; row = state.next(mask, row)) found.push(row);
      return found;
    };
    expect(rows(state.bit('body'))).toEqual([2, 4, 6, 8]);
    expect(rows(state.bit('body') | state.bit('look'))).toEqual([6]);
    expect(rows(0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rows(state.bit('bag'))).toEqual([]);
    expect(state.has(6, 'look')).toBe(true);
    state.remove(6, 'look');
    expect([state.has(6, 'look'), state.has(-1, 'look'), state.has(99, 'look')]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('may come and go while they are walked over', () => {
    const state = create();
    for (let row = 0; row < 6; row++) state.spawn();
    const visited: number[] = [];
    for (let row = state.next(0, -1); row >= 0; row = state.next(0, row)) {
      visited.push(row);
      if (row === 1) for (const gone of [0, 1, 2, 5]) state.destroy(gone);
      if (row === 3)
        expect([state.spawn(), state.spawn(), state.spawn(), state.spawn()]).toEqual([0, 1, 2, 5]);
    }
    expect(visited).toEqual([0, 1, 3, 4, 5]);
  });

  it('hold 31 components', () => {
    const names = Array.from({ length: 31 }, (_, index) => `c${index}`);
    const fields: ComponentFields = { value: 'u8' };
    const components = Object.fromEntries(names.map((name) => [name, fields]));
    const wide = { components, record: {}, streams: [] };
    const state = State.create(wide, OPTIONS);
    const entity = state.spawn();
    for (const name of names) state.add(entity, name);
    expect(state.masks[entity]).toBe(0xffffffff);
    expect(state.next(state.bit('c30') | state.bit('c0'), -1)).toBe(entity);
    state.remove(entity, 'c30');
    expect(state.next(state.bit('c30'), -1)).toBe(-1);
    const restored = State.restore(wide, state.snapshot(), OPTIONS);
    expect(restored instanceof State && restored.hash()).toBe(state.hash());
  });
});

describe('references and ids', () => {
  it('go stale with their entity, also when its row is taken again', () => {
    const state = create();
    const ref = state.ref(state.spawn());
    expect(state.resolve(ref)).toBe(0);
    state.destroy(0);
    expect(state.resolve(ref)).toBe(-1);
    state.spawn();
    expect(state.resolve(ref)).toBe(-1);
    expect(state.resolve(state.ref(0))).toBe(0);
  });

  it('resolve no other number', () => {
    const state = create();
    state.spawn();
    for (const number of [
      0,
      -1,
      0.5,
      1,
      2 ** 20 + 5,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 20 + 0.5,
    ]) {
      expect(state.resolve(number)).toBe(-1);
    }
  });

  it('fit an f64 column', () => {
    const state = create();
    const entity = state.spawn();
    state.add(entity, 'body');
    state.columns.body.x[entity] = state.ref(entity);
    expect(state.resolve(state.columns.body.x[entity] as number)).toBe(entity);
    expect(state.ref(entity)).toBe(2 ** 20);
  });

  it('give every entity of every zone its own stable id', () => {
    const ids = new Set<string>();
    for (const zoneNumber of [1, 2]) {
      const state = create({ zoneNumber });
      for (let birth = 0; birth < 500; birth++) {
        const entity = state.spawn();
        ids.add(state.stableId(entity));
        expect(state.findStable(state.stableId(entity))).toBe(entity);
        if (birth % 3 !== 0) state.destroy(entity);
        if (state.count === 64) for (let row = 0; row < 60; row++) state.destroy(row);
      }
    }
    expect(ids.size).toBe(1000);
  });

  it('are not found when they are no ids or nobody has them', () => {
    const state = create();
    state.spawn();
    for (const id of ['', 'x', '0000000000000000', '00000000000000g0', 'ABCDEF0123456789']) {
      expect(state.findStable(id)).toBe(-1);
    }
  });
});

describe('columns', () => {
  it('have room for every row from the beginning on', () => {
    const { columns } = create();
    expect([columns.body.x.length, columns.body.health.length, columns.look.hue.length]).toEqual([
      64, 64, 64,
    ]);
  });

  it('cut texts at a code point border and replace lone surrogates', () => {
    const state = create();
    const entity = state.spawn();
    state.add(entity, 'look');
    const { name } = state.columns.look;
    name.set(entity, 'äöüäöü');
    expect(name.get(entity)).toBe('äöüä');
    name.set(entity, 'abcde😀');
    expect(name.get(entity)).toBe('abcde');
    name.set(entity, 'a\ud800');
    expect(name.get(entity)).toBe('a\ufffd');
  });

  it('refuse texts and lists for rows without the component', () => {
    const state = create();
    const entity = state.spawn();
    expect(() => state.columns.look.name.set(entity, 'Ada')).toThrow();
    expect(() => state.columns.bag.items.push(entity, 1)).toThrow();
    expect(state.columns.look.name.get(entity)).toBe('');
    expect(state.columns.bag.items.length(entity)).toBe(0);
  });

  it('start at zero, whatever was written before the row held the component', () => {
    const state = create();
    const entity = state.spawn();
    state.columns.body.x[entity] = 7;
    state.add(entity, 'body');
    expect(state.columns.body.x[entity]).toBe(0);
    state.columns.body.x[entity] = 8;
    state.add(entity, 'body');
    expect(state.columns.body.x[entity]).toBe(8);
    state.remove(entity, 'body');
    state.remove(entity, 'body');
    expect(state.columns.body.x[entity]).toBe(0);
  });

  it('assert that entities are alive', () => {
    const state = create();
    for (const change of [
      () => state.destroy(0),
      () => state.add(0, 'body'),
      () => state.remove(0, 'body'),
      () => state.ref(0),
      () => state.exportEntity(0),
    ]) {
      expect(change).toThrow();
    }
  });
});

describe('lists', () => {
  it('grow to their maximum and refuse more', () => {
    const state = create();
    const entity = state.spawn();
    state.add(entity, 'bag');
    const { items } = state.columns.bag;
    for (let item = 0; item < 5; item++) expect(items.push(entity, item * 10)).toBe(true);
    expect(items.push(entity, 99)).toBe(false);
    expect(items.length(entity)).toBe(5);
    items.removeAt(entity, 1);
    items.set(entity, 0, 7);
    expect([0, 1, 2, 3].map((index) => items.get(entity, index))).toEqual([7, 20, 30, 40]);
    expect([items.indexOf(entity, 30), items.indexOf(entity, 10)]).toEqual([2, -1]);
    expect([items.pop(entity), items.length(entity)]).toEqual([40, 3]);
    items.clear(entity);
    items.clear(entity);
    expect(items.length(entity)).toBe(0);
  });

  it('assert their indexes', () => {
    const state = create();
    const entity = state.spawn();
    state.add(entity, 'bag');
    const { items } = state.columns.bag;
    items.push(entity, 1);
    for (const index of [-1, 1, 0.5, Number.NaN]) {
      expect(() => items.get(entity, index)).toThrow();
      expect(() => items.set(entity, index, 1)).toThrow();
      expect(() => items.removeAt(entity, index)).toThrow();
    }
    items.clear(entity);
    expect(() => items.pop(entity)).toThrow();
  });

  it('reuse the room of lists that are gone', () => {
    const state = create();
    const entity = state.spawn();
    state.add(entity, 'bag');
    const fill = (): void => {
      for (let item = 0; item < 100; item++) state.columns.bag.weights.push(entity, item);
      state.columns.bag.weights.clear(entity);
    };
    fill();
    const { sizeBytes } = state;
    for (let round = 0; round < 100; round++) fill();
    expect(state.sizeBytes).toBe(sizeBytes);
  });
});

describe('the record', () => {
  it('stores numbers as their type and cuts texts', () => {
    const state = create();
    state.record.wave = 2 ** 32 + 5;
    state.record.tilt = 200;
    state.record.motto = 'a motto that is too long';
    expect([state.record.wave, state.record.tilt, state.record.motto]).toEqual([5, -56, 'a motto that']);
    state.record.wave++;
    expect(state.record.wave).toBe(6);
  });

  it('keeps its values when timers grow', () => {
    const state = create();
    state.record.wave = 9;
    const drawn = create().random.loot;
    const { sizeBytes } = state;
    for (let count = 0; count < 40; count++) state.timers.set(1, 1, 0, 0);
    expect(state.sizeBytes).toBeGreaterThan(sizeBytes);
    expect(state.record.wave).toBe(9);
    expect(state.random.loot.nextU32()).toBe(drawn.nextU32());
  });

  it('lets no field be added', () => {
    const { record } = create();
    expect(() => {
      (record as { [field: string]: unknown }).extra = 1;
    }).toThrow();
  });
});

describe('random streams', () => {
  it('depend on seed and name', () => {
    const firsts = [create(), create({ seed: 'other' })].flatMap(({ random }) => [
      random.loot.nextU32(),
      random.weather.nextU32(),
    ]);
    expect(new Set(firsts).size).toBe(4);
    expect(create().random.loot.nextU32()).toBe(firsts[0]);
  });
});

describe('State.create', () => {
  it('asserts options in their ranges', () => {
    const bad: Partial<StateOptions>[] = [
      { capacity: 0 },
      { capacity: 1.5 },
      { capacity: 2 ** 20 + 1 },
      { maxTimers: 0 },
      { zoneNumber: -1 },
      { idKey: [0, 2 ** 32] },
    ];
    for (const options of bad) expect(() => create(options)).toThrow();
  });

  it('asserts a schema without clashes', () => {
    const empty = { components: {}, record: {}, streams: [] };
    const many = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`c${index}`, {}]));
    for (const bad of [
      { ...empty, components: many },
      { ...empty, components: { random: { loot: 'u8' } } },
      { ...empty, components: { 'a.b': { c: 'u8' } } },
      { ...empty, components: { a: { 'b c': 'u8' } } },
      { ...empty, components: { a: { constructor: 'u8' } } },
      { ...empty, components: { a: { b: 'u64' } } },
      { ...empty, components: { a: { b: { text: 0 } } } },
      { ...empty, components: { a: { b: { list: 'u8', max: 70_000 } } } },
      { ...empty, components: { a: { b: { list: 'text', max: 7 } } } },
      { ...empty, record: { a: { list: 'u8', max: 7 } } },
      { ...empty, record: { 'a-b': 'u8' } },
      { ...empty, streams: ['a', 'a'] },
      { ...empty, streams: [''] },
    ]) {
      expect(() => State.create(bad as unknown as typeof schema, OPTIONS)).toThrow();
    }
  });

  it('asserts ticks', () => {
    const state = create();
    state.tick = 12;
    expect(state.tick).toBe(12);
    for (const tick of [-1, 0.5, Number.NaN]) {
      expect(() => {
        state.tick = tick;
      }).toThrow();
    }
  });
});
