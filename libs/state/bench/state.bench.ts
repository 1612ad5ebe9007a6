/*
 * What a state costs on this machine: `npm run bench -- state`.
 * Memory: a state reserves its rows at once, and the pages that nobody wrote to are not there. Time: what happens every
 * tick, every second, or when a zone comes up, at three capacities.
 */
import { type Figure, figureOf, isSmoke, measureCalls, report } from '../../../bench/results.ts';
import { defineSchema, State } from '../src/index.ts';

const TYPES = ['f64', 'f32', 'u8', 'i32'] as const;

function wideSchema(fieldCount: number) {
  const fields = Object.fromEntries(
    Array.from({ length: fieldCount }, (_, index) => [`f${index}`, TYPES[index % TYPES.length] ?? 'f64']),
  );
  return defineSchema({
    components: { body: fields, bag: { items: { list: 'u32', max: 64 } } },
    record: {},
    streams: ['loot'],
  });
}

function make(fieldCount: number, capacity: number) {
  return State.create(wideSchema(fieldCount), { capacity, seed: '', zoneNumber: 1, idKey: [1, 2] });
}

function populate(state: ReturnType<typeof make>, count: number): void {
  const columns = Object.values(state.columns.body ?? {}) as unknown as number[][];
  while (state.count < count) {
    const row = state.spawn();
    state.add(row, 'body');
    for (const column of columns) column[row] = row;
  }
}

function residentMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 1_048_576;
}

function measureMemory(rows: number, fieldCount: number): Figure[] {
  const before = residentMegabytes();
  const of = `${rows} rows of ${fieldCount} columns`;
  const since = (what: string): Figure => figureOf(`${what}, ${of}`, 'MiB', [residentMegabytes() - before]);
  const state = make(fieldCount, rows);
  const empty = since('resident when empty');
  populate(state, 1_000);
  const thousand = since('resident with 1,000 entities');
  populate(state, rows);
  const reserved = figureOf(`reserved, ${of}`, 'MiB', [state.sizeBytes / 1_048_576]);
  return [reserved, empty, thousand, since('resident when full')];
}

function measureTimes(capacity: number): Figure[] {
  const schema = wideSchema(20);
  const state = make(20, capacity);
  populate(state, 1_000);
  const snapshot = state.snapshot();
  const mask = state.bit('body');
  const x = state.columns.body?.f0 as unknown as Float64Array;
  const walk = (): void => {
    for (let row = state.next(mask, -1); row >= 0; row = state.next(mask, row)) x[row] = (x[row] ?? 0) + 1;
  };
  const timed = (what: string, callsPerRound: number, work: () => void): Figure =>
    measureCalls(`${what}, capacity ${capacity}`, work, { rounds: 5, callsPerRound });
  return [
    timed('create', 60, () => void make(20, capacity)),
    timed('create and 1,000 spawns', 20, () => populate(make(20, capacity), 1_000)),
    timed('hash', 100, () => void state.hash()),
    timed('snapshot', 100, () => void state.snapshot()),
    timed('restore', 60, () => void State.restore(schema, snapshot, { capacity })),
    timed('walk and write', 200, walk),
    timed('find by stable id', 200, () => void state.findStable('0000000000000001')),
    timed('spawn and destroy', 200, () => state.destroy(state.spawn())),
  ];
}

console.log('Times are of 1,000 entities with 20 fields.');
report('state', [
  ...measureMemory(isSmoke ? 10_000 : 200_000, 60),
  ...[1_001, 20_000, 200_000].flatMap(measureTimes),
]);
