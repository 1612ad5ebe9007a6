import fc from 'fast-check';
import { defineSchema } from '../src/schema.ts';
import { State, type StateOptions } from '../src/state.ts';

/* States with every kind of field, and any change of one: for what holds whatever is done. */

const schema = defineSchema({
  components: {
    body: { x: 'f64', y: 'f32', health: 'u16' },
    look: { name: { text: 8 }, hue: 'i8' },
    bag: { items: { list: 'u32', max: 9 }, bytes: { list: 'u8', max: 40 } },
  },
  record: { wave: 'u32', drift: 'f64', motto: { text: 12 } },
  streams: ['loot'],
});
export type Zone = State<typeof schema>;
export const COMPONENTS = ['body', 'look', 'bag'] as const;
export const ROWS = 40;
const OPTIONS: StateOptions = {
  capacity: ROWS,
  maxTimers: 30,
  seed: 'seed',
  zoneNumber: 7,
  idKey: [1, 2],
};
export const create = (capacity = ROWS): Zone => State.create(schema, { ...OPTIONS, capacity });

export function restored(state: Zone, capacity = ROWS): Zone {
  const copy = State.restore(schema, state.snapshot(), { capacity });
  if (!(copy instanceof State)) throw new Error(copy.detail);
  return copy;
}

/** One change of a state; numbers choose among what is there. */
type Step = readonly [kind: number, a: number, b: number];
const KINDS = 17;
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.nat({ max: KINDS - 1 }),
  fc.nat({ max: 1000 }),
  fc.integer({ min: -1000, max: 1000 }),
);
export const steps = fc.array(step, { maxLength: 150 });

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
    const entity = pick(state, 0, a);
    const ref = entity < 0 ? 0 : state.ref(entity);
    for (let count = 0; count <= a % 20; count++) state.timers.set(count, state.tick + (a % 7), ref, b);
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

/** Entities of another zone. */
const foreign = Array.from({ length: 4 }, (_, index) => {
  const state = State.create(schema, { ...OPTIONS, zoneNumber: 8 });
  for (let row = 0; row <= index; row++) state.spawn();
  for (const name of COMPONENTS) state.add(index, name);
  for (let item = 0; item < 40; item++) state.columns.bag.bytes.push(index, item);
  return state.exportEntity(index);
});

export function apply(state: Zone, [kind, a, b]: Step): void {
  if (kind === 16) state.importEntity(foreign[a % foreign.length] as Uint8Array);
  else if (kind >= 13) changeZone(state, kind, a, b);
  else if (kind >= 5) changeValues(state, kind, a, b);
  else changeRows(state, kind, a, b);
}

/** A state with something in every part. */
export function furnished(capacity = ROWS): Zone {
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
