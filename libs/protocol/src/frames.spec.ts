import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, type EntityValues, encodeFrame, type FrameText } from '../generate/frame-text.ts';
import { MEADOW, manyComponents, SMALL, TYPES } from '../generate/schemas.ts';
import type { ComponentValues } from './component.ts';
import { type FrameSink, readFrame } from './frame-reader.ts';
import { FrameWriter, type RecordBatch } from './frame-writer.ts';
import { LIMITS } from './limits.ts';
import { NUMBER_RANGE, type NumberType } from './number-type.ts';
import type { WireComponent, WireField, WireSchema } from './schema.ts';

const START = { zoneIndex: 0, epoch: 1, tick: 0, ack: -1, keyframe: false, maskBytes: 1 } as const;

function wireNumber(type: NumberType): fc.Arbitrary<number> {
  if (type === 'f32') return fc.float({ noNaN: true, noDefaultInfinity: true });
  if (type === 'f64') return fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });
  const [min, max] = NUMBER_RANGE[type];
  return type.endsWith('32')
    ? fc.maxSafeInteger().map((n) => Math.min(max, Math.max(min, n % 2 ** 32)))
    : fc.integer({ min, max });
}

function fieldValue(field: WireField): fc.Arbitrary<number | string | number[]> {
  if (field.type === 'text')
    return fc.string({ unit: 'grapheme', maxLength: Math.floor((field.max as number) / 40) });
  const value = (wire: number): number => field.offset + wire * field.scale;
  if (field.type !== 'list') return wireNumber(field.type).map(value);
  return fc.array(wireNumber(field.of as NumberType).map(value), {
    maxLength: Math.min(field.max as number, 5),
  });
}

function componentValues(component: WireComponent): fc.Arbitrary<Record<string, number | string | number[]>> {
  return fc.record(Object.fromEntries(component.fields.map((field) => [field.name, fieldValue(field)])));
}

function entityValues(schema: WireSchema, least: number): fc.Arbitrary<EntityValues> {
  const all = new Map(schema.components.map((item) => [item.name, componentValues(item)]));
  return fc.subarray([...all.keys()], { minLength: least }).chain((names) => {
    return fc.record(
      Object.fromEntries(names.map((name) => [name, all.get(name) as fc.Arbitrary<ComponentValues>])),
    );
  });
}

const netId = fc.integer({ min: 0, max: 0xffff });
const hexId = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((id) => id.toString(16).padStart(16, '0'));

function frameText(schema: WireSchema): fc.Arbitrary<FrameText> {
  return fc.record({
    zoneIndex: fc.integer({ min: 0, max: 255 }),
    epoch: fc.maxSafeInteger().map(Math.abs),
    tick: fc.integer({ min: 0, max: 0xffffffff }),
    ack: fc.option(fc.maxSafeInteger().map(Math.abs)),
    keyframe: fc.boolean(),
    leaves: fc.array(netId, { maxLength: 200 }),
    enters: fc.array(
      fc.record({ netId, id: hexId, own: fc.boolean(), components: entityValues(schema, 0) }),
      { maxLength: 9 },
    ),
    updates: fc.array(fc.record({ netId, components: entityValues(schema, 1) }), { maxLength: 40 }),
  });
}

function recordingSink(calls: string[]): FrameSink {
  return {
    begin: () => void calls.push('begin'),
    leave: () => void calls.push('leave'),
    enter: () => void calls.push('enter'),
    update: () => void calls.push('update'),
    component: () => void calls.push('component'),
    end: () => void calls.push('end'),
  };
}

describe('state frames', () => {
  it.each([SMALL, MEADOW, TYPES, manyComponents(16, 2), manyComponents(31, 4)])(
    '[G4] $ruleset: what is written is read back, and written again to the same bytes',
    (schema) => {
      fc.assert(
        fc.property(frameText(schema), (frame) => {
          const bytes = encodeFrame(schema, frame);
          const decoded = decodeFrame(schema, bytes);
          expect(encodeFrame(schema, decoded)).toEqual(bytes);
          expect(decoded).toMatchObject({
            ...frame,
            enters: frame.enters.map(({ netId, id, own }) => ({ netId, id, own })),
            updates: frame.updates.map(({ netId }) => ({ netId })),
          });
        }),
        { numRuns: 60 },
      );
    },
  );

  it('[G4] a frame cut short at any byte gives the sink nothing', () => {
    const bytes = encodeFrame(MEADOW, {
      ack: 3,
      leaves: [1],
      enters: [
        {
          netId: 1,
          id: 'aa'.padStart(16, '0'),
          own: true,
          components: { look: { name: 'Ada', hue: 3 }, asleep: {} },
        },
      ],
      updates: [{ netId: 4, components: { purse: { coins: 5 } } }],
    });
    for (let length = 0; length < bytes.length; length++) {
      const calls: string[] = [];
      expect(readFrame(bytes.subarray(0, length), () => MEADOW, recordingSink(calls)).ok).toBe(false);
      expect(calls).toEqual([]);
    }
    const calls: string[] = [];
    expect(readFrame(bytes, () => MEADOW, recordingSink(calls))).toEqual({ ok: true });
    expect(calls).toEqual([
      'begin',
      'leave',
      'enter',
      'component',
      'component',
      'update',
      'component',
      'end',
    ]);
  });

  it('[F1] parts without anything in them are not written', () => {
    const writer = new FrameWriter(1024);
    writer.begin(START);
    writer.run(1);
    writer.run(2);
    expect(writer.isEmpty).toBe(true);
    expect(Array.from(writer.finish())).toEqual([1, 0, 0, 1, 0]);
  });

  it('counts of one, two and three bytes take their shortest form', () => {
    for (const count of [1, 127, 128, 129, 16_383, 16_384, 16_390]) {
      const updates = Array.from({ length: count }, (_, index) => ({
        netId: index,
        components: { level: { level: index & 255 } },
      }));
      const bytes = encodeFrame(SMALL, { updates });
      const countBytes = count < 128 ? 1 : count < 16_384 ? 2 : 3;
      const longIds = Math.max(0, count - 128) + Math.max(0, count - 16_384);
      expect(bytes.length).toBe(5 + 1 + 1 + countBytes + count * 2 + longIds);
      expect(decodeFrame(SMALL, bytes).updates).toEqual(updates);
    }
  });

  it('refuses frames above the limit before it looks at them', () => {
    const bytes = new Uint8Array(LIMITS.maxFrameBytes + 1).fill(1);
    expect(readFrame(bytes, () => SMALL, recordingSink([]))).toEqual({ ok: false, reason: 'too-large' });
  });

  it('refuses zones that it has no schema of', () => {
    const bytes = encodeFrame(SMALL, { zoneIndex: 9 });
    expect(readFrame(bytes, (index) => (index === 9 ? undefined : SMALL), recordingSink([]))).toEqual({
      ok: false,
      reason: 'unknown-zone',
    });
  });

  it('lets pass what a sink throws, and works on', () => {
    const bytes = encodeFrame(SMALL, { leaves: [1] });
    const sink = recordingSink([]);
    const failing = {
      ...sink,
      leave: () => {
        throw new Error('no room');
      },
    };
    expect(() => readFrame(bytes, () => SMALL, failing)).toThrow('no room');
    expect(readFrame(bytes, () => SMALL, sink)).toEqual({ ok: true });
  });
});

type Part = 'leave' | 'enter' | 'record';

function add(writer: FrameWriter, part: Part, index: number, sizeBytes: number): boolean {
  if (part === 'leave') return writer.leave(index);
  // A new run each time, then one long run: both ways of adding bytes beside a record.
  if (part === 'record' && index < 140) writer.run(1);
  const fits =
    part === 'enter' ? writer.enter(index, 1, 2, false, 1, sizeBytes) : writer.record(index, sizeBytes);
  if (fits) writer.component(new Uint8Array(sizeBytes), 0, sizeBytes);
  return fits;
}

/** Fills a frame until nothing more fits; answers how long it has become. */
function fill(writer: FrameWriter, part: Part, sizeBytes: number): number {
  let index = 0;
  while (add(writer, part, index, sizeBytes)) index++;
  expect(writer.finish().length).toBe(writer.sizeBytes);
  return writer.sizeBytes;
}

describe('FrameWriter', () => {
  it.each(['leave', 'enter', 'record'] as const)(
    '[F7] never exceeds its limit, and uses nearly all of it: %s',
    (part) => {
      const writer = new FrameWriter(65_535);
      for (let maxBytes = 64; maxBytes < 2000; maxBytes += 1) {
        for (const maskBytes of [1, 4] as const) {
          writer.begin({ ...START, maskBytes, maxBytes, ack: 2 ** 40, epoch: 2 ** 50 });
          const length = fill(writer, part, 1);
          if (length > maxBytes || length <= maxBytes - 24) throw new Error(`${length} of ${maxBytes}`);
        }
      }
      writer.begin({ ...START, maxBytes: 1_000_000 });
      expect(fill(writer, part, 1)).toBeLessThanOrEqual(65_535);
    },
  );

  it('[F7] what is needed beside a record is kept free, and not more', () => {
    const writer = new FrameWriter(64);
    writer.begin({ ...START, maskBytes: 4 });
    writer.run(1);
    expect(writer.record(1, 64 - 5 - 1 - 6 + 1)).toBe(false);
    expect(writer.isEmpty).toBe(true);
    expect(writer.record(1, 64 - 5 - 1 - 6)).toBe(true);
    writer.component(new Uint8Array(52), 0, 52);
    expect(writer.sizeBytes).toBe(64);
  });

  it('hands out copies: the next frame does not change the last one', () => {
    const writer = new FrameWriter(256);
    writer.begin(START);
    writer.leave(1);
    const first = writer.finish();
    const kept = first.slice();
    writer.begin({ ...START, zoneIndex: 7 });
    writer.leave(2);
    writer.finish();
    expect(first).toEqual(kept);
  });

  it('lends what it has written as another object each time', () => {
    const writer = new FrameWriter(256);
    writer.begin(START);
    const first = writer.finishBorrowed();
    writer.begin(START);
    expect(writer.finishBorrowed()).not.toBe(first);
  });

  it('asserts the order of parts, and that components were announced', () => {
    const writer = new FrameWriter(64);
    writer.begin(START);
    expect(() => writer.component(new Uint8Array(1), 0, 1)).toThrow();
    expect(() => writer.run(0)).toThrow();
    writer.enter(1, 0, 0, false, 1, 1);
    expect(() => writer.leave(1)).toThrow();
    expect(() => writer.component(new Uint8Array(64), 0, 64)).toThrow();
    writer.run(1);
    writer.record(1, 0);
    expect(() => writer.enter(2, 0, 0, false, 0, 0)).toThrow();
  });
});

describe('records of one run', () => {
  const stride = 5;
  const source = Uint8Array.from({ length: 70_000 * stride }, (_, index) => (index * 7) % 251);

  /** The same records one by one. */
  function oneByOne(writer: FrameWriter, batch: RecordBatch): void {
    writer.run(batch.mask);
    for (const slot of batch.slots.subarray(0, batch.count)) {
      expect(writer.record(batch.netIds[slot] as number, batch.lengthBytes)).toBe(true);
      writer.component(source, (batch.rows[slot] as number) * stride + batch.at, batch.lengthBytes);
    }
  }

  const anyBatch = fc
    .record({
      netIds: fc.uint8Array({ minLength: 1, maxLength: 300 }),
      spread: fc.constantFrom(1, 60, 250),
      at: fc.integer({ min: 0, max: 2 }),
      lengthBytes: fc.integer({ min: 0, max: 3 }),
      mask: fc.constantFrom(1, 3, 7),
    })
    .map(({ netIds, spread, at, lengthBytes, mask }): RecordBatch => {
      const count = netIds.length;
      const slots = Uint16Array.from({ length: count }, (_, index) => count - 1 - index);
      const rows = Uint16Array.from(netIds, (netId, index) => netId * 250 + index);
      const wide = Uint16Array.from(netIds, (netId) => netId * spread);
      return { mask, count, slots, netIds: wide, rows, source, stride, at, lengthBytes };
    });

  it('are what they are one by one, behind whatever was written before', () => {
    fc.assert(
      fc.property(anyBatch, fc.boolean(), fc.boolean(), (batch, isBehindRun, isBehindLeave) => {
        const [together, apart] = [new FrameWriter(65_536), new FrameWriter(65_536)];
        for (const writer of [together, apart]) {
          writer.begin(START);
          if (isBehindLeave) writer.leave(300);
          if (!isBehindRun) continue;
          writer.run(8);
          writer.record(1, 0);
        }
        expect(together.records(batch)).toBe(true);
        oneByOne(apart, batch);
        for (const writer of [together, apart]) {
          writer.run(16);
          writer.record(200, 0);
        }
        expect(together.finish()).toEqual(apart.finish());
      }),
    );
  });

  it('are not begun when they might not fit', () => {
    const slots = Uint16Array.from({ length: 10 }, (_, index) => index);
    const batch = {
      mask: 1,
      count: 10,
      slots,
      netIds: slots,
      rows: slots,
      source,
      stride,
      at: 0,
      lengthBytes: 5,
    };
    const writer = new FrameWriter(64);
    writer.begin(START);
    const { sizeBytes } = writer;
    expect(writer.records(batch)).toBe(false);
    expect([writer.sizeBytes, writer.isEmpty]).toEqual([sizeBytes, true]);
    expect(writer.records({ ...batch, count: 5 })).toBe(true);
    expect(writer.finish().length).toBeLessThanOrEqual(64);
  });
});
