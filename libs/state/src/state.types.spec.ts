import type { RandomStream } from '@overworld/kernel';
import { describe, expectTypeOf, it } from 'vitest';
import type { ColumnsOf, ListColumn, TextColumn } from './columns.ts';
import type { EntityRef } from './entities.ts';
import { defineSchema } from './schema.ts';
import { State } from './state.ts';

const schema = defineSchema({
  components: {
    body: { x: 'f64', health: 'u16' },
    look: { name: { text: 8 } },
    bag: { items: { list: 'u32', max: 5 } },
  },
  record: { wave: 'u32', motto: { text: 12 } },
  streams: ['loot'],
});
const make = () => State.create(schema, { capacity: 8, seed: '', zoneNumber: 1, idKey: [1, 2] });

describe('the types of a state', () => {
  it('follow from its schema', () => {
    const state = make();
    expectTypeOf(state.columns.body.x).toEqualTypeOf<Float64Array>();
    expectTypeOf(state.columns.body.health).toEqualTypeOf<Uint16Array>();
    expectTypeOf(state.columns.look.name).toEqualTypeOf<TextColumn>();
    expectTypeOf(state.columns.bag.items).toEqualTypeOf<ListColumn>();
    expectTypeOf(state.record.wave).toEqualTypeOf<number>();
    expectTypeOf(state.record.motto).toEqualTypeOf<string>();
    expectTypeOf(state.random.loot).toEqualTypeOf<RandomStream>();
    expectTypeOf(state.ref).returns.toEqualTypeOf<EntityRef>();
    expectTypeOf<ColumnsOf<{ a: 'i8' }>>().toEqualTypeOf<{ readonly a: Int8Array }>();
  });

  it('refuse what the schema does not have', () => {
    // Checked by the compiler alone: calling it would throw.
    const misuse = (state: ReturnType<typeof make>): void => {
      // @ts-expect-error there is no such component
      state.add(0, 'boddy');
      // @ts-expect-error there is no such component
      state.columns.boddy;
      // @ts-expect-error there is no such field
      state.columns.body.z;
      // @ts-expect-error columns are never replaced
      state.columns.body.x = new Float64Array(1);
      // @ts-expect-error a text is not a number
      state.columns.look.name.set(0, 5);
      // @ts-expect-error there is no such record field
      state.record.waves = 1;
      // @ts-expect-error a number is not a text
      state.record.motto = 1;
      // @ts-expect-error there is no such stream
      state.random.wind;
      // @ts-expect-error a plain number may be a row: only `ref` makes references
      state.timers.set(1, 1, 5, 0);
      // @ts-expect-error a record holds no lists
      defineSchema({ components: {}, record: { a: { list: 'u8', max: 1 } }, streams: [] });
      // @ts-expect-error no such type
      defineSchema({ components: { a: { b: 'u64' } }, record: {}, streams: [] });
    };
    expectTypeOf(misuse).toBeFunction();
  });

  it('are inferred from a schema written in place', () => {
    const state = State.create(
      { components: { a: { b: 'i16' } }, record: {}, streams: ['s'] },
      { capacity: 1, seed: '', zoneNumber: 0, idKey: [0, 0] },
    );
    expectTypeOf(state.columns.a.b).toEqualTypeOf<Int16Array>();
    expectTypeOf(state.random.s).toEqualTypeOf<RandomStream>();
  });

  it('are open for code that works with every schema', () => {
    // biome-ignore lint/suspicious/noExplicitAny: this is how generic code names a state
    const open = make() as State<any>;
    expectTypeOf(open.record.anything).toBeAny();
    expectTypeOf(open.columns.body).toBeAny();
  });
});
