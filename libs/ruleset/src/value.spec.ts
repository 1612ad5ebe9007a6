import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileValue } from './value.ts';

const point = z.object({ x: z.number(), y: z.number() });
const tree = z.object({
  name: z.string(),
  get children() {
    return z.array(tree);
  },
});

it.each([
  ['numbers, words and parts', true, z.object({ at: point, kinds: z.array(z.enum(['a', 'b'])).max(4) })],
  ['bounds', true, z.object({ dir: z.number().min(0).max(7), note: z.string().max(9).optional() })],
  ['a trimmed text', false, z.object({ note: z.string().max(9).trim() })],
  ['an address in its one form', false, z.object({ page: z.url({ normalize: true }) })],
  ['a default', false, z.object({ count: z.int().default(1) })],
  ['a transformation', false, z.object({ count: z.int().transform((count) => count * 2) })],
  ['a check of its own', false, z.object({ count: z.int() }).refine(({ count }) => count > 1)],
  ['something else than an object', false, z.union([z.string().max(9), z.number()])],
  // They travel as JSON, in which there may be more than the schema names.
  ['a part with a name', false, z.object({ at: point.meta({ id: 'SpecPoint' }) })],
  ['a part that is itself', false, tree],
])('%s: gives back what it is given: %s', (_, isPlain, schema) => {
  expect(compileValue('spec', 0, schema).isPlain).toBe(isPlain);
});

const kind = z.enum(['walk', 'run', 'swim']);
const plainOnes = [
  z.object({ dir: z.number().min(0).max(7) }),
  z.object({ x: z.number().gt(-1), y: z.number().lt(1), fast: z.boolean() }),
  z.object({ slot: z.int().min(0).max(9), kind }),
  z.object({ slot: z.number().int().min(-5).max(300), count: z.uint32() }),
  z.object({ a: z.int32(), b: z.int() }),
  z.object({}),
];

describe.each(plainOnes.map((schema) => [JSON.stringify(z.toJSONSchema(schema).properties), schema]))(
  'a value of %s',
  (_, schema) => {
    const { codec, parse, isKnownGood } = compileValue('spec', 0, schema as z.ZodType);
    const number = fc.oneof(
      fc.double({ noNaN: true, min: -20, max: 20 }),
      fc.integer({ min: -400, max: 400 }),
    );
    const values = fc.record({
      ...{
        dir: number,
        x: number,
        y: number,
        slot: number,
        count: number,
        a: number,
        b: fc.maxSafeInteger(),
      },
      ...{ fast: fc.boolean(), kind: fc.constantFrom('walk', 'run', 'swim') },
    });

    it('is known to be good whenever it is', () => {
      fc.assert(
        fc.property(values, (value) => {
          const isGood = parse(value).ok;
          const bytes = codec.encode(value);
          // Integers beyond what their encoding holds.
          if (bytes === undefined) return true;
          const padded = Uint8Array.of(9, ...bytes, 9);
          return isKnownGood(padded, 1, padded.length - 1) === isGood;
        }),
      );
    });

    it('is known to be good only if it is decoded and accepted as it is', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
          if (!isKnownGood(bytes, 0, bytes.length)) return;
          const decoded = codec.decode(bytes);
          expect(decoded.ok).toBe(true);
          if (decoded.ok) expect(parse(decoded.value)).toEqual({ ok: true, value: decoded.value });
        }),
      );
    });
  },
);

it.each([
  ['texts', z.object({ note: z.string().max(9) }), { note: 'x' }],
  ['parts that may be missing', z.object({ count: z.int().optional() }), { count: 1 }],
  ['multiples', z.object({ count: z.number().multipleOf(2) }), { count: 2 }],
  ['a check of its own', z.object({ count: z.int() }).refine(({ count }) => count > 1), { count: 1 }],
  ['a transformation', z.object({ count: z.int().transform((count) => count * 2) }), { count: 1 }],
  ['lists', z.object({ all: z.array(z.int()).max(3) }), { all: [1] }],
  [
    'numbers that say they are texts',
    z.object({ count: z.number().meta({ type: 'string', maxLength: 9 }) }),
    { count: 'x' },
  ],
  [
    "words that are not the schema's",
    z.object({ kind: kind.meta({ enum: ['walk', 'fly'] }) }),
    { kind: 'walk' },
  ],
])('%s are left to the schema', (_, schema, value) => {
  const { codec, isKnownGood } = compileValue('spec', 0, schema);
  const bytes = codec.encode(value) as Uint8Array;
  expect(isKnownGood(bytes, 0, bytes.length)).toBe(false);
});
