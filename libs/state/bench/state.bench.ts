/*
 * What a state costs on this machine: `npm run bench -- state`.
 * Memory: a state reserves its rows at once, and the pages that nobody wrote to are not there. Time: what happens every
 * tick, every second, or when a zone comes up, at three capacities.
 */
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

function measureMemory(rows: number, fieldCount: number): { [what: string]: string } {
  const before = residentMegabytes();
  const since = (): string => `${(residentMegabytes() - before).toFixed(1)} MiB`;
  const state = make(fieldCount, rows);
  const reserved = `${(state.sizeBytes / 1_048_576).toFixed(1)} MiB`;
  const empty = since();
  populate(state, 1_000);
  const thousand = since();
  populate(state, rows);
  return { reserved, empty, '1,000 entities': thousand, full: since() };
}

function leastMicroseconds(tries: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < tries; attempt++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return Math.round(best * 10_000) / 10;
}

function measureTimes(capacity: number): { [what: string]: number } {
  const schema = wideSchema(20);
  const state = make(20, capacity);
  populate(state, 1_000);
  const snapshot = state.snapshot();
  const mask = state.bit('body');
  const x = state.columns.body?.f0 as unknown as Float64Array;
  const walk = (): void => {
    for (let row = state.next(mask, -1); row >= 0; row = state.next(mask, row)) x[row] = (x[row] ?? 0) + 1;
  };
  return {
    create: leastMicroseconds(300, () => make(20, capacity)),
    'create, 1,000 spawns': leastMicroseconds(100, () => populate(make(20, capacity), 1_000)),
    hash: leastMicroseconds(500, () => state.hash()),
    snapshot: leastMicroseconds(500, () => state.snapshot()),
    restore: leastMicroseconds(300, () => State.restore(schema, snapshot, { capacity })),
    'walk and write': leastMicroseconds(1_000, walk),
    findStable: leastMicroseconds(1_000, () => state.findStable('0000000000000001')),
    'spawn, destroy': leastMicroseconds(1_000, () => state.destroy(state.spawn())),
  };
}

console.table({ '200,000 rows of 60 columns': measureMemory(200_000, 60) });
console.log('1,000 entities with 20 fields, microseconds (the least of many tries):');
console.table({
  'capacity 1,001': measureTimes(1_001),
  'capacity 20,000': measureTimes(20_000),
  'capacity 200,000': measureTimes(200_000),
});
