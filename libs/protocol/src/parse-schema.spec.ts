import { describe, expect, it } from 'vitest';
import { component, manyComponents, MEADOW, schemaOf, TYPES } from '../generate/schemas.ts';
import { parseWireSchema } from './parse-schema.ts';
import { hashWireSchema } from './schema-hash.ts';

type Json = Record<string, unknown>;

function copyOf(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema)) as Json;
}

/** The meadow with the value at a path replaced, or taken away when it is undefined. */
function changed(path: string, value: unknown): unknown {
  const schema = copyOf(MEADOW);
  const keys = path.split('.');
  const last = keys.pop() as string;
  const holder = keys.reduce<Json>((node, key) => node[key] as Json, schema);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return schema;
}

describe('parseWireSchema', () => {
  it.each([MEADOW, TYPES, manyComponents(16, 2), manyComponents(31, 4), schemaOf('empty', 1, [])])(
    'accepts $ruleset as it comes',
    (schema) => {
      expect(parseWireSchema(copyOf(schema))).toEqual({ ok: true, schema });
    },
  );

  it.each([
    ['colour', 'green'],
    ['components.0.fields.0.unit', 'm'],
    ['inputs.0.value.fields.0.doc', 'east'],
  ])('[E3] leaves out %s, which it does not know', (path, value) => {
    expect(parseWireSchema(changed(path, value))).toEqual({ ok: true, schema: MEADOW });
  });

  it.each([0, 1, 3, '2', undefined])('[V1] names another protocol: %j', (protocol) => {
    expect(parseWireSchema(changed('protocol', protocol))).toMatchObject({
      ok: false,
      reason: 'protocol-mismatch',
    });
  });

  it.each([
    ['a ruleset without a name', 'ruleset', ''],
    ['a hash of another form', 'hash', 'ABCDEF'],
    ['no ticks', 'tickHz', 0],
    ['half a view', 'viewEvery', 0.5],
    ['a mask of three bytes', 'maskBytes', 3],
    ['components that are no list', 'components', { length: 1 }],
    ['a hole among components', 'components.1', null],
    ['a bit out of order', 'components.0.bit', 1],
    ['a component twice', 'components.1.name', 'body'],
    ['an unknown audience', 'components.0.audience', 'friends'],
    ['a rate of 0', 'components.0.rate', 0],
    ['a wrong size', 'components.0.sizeBytes', 8],
    ['a size of what varies', 'components.1.sizeBytes', 4],
    ['a field that sets a prototype', 'components.1.fields.0.name', '__proto__'],
    ['a field twice', 'components.1.fields.1.name', 'name'],
    ['an unknown type', 'components.0.fields.0.type', 'u24'],
    ['a type from the prototype', 'components.0.fields.0.type', 'toString'],
    ['a wrong byte', 'components.0.fields.1.byte', 3],
    ['a position behind a text', 'components.1.fields.1.byte', 1],
    ['a scale of 0', 'components.0.fields.0.scale', 0],
    ['a scale beyond all numbers', 'components.0.fields.0.scale', 1e308],
    ['an offset that is no number', 'components.0.fields.0.offset', '0'],
    ['a text without a limit', 'components.1.fields.0.max', undefined],
    ['a text that is too long', 'components.1.fields.0.max', 5000],
    ['a motion without a velocity', 'components.0.motion.velocity', ['vx']],
    ['a motion of an unknown field', 'components.0.motion.position.0', 'z'],
    ['a motion of a text', 'components.1.motion', { position: ['name'], velocity: ['hue'], start: 'start' }],
    ['a motion that does not start', 'components.0.motion.start', 'begin'],
    ['a motion of no axes', 'components.0.motion', { position: [], velocity: [], start: 'start' }],
    ['a kind out of order', 'inputs.0.kind', 1],
    ['an unknown policy', 'inputs.0.policy', 'some'],
    ['an input without a type', 'inputs.0.value', undefined],
    ['an event of an unknown type', 'events.0.value', { t: 'date' }],
    [
      'too many inputs',
      'inputs',
      Array.from({ length: 257 }, (_, kind) => ({ ...MEADOW.inputs[0], kind, name: `i${kind}` })),
    ],
  ])('[S1] refuses %s', (_what, path, value) => {
    expect(parseWireSchema(changed(path, value))).toMatchObject({ ok: false, reason: 'schema-mismatch' });
  });

  it('[S1] refuses more components than the mask has bits', () => {
    expect(parseWireSchema({ ...manyComponents(9, 2), maskBytes: 1 })).toMatchObject({
      ok: false,
      detail: 'maskBytes',
    });
    expect(parseWireSchema(manyComponents(32, 4))).toMatchObject({ ok: false, detail: 'components' });
  });

  it.each([undefined, null, 1, 'x', [], {}, true])('refuses %j', (json) => {
    expect(parseWireSchema(json).ok).toBe(false);
  });
});

describe('hashWireSchema', () => {
  it('does not depend on the order of keys, nor on the hash that is there', () => {
    const turned = Object.fromEntries(Object.entries(copyOf(MEADOW)).reverse());
    expect(hashWireSchema({ ...turned, hash: 'ffffffffffffffff' } as typeof MEADOW)).toBe(MEADOW.hash);
    expect(MEADOW.hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['a scale', 'components.0.fields.0.scale', 0.021],
    ['the order of fields', 'components.1.fields', [...(MEADOW.components[1]?.fields ?? [])].reverse()],
    ['an input', 'inputs.0.value.fields.0.value.t', 'i16'],
    ['the version', 'version', 2],
    ['the movement', 'movement.speed', 7],
  ])('changes with %s', (_what, path, value) => {
    expect(hashWireSchema(changed(path, value) as typeof MEADOW)).not.toBe(MEADOW.hash);
  });

  it('is the same for equal schemas that were made apart', () => {
    const make = () => schemaOf('twin', 1, [component('a', [{ name: 'x', type: 'u8' }])]);
    expect(make().hash).toBe(make().hash);
  });
});
