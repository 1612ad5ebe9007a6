import { Hash64 } from '@overworld/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineSchema } from './schema.ts';
import { State, type StateOptions } from './state.ts';

const schema = defineSchema({
  components: {
    body: { x: 'f64', speed: 'f32', health: 'u16' },
    look: { name: { text: 8 } },
    bag: { items: { list: 'f32', max: 9 } },
  },
  record: { wave: 'u32', drift: 'f64', motto: { text: 12 } },
  streams: ['loot'],
});
const OPTIONS: StateOptions = { capacity: 64, seed: 's', zoneNumber: 7, idKey: [1, 2] };

function furnished(zoneNumber = 7): State<typeof schema> {
  const state = State.create(schema, { ...OPTIONS, zoneNumber });
  for (let row = 0; row < 6; row++) {
    state.spawn();
    state.add(row, 'body');
    state.columns.body.x[row] = row / 4;
    if (row % 2 === 0) {
      state.add(row, 'look');
      state.columns.look.name.set(row, `näme${row}`);
    } else {
      state.add(row, 'bag');
      for (let item = 0; item < row; item++) state.columns.bag.items.push(row, item / 2);
    }
    state.timers.set(row, 20 - row, state.ref(row), row);
  }
  state.destroy(2);
  state.record.motto = 'onwards';
  state.side.set('a', Uint8Array.of(1));
  state.side.set('b', new Uint8Array(100));
  return state;
}

/** Puts a fitting checksum under a changed snapshot, so that what lies behind that check is tested. */
function reseal(snapshot: Uint8Array): Uint8Array {
  const end = snapshot.length - 8;
  const hash = new Hash64();
  hash.bytes(snapshot.subarray(0, end));
  const view = new DataView(snapshot.buffer, snapshot.byteOffset);
  view.setUint32(end, hash.lo, true);
  view.setUint32(end + 4, hash.hi, true);
  return snapshot;
}

/** Where `needle` begins in `bytes`; it is there. */
function find(bytes: Uint8Array, needle: Uint8Array): number {
  const at = bytes.findIndex((_, index) => needle.every((byte, offset) => bytes[index + offset] === byte));
  expect(at).toBeGreaterThan(0);
  return at;
}

const doubleBytes = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);

/** What every outcome has to be: refused with a reason, or a state that works. */
function checkOutcome(snapshot: Uint8Array): 'refused' | 'restored' {
  const outcome = State.restore(schema, snapshot, OPTIONS);
  if (!(outcome instanceof State)) {
    expect(['bad-snapshot', 'format-mismatch', 'schema-mismatch', 'too-many-rows']).toContain(
      outcome.refused,
    );
    return 'refused';
  }
  const again = State.restore(schema, outcome.snapshot(), OPTIONS);
  expect(again instanceof State && again.hash()).toBe(outcome.hash());
  const entity = outcome.spawn();
  if (entity >= 0) outcome.destroy(entity);
  while (outcome.timers.popDue(Number.MAX_SAFE_INTEGER))
    expect(outcome.timers.due.tick).toBeGreaterThanOrEqual(0);
  for (let row = outcome.next(0, -1); row >= 0; row = outcome.next(0, -1)) outcome.destroy(row);
  expect(outcome.count).toBe(0);
  return 'restored';
}

describe('a snapshot', () => {
  it('brings everything back', () => {
    const state = furnished();
    state.tick = 99;
    const copy = State.restore(schema, state.snapshot(), OPTIONS);
    if (!(copy instanceof State)) throw new Error(copy.detail);
    expect(copy.hashes()).toEqual(state.hashes());
    expect([copy.tick, copy.count, copy.highWater]).toEqual([99, 5, 6]);
    expect(copy.columns.look.name.get(4)).toBe('näme4');
    expect(copy.columns.bag.items.get(5, 4)).toBe(2);
    expect(copy.findStable(state.stableId(3))).toBe(3);
    expect(copy.record.motto).toBe('onwards');
    expect(copy.spawn()).toBe(2);
    for (let row = copy.count; row < 64; row++) expect(copy.spawn()).toBeGreaterThanOrEqual(0);
    expect(copy.spawn()).toBe(-1);
  });

  it('is refused by another schema', () => {
    const other = { ...schema, record: { ...schema.record, wave: 'u16' } } as const;
    expect(State.restore(other, furnished().snapshot(), OPTIONS)).toMatchObject({
      refused: 'schema-mismatch',
    });
    const reordered = {
      ...schema,
      components: { look: schema.components.look, body: schema.components.body },
    };
    expect(State.restore(reordered, furnished().snapshot(), OPTIONS)).toMatchObject({
      refused: 'schema-mismatch',
    });
  });

  it('is refused in another format', () => {
    const snapshot = furnished().snapshot();
    snapshot[4] = 9;
    expect(State.restore(schema, reseal(snapshot), OPTIONS)).toMatchObject({ refused: 'format-mismatch' });
  });

  it('is refused when a single bit is damaged, or bytes are missing or left over', () => {
    const snapshot = furnished().snapshot();
    for (let at = 0; at < snapshot.length; at++) {
      const damaged = snapshot.slice();
      damaged[at] = (damaged[at] as number) ^ (1 << (at & 7));
      expect(State.restore(schema, damaged, OPTIONS)).toMatchObject({ refused: 'bad-snapshot' });
    }
    for (let length = 0; length < snapshot.length; length++) {
      expect(State.restore(schema, snapshot.slice(0, length), OPTIONS)).toMatchObject({
        refused: 'bad-snapshot',
      });
      if (length < 8) continue;
      expect(checkOutcome(reseal(snapshot.slice(0, length)))).toBe('refused');
    }
    const longer = new Uint8Array(snapshot.length + 1);
    longer.set(snapshot);
    expect(State.restore(schema, reseal(longer), OPTIONS)).toMatchObject({ refused: 'bad-snapshot' });
  });

  it('never throws and never hangs, whatever was done to its bytes', () => {
    const snapshot = furnished().snapshot();
    const extreme = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff);
    const change = fc.tuple(fc.nat({ max: snapshot.length - 9 }), fc.oneof(extreme, fc.nat({ max: 255 })));
    const outcomes = { refused: 0, restored: 0 };
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const mutated = snapshot.slice();
        for (const [at, byte] of changes) mutated[at] = byte;
        outcomes[checkOutcome(reseal(mutated))]++;
      }),
      { numRuns: 3000 },
    );
    // Both have to happen, or the mutations test nothing.
    expect(outcomes.refused).toBeGreaterThan(100);
    expect(outcomes.restored).toBeGreaterThan(100);
  });

  it('is refused, whatever the bytes, when it is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(checkOutcome(bytes)).toBe('refused');
        if (bytes.length >= 8) expect(checkOutcome(reseal(bytes))).toBe('refused');
      }),
    );
  });

  it('is restored with the capacity of its caller, as long as nobody stands beyond it', () => {
    const state = furnished();
    state.destroy(5);
    const snapshot = state.snapshot();
    const larger = State.restore(schema, snapshot, { capacity: 70 });
    if (!(larger instanceof State)) throw new Error(larger.detail);
    for (let row = larger.count; row < 70; row++) expect(larger.spawn()).toBeGreaterThanOrEqual(0);
    expect([larger.spawn(), larger.capacity]).toEqual([-1, 70]);
    const smaller = State.restore(schema, snapshot, { capacity: 5 });
    if (!(smaller instanceof State)) throw new Error(smaller.detail);
    expect([smaller.hash(), smaller.spawn(), smaller.spawn()]).toEqual([state.hash(), 2, -1]);
    expect(State.restore(schema, snapshot, { capacity: 4 })).toEqual({
      refused: 'too-many-rows',
      detail: 'it takes 5 rows, the capacity is 4',
    });
  });

  it('does not make a few bytes ask for much memory', () => {
    const snapshot = State.create(schema, OPTIONS).snapshot();
    const view = new DataView(snapshot.buffer);
    // magic, format, schema hash, tick, zone number and id key come before the limits and the number of rows.
    view.setUint32(33, 2 ** 20, true);
    const roomy = State.restore(schema, reseal(snapshot), OPTIONS);
    expect(roomy instanceof State && roomy.capacity).toBe(64);
    // A row takes 20 bytes of its own and 14 of numbers.
    const left = snapshot.length - 8 - 45;
    for (const rows of [2 ** 20, Math.floor(left / 20), Math.floor(left / 34) + 1]) {
      view.setUint32(41, rows, true);
      expect(State.restore(schema, reseal(snapshot), OPTIONS)).toMatchObject({ detail: 'rows are missing' });
    }
  });

  it('does not hold NaN', () => {
    const state = State.create(schema, OPTIONS);
    state.record.drift = 0.123456789;
    const snapshot = state.snapshot();
    snapshot.set(doubleBytes(Number.NaN), find(snapshot, doubleBytes(0.123456789)));
    expect(State.restore(schema, reseal(snapshot), OPTIONS)).toMatchObject({ refused: 'bad-snapshot' });
  });
});

describe('a snapshot out of order', () => {
  const refused = { refused: 'bad-snapshot', detail: 'a value is out of range' };

  it('is refused: timers', () => {
    const state = State.create(schema, OPTIONS);
    state.timers.set(1, 1000, 0, 0);
    state.timers.set(1, 2000, 0, 0);
    const snapshot = state.snapshot();
    const first = find(snapshot, doubleBytes(1000));
    const second = find(snapshot, doubleBytes(2000));
    snapshot.set(doubleBytes(2000), first);
    expect(State.restore(schema, reseal(snapshot.slice()), OPTIONS)).toBeInstanceOf(State);
    snapshot.set(doubleBytes(1000), second);
    expect(State.restore(schema, reseal(snapshot), OPTIONS)).toMatchObject(refused);
  });

  it('is refused: the side table', () => {
    const state = State.create(schema, OPTIONS);
    for (const key of ['key1', 'key2']) state.side.set(key, new Uint8Array(0));
    for (const forged of ['key0', 'key1']) {
      const snapshot = state.snapshot();
      snapshot.set(new TextEncoder().encode(forged), find(snapshot, new TextEncoder().encode('key2')));
      expect(State.restore(schema, reseal(snapshot), OPTIONS)).toMatchObject(refused);
    }
  });
});

describe('an exported entity', () => {
  it('arrives with all it had, under its own id', () => {
    const from = furnished();
    const to = furnished(8);
    from.entityEpochs[5] = 3;
    const row = to.importEntity(from.exportEntity(5));
    if (typeof row !== 'number') throw new Error(row.detail);
    expect(row).toBe(2);
    expect(to.stableId(row)).toBe(from.stableId(5));
    expect([to.entityEpochs[row], to.columns.body.x[row]]).toEqual([3, 1.25]);
    expect(to.columns.bag.items.get(row, 4)).toBe(2);
    expect(to.has(row, 'look')).toBe(false);
    expect(to.exportEntity(row)).toEqual(from.exportEntity(5));
    expect(from.alive(5)).toBe(true);
  });

  it('is refused where it is already, where there is no room, and by another schema', () => {
    const from = furnished();
    const bytes = from.exportEntity(4);
    expect(from.importEntity(bytes)).toMatchObject({ refused: 'duplicate-entity' });
    const full = State.create(schema, { ...OPTIONS, zoneNumber: 9, capacity: 4 });
    for (let row = 0; row < 4; row++) full.spawn();
    const hash = full.hash();
    expect(full.importEntity(bytes)).toMatchObject({ refused: 'full' });
    const other = State.create({ ...schema, streams: [] }, OPTIONS);
    expect(other.importEntity(bytes)).toMatchObject({ refused: 'schema-mismatch' });
    expect(full.hash()).toBe(hash);
  });

  it('is refused when a value is out of its range', () => {
    const to = furnished(8);
    const refused = { refused: 'bad-entity' };
    const maskAt = 21;
    const lister = furnished().exportEntity(5);
    const countAt = lister.length - 5 * 4 - 1;
    const namer = furnished().exportEntity(4);
    const nameAt = namer.length - 6;
    for (const [bytes, at, value] of [
      [namer, maskAt, 0x0b],
      [namer, maskAt + 3, 0x80],
      [namer, nameAt, 0xff],
      [namer, nameAt - 1, 9],
      [lister, countAt, 4],
      [lister, countAt, 6],
    ] as const) {
      const forged = bytes.slice();
      forged[at] = value;
      expect(to.importEntity(forged)).toMatchObject(refused);
    }
    const tooMany = new Uint8Array(countAt + 1 + 10 * 4);
    tooMany.set(lister);
    tooMany[countAt] = 10;
    expect(to.importEntity(tooMany)).toMatchObject(refused);
    const notANumber = lister.slice();
    notANumber.set(new Uint8Array(Float32Array.of(Number.NaN).buffer), countAt + 1);
    expect(to.importEntity(notANumber)).toMatchObject(refused);
    for (let length = 0; length < lister.length; length++) {
      expect(to.importEntity(lister.slice(0, length))).toHaveProperty('refused');
    }
    expect(to.hash()).toBe(furnished(8).hash());
    expect(to.importEntity(lister)).toBe(2);
  });

  it('changes nothing when it is refused, and never throws, whatever was done to its bytes', () => {
    const from = furnished();
    const outcomes = { refused: 0, imported: 0 };
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    const source = fc.constantFrom(from.exportEntity(4), from.exportEntity(5));
    fc.assert(
      fc.property(source, fc.array(change, { maxLength: 4 }), fc.nat({ max: 3 }), (bytes, changes, cut) => {
        const mutated = bytes.slice(0, bytes.length - cut);
        for (const [at, byte] of changes) mutated[at % mutated.length] = byte;
        const to = furnished(8);
        const before = to.hash();
        const row = to.importEntity(mutated);
        if (typeof row === 'number') {
          outcomes.imported++;
          expect(to.importEntity(to.exportEntity(row))).toMatchObject({ refused: 'duplicate-entity' });
          to.hash();
          to.destroy(row);
        } else {
          outcomes.refused++;
          expect(to.hash()).toBe(before);
        }
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(outcomes.refused, outcomes.imported)).toBeGreaterThan(100);
  });

  it('is refused, whatever the bytes, when it is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(furnished().importEntity(bytes)).toHaveProperty('refused');
      }),
    );
  });
});
