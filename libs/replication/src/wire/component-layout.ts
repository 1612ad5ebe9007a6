import { assert } from '@overworld/kernel';
import {
  NUMBER_RANGE,
  NUMBER_SIZE_BYTES,
  type NumberType,
  readNumber,
  type WireComponent,
  type WireField,
  type WireSchema,
} from '@overworld/protocol';

/** Rows and net ids are 16 bits wide. */
export const MAX_ROWS = 65_536;

/** Bytes that a varint takes for values up to `max`. */
function varintBytes(max: number): number {
  let bytes = 1;
  for (let rest = max; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function maxFieldBytes(field: WireField): number {
  if (field.type !== 'text' && field.type !== 'list') return NUMBER_SIZE_BYTES[field.type];
  const max = field.max ?? 0;
  const itemBytes = field.type === 'list' ? NUMBER_SIZE_BYTES[field.of ?? 'f64'] : 1;
  return varintBytes(max) + max * itemBytes;
}

/** The most bytes that a component of this shape can take: the stride under which a table keeps it. */
export function maxComponentBytes(component: WireComponent): number {
  let total = 0;
  for (const field of component.fields) total += maxFieldBytes(field);
  return total;
}

/** A mask with the bit of every component of the schema. */
export function fullMask(wire: WireSchema): number {
  return 2 ** wire.components.length - 1;
}

/** A mask of the components that everybody may see. */
export function publicMask(wire: WireSchema): number {
  let mask = 0;
  for (const component of wire.components) {
    if (component.audience === 'all') mask |= 1 << component.bit;
  }
  return mask;
}

/** The low 32 bits of the schema's hash: tells a message of another schema from one of ours. */
export function schemaTag(wire: WireSchema): number {
  const tag = Number.parseInt(wire.hash.slice(-8), 16);
  assert(Number.isInteger(tag), 'a wire schema carries its hash as hex digits');
  return tag;
}

/** A number of a component at a position that does not depend on the values before it. */
export class FixedNumber {
  readonly #type: NumberType;
  readonly #byte: number;
  readonly #scale: number;
  readonly #offset: number;

  /** Asserts that the field exists and lies at a fixed position: texts and lists have to come behind it. */
  constructor(component: WireComponent, name: string) {
    const field = component.fields.find((candidate) => candidate.name === name);
    assert(field !== undefined, `component ${component.name} shows no field ${name}`);
    const { type } = field;
    assert(
      type !== 'text' && type !== 'list' && field.byte >= 0,
      `${component.name}.${name}: texts come last`,
    );
    this.#type = type;
    this.#byte = field.byte;
    this.#scale = field.scale;
    this.#offset = field.offset;
  }

  /** The greatest value that there is room for. */
  get greatest(): number {
    return this.#offset + NUMBER_RANGE[this.#type][1] * this.#scale;
  }

  /** The value in the component's bytes at `at`. */
  read(bytes: Uint8Array, at: number): number {
    return this.#offset + readNumber(this.#type, bytes, at + this.#byte) * this.#scale;
  }

  /** The same without offset and scale. */
  readWire(bytes: Uint8Array, at: number): number {
    return readNumber(this.#type, bytes, at + this.#byte);
  }
}
