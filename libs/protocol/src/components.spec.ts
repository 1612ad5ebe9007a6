import { describe, expect, it } from 'vitest';
import { encodeComponent } from '../generate/frame-text.ts';
import { BODY, component } from '../generate/schemas.ts';
import {
  componentLength,
  type ComponentValues,
  fromWire,
  layoutFields,
  readComponent,
  toWire,
  writeField,
} from './component.ts';
import { extrapolate, MOTION_MAX_AGE_TICKS, motionStartTick } from './motion.ts';
import { NUMBER_RANGE, NUMBER_SIZE_BYTES, type NumberType, readNumber, writeNumber } from './number-type.ts';
import type { WireComponent, WireField } from './schema.ts';

function field(type: WireField['type'], scale = 1, offset = 0): WireField {
  return { name: 'f', type, scale, offset, byte: 0 };
}

const words: WireComponent = {
  ...component('words', [
    { name: 'name', type: 'text', max: 4 },
    { name: 'path', type: 'list', of: 'f32', max: 2 },
    { name: 'hue', type: 'u8' },
  ]),
  bit: 0,
};

describe('components', () => {
  it('[Q1] a value in range is off by at most half a step, and ties go up', () => {
    const place = field('u16', 0.02, -100);
    for (let value = -100; value < 1200; value += 0.7303) {
      expect(Math.abs(fromWire(place, toWire(place, value)) - value)).toBeLessThanOrEqual(0.01 + 1e-9);
    }
    expect(toWire(field('i8'), -2.5)).toBe(-2);
    expect(toWire(field('i8'), 2.5)).toBe(3);
  });

  it('[Q1] a value out of range becomes the nearest that the type has', () => {
    expect(toWire(field('u8', 0.5, 10), -1e9)).toBe(0);
    expect(toWire(field('i16'), 1e9)).toBe(32767);
    expect(toWire(field('f32'), 1e300)).toBe(NUMBER_RANGE.f32[1]);
    expect(toWire(field('f64'), 0.1)).toBe(0.1);
  });

  it('a number field is written where it is read', () => {
    const bytes = new Uint8Array(12).fill(0xee);
    expect(writeField(field('i32', 0.5), bytes, 3, -7)).toBe(7);
    expect(fromWire(field('i32', 0.5), readNumber('i32', bytes, 3))).toBe(-7);
    expect([bytes[2], bytes[7]]).toEqual([0xee, 0xee]);
    expect(() => writeField({ ...field('text'), max: 3 }, bytes, 0, 1)).toThrow();
  });

  it.each(Object.keys(NUMBER_SIZE_BYTES) as NumberType[])(
    '%s at its borders survives its bytes, at any offset',
    (type) => {
      const bytes = new Uint8Array(16);
      for (const value of [...NUMBER_RANGE[type], 0, 1]) {
        for (const offset of [0, 1, 5]) {
          expect(writeNumber(type, bytes, offset, value)).toBe(offset + NUMBER_SIZE_BYTES[type]);
          expect(readNumber(type, bytes, offset)).toBe(value);
        }
      }
    },
  );

  it('[Q3] fields stand where their layout says, as far as it can say', () => {
    const { fields, sizeBytes } = layoutFields([
      field('u16'),
      field('text'),
      field('u8'),
      field('list'),
      field('u8'),
    ]);
    expect(fields.map(({ byte }) => byte)).toEqual([0, 2, -1, -1, -1]);
    expect(sizeBytes).toBe(0);
    expect(layoutFields([field('u16'), field('f64')]).sizeBytes).toBe(10);
    expect(layoutFields([]).sizeBytes).toBe(0);
  });

  it('[Q2] texts and lists are measured before they are read', () => {
    const values: ComponentValues = { name: 'ab', path: [1.5, -2], hue: 9 };
    const bytes = encodeComponent(words, values);
    const out: ComponentValues = {};
    expect(componentLength(words, bytes, 0, bytes.length)).toBe(bytes.length);
    expect(readComponent(words, bytes, 0, out)).toBe(bytes.length);
    expect(out).toEqual(values);
    for (let end = 0; end < bytes.length; end++) expect(componentLength(words, bytes, 0, end)).toBe(-1);
    expect(componentLength(words, bytes, 0, bytes.length + 1)).toBe(-1);
  });

  it.each([
    ['a text beyond its limit', [5, 97, 97, 97, 97, 97, 0, 1]],
    ['no UTF-8', [2, 0xc3, 0x28, 0, 1]],
    ['a list beyond its limit', [0, 3, ...new Array<number>(13).fill(0)]],
    ['a list that claims 2^53-1', [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]],
    ['NaN in a list', [0, 1, 0, 0, 0xc0, 0x7f, 1]],
  ])('[G1] refuses %s', (_what, bytes) => {
    expect(componentLength(words, Uint8Array.from(bytes), 0, bytes.length)).toBe(-1);
  });
});

describe('motion', () => {
  it('[M1] a start tick comes back whole from 16 bits while it is not older than they say', () => {
    for (const frameTick of [0, 5, 65_535, 65_536, 70_000, 2 ** 31, 2 ** 31 + 7, 2 ** 32 - 1]) {
      for (const age of [0, 1, 100, MOTION_MAX_AGE_TICKS, 65_535]) {
        const startTick = frameTick - age;
        expect(motionStartTick(startTick & 0xffff, frameTick)).toBe(startTick);
      }
    }
  });

  it('[M2] positions follow from the start tick and seconds, also between ticks', () => {
    expect(extrapolate(10, 4, 65_530, 65_550, 20)).toBe(14);
    expect(extrapolate(10, 4, 100, 100.5, 20)).toBeCloseTo(10.1, 12);
    expect(extrapolate(10, 0, -60_000, 3, 20)).toBe(10);
  });

  it('[M3] the sixteen bits reach further than the age at which a motion is sent again', () => {
    expect(BODY.fields.at(-1)).toMatchObject({ name: 'start', type: 'u16' });
    expect(MOTION_MAX_AGE_TICKS).toBeLessThan(65_536);
  });
});
