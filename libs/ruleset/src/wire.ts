import { assert } from '@overworld/kernel';
import {
  hashWireSchema,
  PROTOCOL_VERSION,
  type WireComponent,
  type WireField,
  type WireSchema,
} from '@overworld/protocol';
import type { FieldType, NumberType } from '@overworld/state';
import type { ComponentDeclaration, Components, Motion, Quantisation, Show } from './declaration.ts';
import type { CompiledEvent, CompiledInput } from './value.ts';

const NUMBER_BYTES: { readonly [K in NumberType]: number } = {
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  f64: 8,
};

interface WireNumber {
  readonly type: NumberType;
  readonly scale: number;
  readonly offset: number;
}

/** The smallest unsigned type that spans min..max in steps. */
function unsignedOf(quantisation: Quantisation, what: string): WireNumber {
  const { min, max, step } = quantisation;
  assert(step > 0 && max > min, `${what}: needs step > 0 and max > min`);
  const steps = Math.ceil((max - min) / step);
  assert(steps <= 0xffffffff, `${what}: more than 2^32 steps between min and max`);
  const type = steps <= 0xff ? 'u8' : steps <= 0xffff ? 'u16' : 'u32';
  return { type, scale: step, offset: min };
}

/** Signed, so that zero is exact: what stands still is known to stand still. */
function velocityOf(motion: Motion, what: string): WireNumber {
  const steps = Math.ceil(motion.velocityMax / motion.velocityStep);
  assert(steps <= 0x7fff, `${what}: more than 2^15 steps up to velocityMax`);
  return { type: steps <= 0x7f ? 'i8' : 'i16', scale: motion.velocityStep, offset: 0 };
}

function numberOf(show: Show, field: string, type: NumberType, what: string): WireNumber {
  const quantisation = show.as?.[field];
  if (quantisation !== undefined) return unsignedOf(quantisation, what);
  if (show.motion?.position.includes(field)) return unsignedOf(show.motion, what);
  if (show.motion?.velocity.includes(field)) return velocityOf(show.motion, what);
  return { type, scale: 1, offset: 0 };
}

function wireField(show: Show, field: string, type: FieldType, byte: number, what: string): WireField {
  if (typeof type === 'string') return { name: field, ...numberOf(show, field, type, what), byte };
  const variable = { name: field, scale: 1, offset: 0, byte };
  if ('text' in type) return { ...variable, type: 'text', max: type.text };
  return { ...variable, type: 'list', of: type.list, max: type.max };
}

function fieldBytes(field: WireField): number {
  return field.type === 'text' || field.type === 'list' ? 0 : NUMBER_BYTES[field.type];
}

function checkShow(name: string, declaration: ComponentDeclaration, show: Show): void {
  const named = [
    ...Object.keys(show.as ?? {}),
    ...(show.hide ?? []),
    ...(show.motion?.position ?? []),
    ...(show.motion?.velocity ?? []),
  ];
  for (const field of named) {
    assert(field in declaration.fields, `component ${name}: show names ${field}, which is no field of it`);
  }
  const { motion } = show;
  if (motion === undefined) return;
  assert(
    motion.position.length === motion.velocity.length,
    `component ${name}: a velocity for each position`,
  );
  assert(
    !('start' in declaration.fields),
    `component ${name}: a motion component's field cannot be called start`,
  );
}

function wireComponent(
  name: string,
  bit: number,
  declaration: ComponentDeclaration,
  show: Show,
): WireComponent {
  checkShow(name, declaration, show);
  const fields: WireField[] = [];
  let byte = 0;
  const append = (field: WireField): void => {
    fields.push(field);
    const size = fieldBytes(field);
    byte = size === 0 || byte < 0 ? -1 : byte + size;
  };
  for (const [field, type] of Object.entries(declaration.fields)) {
    if (show.hide?.includes(field)) continue;
    append(wireField(show, field, type, byte, `component ${name}.${field}`));
  }
  if (show.motion) append({ name: 'start', type: 'u16', scale: 1, offset: 0, byte });
  const motion = show.motion && {
    position: [...show.motion.position],
    velocity: [...show.motion.velocity],
    start: 'start' as const,
  };
  return {
    name,
    bit,
    audience: show.audience === 'owner' ? 'owner' : 'all',
    rate: show.rate ?? 1,
    sizeBytes: Math.max(0, byte),
    fields,
    ...(motion ? { motion } : {}),
  };
}

export interface WireSource {
  readonly name: string;
  readonly version: number;
  readonly tickHz: number;
  readonly viewEvery: number;
  readonly components: Components;
  readonly inputs: readonly CompiledInput[];
  readonly events: readonly CompiledEvent[];
}

/** What a client has to know to read this ruleset's frames and to write its inputs. */
export function wireSchemaOf(source: WireSource): WireSchema {
  const components: WireComponent[] = [];
  for (const [name, declaration] of Object.entries(source.components)) {
    const { show } = declaration;
    if (show === undefined || show.audience === 'server') continue;
    components.push(wireComponent(name, components.length, declaration, show));
  }
  assert(components.length <= 31, `${source.name}: more than 31 components are shown`);
  const body: Omit<WireSchema, 'hash'> = {
    protocol: PROTOCOL_VERSION,
    ruleset: source.name,
    version: source.version,
    tickHz: source.tickHz,
    viewEvery: source.viewEvery,
    maskBytes: components.length <= 8 ? 1 : components.length <= 16 ? 2 : 4,
    components,
    inputs: source.inputs.map(({ name, kind, policy, type }) => ({ name, kind, policy, value: type })),
    events: source.events.map(({ name, kind, type }) => ({ name, kind, value: type })),
  };
  return { ...body, hash: hashWireSchema(body) };
}
