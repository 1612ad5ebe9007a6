import { layoutFields } from '../src/component.ts';
import { hashWireSchema } from '../src/schema-hash.ts';
import { PROTOCOL_VERSION, type WireComponent, type WireField, type WireSchema } from '../src/schema.ts';

type FieldSpec = Omit<WireField, 'byte' | 'scale' | 'offset'> & {
  readonly scale?: number;
  readonly offset?: number;
};

export function component(
  name: string,
  fields: readonly FieldSpec[],
  more: Partial<Pick<WireComponent, 'audience' | 'rate' | 'motion'>> = {},
): Omit<WireComponent, 'bit'> {
  const layout = layoutFields(fields.map((field) => ({ scale: 1, offset: 0, ...field })));
  return { name, audience: 'all', rate: 1, sizeBytes: layout.sizeBytes, fields: layout.fields, ...more };
}

export function schemaOf(
  ruleset: string,
  maskBytes: 1 | 2 | 4,
  components: readonly Omit<WireComponent, 'bit'>[],
  more: Partial<WireSchema> = {},
): WireSchema {
  const body: Omit<WireSchema, 'hash'> = {
    protocol: PROTOCOL_VERSION,
    ruleset,
    version: 1,
    tickHz: 20,
    viewEvery: 1,
    maskBytes,
    components: components.map((item, bit) => ({ ...item, bit })),
    inputs: [],
    events: [],
    ...more,
  };
  return { ...body, hash: hashWireSchema(body) };
}

/** The example of the standard. */
export const SMALL = schemaOf('small', 1, [
  component('place', [{ name: 'x', type: 'u16', scale: 0.5 }]),
  component('level', [{ name: 'level', type: 'u8' }]),
]);

export const BODY = component(
  'body',
  [
    { name: 'x', type: 'u16', scale: 0.02 },
    { name: 'y', type: 'u16', scale: 0.02, offset: -655.36 },
    { name: 'vx', type: 'i8', scale: 0.1 },
    { name: 'vy', type: 'i16', scale: 0.01 },
    { name: 'start', type: 'u16' },
  ],
  { motion: { position: ['x', 'y'], velocity: ['vx', 'vy'], start: 'start' } },
);

/** A meadow with all that rulesets usually have. */
export const MEADOW = schemaOf(
  'meadow',
  1,
  [
    BODY,
    component('look', [
      { name: 'name', type: 'text', max: 24 },
      { name: 'hue', type: 'u8' },
    ]),
    component('purse', [{ name: 'coins', type: 'u32' }], { audience: 'owner', rate: 4 }),
    component('asleep', []),
  ],
  {
    inputs: [
      {
        name: 'move',
        kind: 0,
        policy: 'latest',
        value: {
          t: 'object',
          fields: [
            { name: 'dx', value: { t: 'i8' } },
            { name: 'dy', value: { t: 'i8' } },
          ],
        },
      },
      { name: 'stop', kind: 1, policy: 'all', value: { t: 'object', fields: [] } },
    ],
    events: [
      {
        name: 'said',
        kind: 0,
        value: { t: 'object', fields: [{ name: 'text', value: { t: 'string', max: 600 } }] },
      },
    ],
    movement: { speed: 6 },
  },
);

/** Every field type, quantised and plain. */
export const TYPES = schemaOf('types', 1, [
  component('unsigned', [
    { name: 'a', type: 'u8' },
    { name: 'b', type: 'u16' },
    { name: 'c', type: 'u32' },
  ]),
  component('signed', [
    { name: 'a', type: 'i8' },
    { name: 'b', type: 'i16' },
    { name: 'c', type: 'i32' },
  ]),
  component('floats', [
    { name: 'a', type: 'f32' },
    { name: 'b', type: 'f64' },
  ]),
  component('steps', [
    { name: 'a', type: 'u8', scale: 0.1, offset: -5 },
    { name: 'b', type: 'i16', scale: 1 / 3, offset: 1000 },
    { name: 'c', type: 'u32', scale: 1e-6, offset: -1 },
    { name: 'd', type: 'f32', scale: 2, offset: 1 },
  ]),
  component('words', [
    { name: 'first', type: 'text', max: 24 },
    { name: 'middle', type: 'u16' },
    { name: 'last', type: 'text', max: 300 },
  ]),
  component('lists', [
    { name: 'bytes', type: 'list', of: 'u8', max: 200 },
    { name: 'path', type: 'list', of: 'i16', max: 8, scale: 0.25, offset: 10 },
    { name: 'weights', type: 'list', of: 'f64', max: 3 },
  ]),
  component('tag', []),
  component('small', [
    { name: 'halves', type: 'list', of: 'f32', max: 2 },
    { name: 'wide', type: 'list', of: 'u32', max: 2 },
    { name: 'narrow', type: 'list', of: 'i8', max: 2 },
    { name: 'signed', type: 'list', of: 'i32', max: 2 },
    { name: 'short', type: 'list', of: 'u16', max: 2 },
  ]),
]);

/** So many components of one byte each. */
export function manyComponents(count: number, maskBytes: 1 | 2 | 4): WireSchema {
  const components = Array.from({ length: count }, (_, index) =>
    component(`c${index}`, [{ name: 'v', type: 'u8' }]),
  );
  return schemaOf(`mask-${maskBytes}`, maskBytes, components);
}
