import { ByteWriter } from '@overworld/kernel';
import { type InputRecord, encodeInputFrame } from '../src/input-frame.ts';
import { ValueCodec } from '../src/value-codec.ts';
import type { ValueType } from '../src/value-type.ts';
import { MEADOW } from './schemas.ts';
import { toHex, type VectorCase, type VectorFile } from './vector-file.ts';

function encode(type: ValueType, value: unknown): Uint8Array {
  const bytes = new ValueCodec(type).encode(value);
  if (bytes === undefined) throw new Error(`${JSON.stringify(value)} is not of its type`);
  return bytes;
}

function valueCase(name: string, type: ValueType, value: unknown): VectorCase {
  return { name, type, value, bytes: toHex(encode(type, value)) };
}

function badCase(name: string, type: ValueType, bytes: string): VectorCase {
  return { name, type, bytes, refused: 'bad-value' };
}

const PAIR: ValueType = {
  t: 'object',
  fields: [
    { name: 'a', value: { t: 'i8' } },
    { name: 'b', value: { t: 'string', max: 9 }, optional: true },
  ],
};

const NINE: ValueType = {
  t: 'object',
  fields: Array.from({ length: 9 }, (_, index) => ({
    name: `f${index}`,
    value: { t: 'u8' },
    optional: true,
  })),
};

const DEEP: ValueType = {
  t: 'array',
  max: 4,
  of: {
    t: 'object',
    fields: [
      { name: 'kind', value: { t: 'enum', values: ['walk', 'wait', 'say'] } },
      { name: 'path', value: { t: 'array', max: 3, of: { t: 'array', max: 2, of: { t: 'f32' } } } },
      { name: 'note', value: { t: 'json', max: 64 }, optional: true },
    ],
  },
};

const BORDERS: readonly (readonly [ValueType['t'], readonly number[]])[] = [
  ['u8', [0, 1, 255]],
  ['i8', [-128, -1, 127]],
  ['u16', [0, 256, 65535]],
  ['i16', [-32768, -1, 32767]],
  ['u32', [0, 65536, 4294967295]],
  ['i32', [-2147483648, -1, 2147483647]],
  ['f32', [0, -1.5, 3.4028234663852886e38]],
  ['f64', [0, 0.1, -1.7976931348623157e308]],
  ['uint', [0, 127, 128, 16384, 4294967296, Number.MAX_SAFE_INTEGER]],
  ['int', [0, -1, 1, -64, 64, 2 ** 52 - 1, -(2 ** 52)]],
];

function numberCases(): VectorCase[] {
  return BORDERS.flatMap(([t, values]) =>
    values.map((value) => valueCase(`${t} ${value}`, { t } as ValueType, value)),
  );
}

function otherCases(): VectorCase[] {
  return [
    valueCase('true', { t: 'bool' }, true),
    valueCase('false', { t: 'bool' }, false),
    valueCase('an enum', { t: 'enum', values: ['north', 'east'] }, 'east'),
    valueCase('an empty string', { t: 'string', max: 0 }, ''),
    valueCase('a string to its last byte', { t: 'string', max: 9 }, 'Zoë 🌲'),
    valueCase('an array of none', { t: 'array', of: { t: 'u8' }, max: 3 }, []),
    valueCase('an array of three', { t: 'array', of: { t: 'int' }, max: 3 }, [-1, 0, 300]),
    valueCase('json', { t: 'json', max: 100 }, { a: [1, null, 'é', { b: false }] }),
    valueCase('an object without fields', { t: 'object', fields: [] }, {}),
    valueCase('an object of the standard', PAIR, { a: -3, b: 'hé' }),
    valueCase('an optional field that is absent', PAIR, { a: 1 }),
    valueCase('nine optional fields', NINE, { f0: 1, f7: 2, f8: 3 }),
    valueCase('nested', DEEP, [
      { kind: 'walk', path: [[1.5, 2], []] },
      { kind: 'say', path: [], note: { text: 'hello' } },
    ]),
  ];
}

function refusedCases(): VectorCase[] {
  return [
    badCase('no bytes', { t: 'u8' }, ''),
    badCase('a byte too many', { t: 'u8' }, '0102'),
    badCase('a number cut short', { t: 'u32' }, '010203'),
    badCase('NaN', { t: 'f32' }, '0000c07f'),
    badCase('infinity', { t: 'f64' }, '000000000000f07f'),
    badCase('a varint in a longer form', { t: 'uint' }, '8100'),
    badCase('a varint of 2^53', { t: 'uint' }, '8080808080808010'),
    badCase('a varint of nine bytes', { t: 'uint' }, '808080808080808001'),
    badCase('a bool of 2', { t: 'bool' }, '02'),
    badCase('an enum beyond its values', { t: 'enum', values: ['a'] }, '01'),
    badCase('a string beyond its limit', { t: 'string', max: 2 }, '03616263'),
    badCase('a string that is no UTF-8', { t: 'string', max: 9 }, '02c328'),
    badCase('an overlong form in UTF-8', { t: 'string', max: 9 }, '02c080'),
    badCase('a surrogate in UTF-8', { t: 'string', max: 9 }, '03eda080'),
    badCase('an array beyond its limit', { t: 'array', of: { t: 'u8' }, max: 1 }, '020102'),
    badCase('an array that claims more than there is', { t: 'array', of: { t: 'u8' }, max: 4096 }, 'ff1f01'),
    badCase('an unused bit of the presence', PAIR, '0203'),
    badCase('no JSON', { t: 'json', max: 9 }, '017b'),
    badCase('a number of JSON that is not finite', { t: 'json', max: 9 }, '053165393939'),
    badCase(
      'a key of JSON that sets a prototype',
      { t: 'json', max: 20 },
      '0f7b225f5f70726f746f5f5f223a307d',
    ),
  ];
}

export function values(): VectorFile {
  return {
    about: 'Values of every type, and bytes that are none.',
    cases: [...numberCases(), ...otherCases(), ...refusedCases()],
  };
}

function inputCase(name: string, zoneIndex: number, inputs: readonly InputRecord[]): VectorCase {
  const expect = {
    zoneIndex,
    inputs: inputs.map(({ value, ...rest }) => ({ ...rest, value: toHex(value) })),
  };
  return { name, input: toHex(encodeInputFrame(zoneIndex, inputs)), expect };
}

function moveBytes(dx: number, dy: number): Uint8Array {
  const type = MEADOW.inputs[0]?.value as ValueType;
  return encode(type, { dx, dy });
}

/** Zeroes as the value of one input, whatever its length. */
function longInput(lengthBytes: number): string {
  const writer = new ByteWriter();
  writer.bytes(new Uint8Array([16, 0, 1, 1, 0, 0]));
  writer.blob(new Uint8Array(lengthBytes));
  return toHex(writer.finish());
}

export function inputs(): VectorFile {
  const record = (sequence: number): InputRecord => ({ sequence, tick: 0, kind: 0, value: moveBytes(1, 0) });
  const many = Array.from({ length: 64 }, (_, index) => record(index + 100));
  const bad = (name: string, input: string, refused: string): VectorCase => ({ name, input, refused });
  return {
    about: 'Input frames.',
    cases: [
      inputCase('one input, as soon as possible', 0, [record(1)]),
      inputCase('one without a value', 3, [{ sequence: 2, tick: 77, kind: 1, value: new Uint8Array(0) }]),
      inputCase('the largest numbers', 255, [
        { sequence: 4294967295, tick: 4294967295, kind: 255, value: new Uint8Array([0, 255]) },
      ]),
      inputCase('64 inputs', 1, many),
      inputCase('sequences with a gap', 1, [record(5), record(9)]),
      { ...inputCase('the longest value', 0, [{ ...record(1), value: new Uint8Array(1024) }]) },
      bad('nothing', '', 'bad-type'),
      bad('another type', '0100', 'bad-type'),
      bad('a header cut short', '1000', 'truncated'),
      bad('no inputs', '100000', 'bad-count'),
      bad('65 inputs', `100041${'0100000001'.repeat(65)}`, 'bad-count'),
      bad('more inputs than bytes', '10000201000000', 'truncated'),
      bad('sequence 0', '10000100000000', 'bad-order'),
      bad('a sequence twice', '1000020100000001000000', 'bad-order'),
      bad('a sequence of 2^32', '100001808080801000000000', 'bad-order'),
      bad('a value cut short', '1000010100000201', 'truncated'),
      bad('a byte too many', '1000010100000000', 'trailing'),
      bad('a value above 1,024 bytes', longInput(1025), 'too-large'),
    ],
  };
}
