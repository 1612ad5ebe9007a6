import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import * as bytes from './bytes.ts';

const uint = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const int = fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 });

const VALUES = {
  u8: fc.integer({ min: 0, max: 255 }),
  i8: fc.integer({ min: -128, max: 127 }),
  u16: fc.integer({ min: 0, max: 65_535 }),
  i16: fc.integer({ min: -32_768, max: 32_767 }),
  u32: fc.integer({ min: 0, max: 0xffffffff }),
  i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  f32: fc.float(),
  f64: fc.double(),
  varint: uint,
  zigzag: int,
} as const;
type Kind = keyof typeof VALUES;
const KINDS = Object.keys(VALUES) as Kind[];

const written = fc.constantFrom(...KINDS).chain((kind) => VALUES[kind].map((value) => ({ kind, value })));

describe('ByteWriter and ByteReader', () => {
  it('give every sequence of values back', () => {
    fc.assert(
      fc.property(fc.array(written), (items) => {
        const writer = new ByteWriter(16);
        for (const { kind, value } of items) writer[kind](value);
        const reader = new ByteReader(writer.finish());
        for (const { kind, value } of items) expect(Object.is(reader[kind](), value)).toBe(true);
        expect(reader.failed).toBe(false);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it('give texts and blobs back, lone surrogates as U+FFFD', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, blob) => {
        const writer = new ByteWriter();
        writer.text(text);
        writer.blob(blob);
        writer.blob(blob);
        const source = writer.finish();
        const reader = new ByteReader(source);
        expect(reader.text(10_000)).toBe(text.toWellFormed());
        expect(reader.blob(10_000)).toEqual(blob);
        const own = reader.ownBlob(10_000);
        expect(reader.failed).toBe(false);
        source.fill(0);
        expect(own).toEqual(blob);
      }),
    );
  });

  it('reads a range inside of a larger array', () => {
    const reader = new ByteReader();
    reader.reset(Uint8Array.of(9, 1, 2, 9), 1, 3);
    expect(reader.offset).toBe(1);
    expect(reader.u16()).toBe(0x0201);
    expect(reader.u8()).toBe(0);
    expect(reader.failed).toBe(true);
  });

  it('refuses a bad range', () => {
    const reader = new ByteReader();
    for (const [from, to] of [
      [-1, 1],
      [2, 1],
      [0, 3],
      [Number.NaN, 1],
    ] as const) {
      reader.reset(new Uint8Array(2), from, to);
      expect(reader.failed).toBe(true);
      expect(reader.remaining).toBe(0);
    }
  });

  it('stays failed and yields nothing after an overrun', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3));
    expect(reader.u32()).toBe(0);
    expect([reader.u8(), reader.f64(), reader.varint(), reader.text(9)]).toEqual([0, 0, 0, '']);
    expect(reader.blob(9)).toHaveLength(0);
    expect(reader.failed).toBe(true);
  });

  it('never throws on random bytes', () => {
    const reads = fc.array(fc.constantFrom(...KINDS, 'text' as const, 'blob' as const, 'ownBlob' as const), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), reads, (source, kinds) => {
        const reader = new ByteReader(source);
        for (const kind of kinds) {
          if (kind === 'text' || kind === 'blob' || kind === 'ownBlob')
            expect(reader[kind](8).length).toBeLessThanOrEqual(8);
          else expect(reader[kind]()).toBeTypeOf('number');
        }
        expect(reader.remaining).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  it('patches what was written and refuses to patch beyond', () => {
    const writer = new ByteWriter();
    writer.u32(0);
    writer.u16(0);
    writer.patchU32(0, 0x01020304);
    writer.patchU16(4, 0x0506);
    expect([...writer.view()]).toEqual([4, 3, 2, 1, 6, 5]);
    expect(() => writer.patchU16(5, 0)).toThrow();
  });

  it('hands out copies that later writes leave alone', () => {
    const writer = new ByteWriter();
    writer.u8(1);
    const copy = writer.finish();
    writer.reset();
    writer.u8(2);
    expect(copy).toEqual(Uint8Array.of(1));
    expect(writer.length).toBe(1);
  });
});

describe('varint', () => {
  const read = (...source: number[]): ByteReader => new ByteReader(Uint8Array.from(source));

  it('takes one byte per seven bits', () => {
    const target = new Uint8Array(8);
    for (const [value, sizeBytes] of [
      [0, 1],
      [127, 1],
      [128, 2],
      [2 ** 31 - 1, 5],
      [2 ** 31, 5],
      [2 ** 49 - 1, 7],
      [Number.MAX_SAFE_INTEGER, 8],
    ] as const) {
      expect(bytes.writeVarint(target, 0, value)).toBe(sizeBytes);
    }
  });

  it('refuses what no writer wrote: overlong forms and values past 2^53 - 1', () => {
    for (const source of [
      [0x80, 0],
      [0xff, 0x80, 0],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f],
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      [0x80],
    ]) {
      const reader = read(...source);
      expect(reader.varint()).toBe(0);
      expect(reader.failed).toBe(true);
    }
  });

  it('asserts on values that have no encoding', () => {
    const target = new Uint8Array(16);
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => bytes.writeVarint(target, 0, value)).toThrow();
    }
    for (const value of [2 ** 52, -(2 ** 52) - 1, 0.5]) {
      expect(() => bytes.writeZigzag(target, 0, value)).toThrow();
    }
  });
});

describe('the writers of single values', () => {
  it('write little-endian and return the next offset', () => {
    const target = new Uint8Array(26);
    const view = new DataView(target.buffer);
    let at = bytes.writeU8(view, 0, 1);
    at = bytes.writeI8(view, at, -1);
    at = bytes.writeU16(view, at, 0x0102);
    at = bytes.writeI16(view, at, -2);
    at = bytes.writeU32(view, at, 0x01020304);
    at = bytes.writeI32(view, at, -3);
    at = bytes.writeF32(view, at, 1.5);
    at = bytes.writeF64(view, at, -2.25);
    expect(at).toBe(26);
    const reader = new ByteReader(target);
    expect([reader.u8(), reader.i8(), reader.u16(), reader.i16()]).toEqual([1, -1, 0x0102, -2]);
    expect([reader.u32(), reader.i32(), reader.f32(), reader.f64()]).toEqual([0x01020304, -3, 1.5, -2.25]);
  });
});
