import { ByteWriter } from '@overworld/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { valueTypeFromJsonSchema } from './json-schema.ts';
import { NUMBER_RANGE, type NumberType } from './number-type.ts';
import { parseValueType } from './parse-value-type.ts';
import { ValueCodec } from './value-codec.ts';
import type { ValueField, ValueType } from './value-type.ts';

interface Sample {
  readonly type: ValueType;
  readonly value: unknown;
}

const integers = (['u8', 'i8', 'u16', 'i16'] as const).map((t) => {
  const [min, max] = NUMBER_RANGE[t];
  return fc.integer({ min, max }).map((value): Sample => ({ type: { t }, value }));
});

const sound = { noNaN: true, noDefaultInfinity: true } as const;
const leaf: fc.Arbitrary<Sample> = fc.oneof(
  ...integers,
  fc.integer({ min: 0, max: 0xffffffff }).map((value): Sample => ({ type: { t: 'u32' }, value })),
  fc.integer().map((value): Sample => ({ type: { t: 'i32' }, value })),
  fc.float(sound).map((value): Sample => ({ type: { t: 'f32' }, value: value + 0 })),
  fc.double(sound).map((value): Sample => ({ type: { t: 'f64' }, value: value + 0 })),
  fc.maxSafeNat().map((value): Sample => ({ type: { t: 'uint' }, value })),
  fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }).map((value): Sample => ({ type: { t: 'int' }, value })),
  fc.boolean().map((value): Sample => ({ type: { t: 'bool' }, value })),
  fc
    .constantFrom('a', 'b', '')
    .map((value): Sample => ({ type: { t: 'enum', values: ['b', '', 'a'] }, value })),
  fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .map((value): Sample => ({ type: { t: 'string', max: 4096 }, value })),
  fc
    .jsonValue({ noUnicodeString: false } as object)
    .filter((value) => !JSON.stringify(value).includes('__proto__'))
    .map((value): Sample => ({ type: { t: 'json', max: 65_535 }, value: JSON.parse(JSON.stringify(value)) })),
);

const fieldNames = ['a', 'b_1', 'C', 'constructor', 'toString', 'dx', 'dy', 'f', 'g', 'h'];

function objectOf(parts: readonly Sample[], optional: readonly boolean[], given: readonly boolean[]): Sample {
  const fields: ValueField[] = [];
  const value: Record<string, unknown> = {};
  for (const [index, part] of parts.entries()) {
    const name = fieldNames[index] as string;
    const isOptional = optional[index] === true;
    fields.push(isOptional ? { name, value: part.type, optional: true } : { name, value: part.type });
    if (!isOptional || given[index] === true) value[name] = part.value;
  }
  return { type: { t: 'object', fields }, value };
}

const ten = fc.array(fc.boolean(), { minLength: 10, maxLength: 10 });
const object = (part: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  fc
    .tuple(fc.array(part, { maxLength: 10 }), ten, ten)
    .map(([parts, optional, given]) => objectOf(parts, optional, given));
const array = (part: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  part.chain(({ type, value }) =>
    fc
      .integer({ min: 0, max: 5 })
      .map((count): Sample => ({ type: { t: 'array', of: type, max: 5 }, value: Array(count).fill(value) })),
  );
const nested = object(fc.oneof(leaf, array(leaf), object(leaf), array(array(leaf))));

describe('ValueCodec', () => {
  it('[T3] a value comes back from its bytes, and its bytes from the value', () => {
    fc.assert(
      fc.property(fc.oneof(leaf, nested), ({ type, value }) => {
        const codec = new ValueCodec(type);
        const bytes = codec.encode(value);
        expect(bytes).toBeDefined();
        const decoded = codec.decode(bytes as Uint8Array);
        expect(decoded).toEqual({ ok: true, value });
        expect(codec.encode(decoded.ok ? decoded.value : undefined)).toEqual(bytes);
        expect(parseValueType(JSON.parse(JSON.stringify(type)))).toEqual(type);
      }),
      { numRuns: 500 },
    );
  });

  it('[T3] every prefix and every longer form of a value is refused', () => {
    fc.assert(
      fc.property(nested, ({ type, value }) => {
        const codec = new ValueCodec(type);
        const bytes = codec.encode(value) as Uint8Array;
        for (let length = 0; length < bytes.length; length++)
          expect(codec.decode(bytes.subarray(0, length)).ok).toBe(false);
        expect(codec.decode(new Uint8Array([...bytes, 0])).ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    [{ t: 'u8' }, [-1, 256, 1.5, NaN, '1', null, undefined, 1n, true]],
    [{ t: 'i32' }, [2 ** 31, -(2 ** 31) - 1, Infinity]],
    [{ t: 'f32' }, [1e39, NaN, '0', null]],
    [{ t: 'f64' }, [Infinity, NaN, {}]],
    [{ t: 'uint' }, [-1, 2 ** 53, 0.5]],
    [{ t: 'int' }, [2 ** 52, -(2 ** 52) - 1, 0.5]],
    [{ t: 'bool' }, [0, 1, 'true', null]],
    [{ t: 'enum', values: ['a'] }, ['b', 0, undefined]],
    [{ t: 'string', max: 3 }, ['abcd', 'éé', 1]],
    [{ t: 'array', of: { t: 'u8' }, max: 2 }, [[1, 2, 3], [256], { length: 0 }, 'ab']],
    [
      { t: 'object', fields: [{ name: 'a', value: { t: 'u8' } }] },
      [{}, null, [1], { a: -1 }, Object.create({ a: 1 })],
    ],
    [{ t: 'json', max: 6 }, ['12345', undefined, Infinity, { a: [NaN] }, 1n, () => 1]],
  ] as [ValueType, unknown[]][])('refuses values that are not %j', (type, values) => {
    const codec = new ValueCodec(type);
    const writer = new ByteWriter();
    for (const value of values) {
      expect(codec.encode(value)).toBeUndefined();
      expect(codec.encodeInto(writer, value)).toBe(false);
    }
    expect(writer.length).toBe(0);
  });

  it('writes -0 as 0, and reads it as 0', () => {
    for (const t of ['f32', 'f64', 'int', 'uint', 'i8'] as NumberType[]) {
      const codec = new ValueCodec({ t });
      expect(codec.encode(-0)).toEqual(codec.encode(0));
    }
    const minusZero = new Uint8Array(8);
    minusZero[7] = 0x80;
    const read = new ValueCodec({ t: 'f64' }).decode(minusZero);
    expect(read.ok && Object.is(read.value, 0)).toBe(true);
  });

  it('leaves out what the type does not name', () => {
    const codec = new ValueCodec({ t: 'object', fields: [{ name: 'a', value: { t: 'u8' } }] });
    expect(codec.decode(codec.encode({ a: 1, b: 2 }) as Uint8Array)).toEqual({ ok: true, value: { a: 1 } });
  });

  it('[T2] asserts on types beyond the limits', () => {
    let deep: ValueType = { t: 'u8' };
    for (let depth = 0; depth < 8; depth++) deep = { t: 'array', of: deep, max: 1 };
    const empty: ValueType = { t: 'object', fields: [] };
    const twice = { name: 'a', value: empty };
    const bad: ValueType[] = [
      deep,
      { t: 'array', of: empty, max: 9 },
      { t: 'enum', values: [] },
      { t: 'object', fields: [twice, twice] },
      { t: 'object', fields: [{ name: '__proto__', value: empty }] },
      { t: 'what' } as unknown as ValueType,
    ];
    for (const type of bad) {
      expect(() => new ValueCodec(type)).toThrow();
      expect(parseValueType(type)).toBeUndefined();
    }
  });
});

function fromZod(schema: z.ZodType): ValueType {
  return valueTypeFromJsonSchema(z.toJSONSchema(schema, { unrepresentable: 'any' }));
}

describe('valueTypeFromJsonSchema', () => {
  it.each([
    [z.int().min(-100).max(100), { t: 'i8' }],
    [z.int().min(0).max(255), { t: 'u8' }],
    [z.int().min(0).max(256), { t: 'u16' }],
    [z.int().gt(-1).lt(256), { t: 'u8' }],
    [z.int().min(-1).max(40000), { t: 'i32' }],
    [z.uint32(), { t: 'u32' }],
    [z.int().nonnegative(), { t: 'uint' }],
    [z.int(), { t: 'int' }],
    [z.number(), { t: 'f64' }],
    [z.float32(), { t: 'f32' }],
    [z.boolean(), { t: 'bool' }],
    [z.string().max(24), { t: 'string', max: 72 }],
    [z.string(), { t: 'string', max: 1024 }],
    [z.enum(['a', 'b']), { t: 'enum', values: ['a', 'b'] }],
    [z.literal('x'), { t: 'enum', values: ['x'] }],
    [z.array(z.boolean()).max(3), { t: 'array', of: { t: 'bool' }, max: 3 }],
    [z.object({}), { t: 'object', fields: [] }],
  ] as [z.ZodType, ValueType][])('case %#: has a type of its own', (schema, type) => {
    expect(fromZod(schema)).toEqual(type);
  });

  it.each([
    z.union([z.string(), z.number()]),
    z.nullable(z.string()),
    z.tuple([z.int(), z.int()]),
    z.record(z.string(), z.int()),
    z.looseObject({ a: z.int() }),
    z.array(z.object({})),
    z.literal([1, 2]),
    z.object({ 'not a name': z.int() }),
    z.any(),
    z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]),
  ] as z.ZodType[])('case %#: goes as JSON', (schema) => {
    expect(fromZod(schema).t).toBe('json');
  });

  it.each(['allOf', 'anyOf', 'oneOf', 'not', 'if', '$ref', 'patternProperties'])(
    'what %s says beside a type is not lost',
    (keyword) => {
      expect(valueTypeFromJsonSchema({ type: 'object', properties: {}, [keyword]: {} }).t).toBe('json');
    },
  );

  it('a field that need not be there is optional', () => {
    const type = fromZod(z.object({ a: z.int32(), b: z.string().max(2).optional() }));
    expect(type).toEqual({
      t: 'object',
      fields: [
        { name: 'a', value: { t: 'i32' } },
        { name: 'b', value: { t: 'string', max: 6 }, optional: true },
      ],
    });
  });

  it('carries every value that the schema accepts', () => {
    const schema = z.object({
      text: z.string().max(5),
      list: z.array(z.object({ n: z.int().min(-9).max(9), on: z.boolean().optional() })).max(4),
      either: z.union([z.string(), z.null()]),
    });
    const codec = new ValueCodec(fromZod(schema));
    const value = fc.record({
      text: fc
        .string({ unit: 'binary', maxLength: 5 })
        .map((text) => text.toWellFormed().slice(0, 5).toWellFormed()),
      list: fc.array(
        fc.record({ n: fc.integer({ min: -9, max: 9 }), on: fc.boolean() }, { requiredKeys: ['n'] }),
        { maxLength: 4 },
      ),
      either: fc.option(fc.string({ unit: 'grapheme', maxLength: 9 })),
    });
    fc.assert(
      fc.property(value, (item) => {
        expect(schema.safeParse(item).success).toBe(true);
        expect(codec.decode(codec.encode(item) as Uint8Array)).toEqual({ ok: true, value: item });
      }),
    );
  });

  it('never throws, and what it answers can always be compiled', () => {
    const keyword = fc.constantFrom(
      'type',
      'properties',
      'items',
      'enum',
      'const',
      'minimum',
      'maximum',
      'maxLength',
      'maxItems',
      'required',
      'additionalProperties',
    );
    const scalar = fc.oneof(
      fc.constantFrom('object', 'array', 'integer', 'number', 'string', 'boolean'),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 12 },
        scalar,
        fc.dictionary(keyword, tie('tree'), { maxKeys: 4 }),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (schema) => void new ValueCodec(valueTypeFromJsonSchema(schema))),
      { numRuns: 1000 },
    );
  });
});
