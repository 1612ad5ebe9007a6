import { assert, ByteReader, ByteWriter } from '@overworld/kernel';
import { LIMITS } from './limits.ts';
import { isNumberType } from './number-type.ts';
import {
  ArrayNode,
  BOOL_NODE,
  EnumNode,
  type FieldTest,
  FloatNode,
  INT_NODE,
  IntegerNode,
  JsonNode,
  ObjectNode,
  StringNode,
  UINT_NODE,
  type ValueNode,
} from './value-node.ts';
import { isFieldName, type ValueField, type ValueType } from './value-type.ts';

function objectNode(fields: readonly ValueField[], depth: number): ValueNode {
  assert(fields.length <= LIMITS.maxValueFields, 'an object has at most 64 fields');
  assert(new Set(fields.map(({ name }) => name)).size === fields.length, 'a field name occurs once');
  return new ObjectNode(
    fields.map(({ name, value, optional }) => {
      assert(isFieldName(name), `${name} is no field name`);
      return { name, optional: optional === true, node: nodeOf(value, depth + 1) };
    }),
  );
}

/** Nested as the type is, to a depth that the limit bounds. */
function nodeOf(type: ValueType, depth: number): ValueNode {
  assert(depth <= LIMITS.maxValueDepth, 'a value type nests at most 8 deep');
  switch (type.t) {
    case 'uint':
      return UINT_NODE;
    case 'int':
      return INT_NODE;
    case 'bool':
      return BOOL_NODE;
    case 'enum':
      assert(
        type.values.length > 0 && type.values.length <= LIMITS.maxEnumValues,
        'an enum has 1..256 values',
      );
      return new EnumNode(type.values);
    case 'string':
      return new StringNode(type.max);
    case 'json':
      return new JsonNode(type.max);
    case 'array':
      return new ArrayNode(nodeOf(type.of, depth + 1), type.max);
    case 'object':
      return objectNode(type.fields, depth);
    default:
      assert(isNumberType(type.t), `${type.t} is no value type`);
      return type.t === 'f32' || type.t === 'f64' ? new FloatNode(type.t) : new IntegerNode(type.t);
  }
}

export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

const BAD: Decoded = { ok: false };

/**
 * Values of one type as bytes, in one form each. Values are checked against the type on the way in and bytes on the
 * way out; neither throws, and neither allocates by a length that the bytes only claim.
 */
export class ValueCodec {
  readonly type: ValueType;
  readonly #node: ValueNode;
  readonly #writer = new ByteWriter(64);
  readonly #reader = new ByteReader();

  /** @throws when `type` is beyond the limits; `parseWireSchema` answers the same without throwing. */
  constructor(type: ValueType) {
    this.type = type;
    this.#node = nodeOf(type, 1);
  }

  /** Fresh bytes, or undefined when the value is not of the type. Properties that the type does not name are left out. */
  encode(value: unknown): Uint8Array | undefined {
    return this.#stage(value) ? this.#writer.finish() : undefined;
  }

  /** Appends the value's bytes, or answers false and appends nothing. */
  encodeInto(writer: ByteWriter, value: unknown): boolean {
    if (!this.#stage(value)) return false;
    writer.bytes(this.#writer.view());
    return true;
  }

  /** A fresh value when all of `bytes[from, to)` is one value of the type. */
  decode(bytes: Uint8Array, from = 0, to = bytes.length): Decoded {
    this.#reader.reset(bytes, from, to);
    const value = this.#node.read(this.#reader);
    return this.#reader.failed || this.#reader.remaining > 0 ? BAD : { ok: true, value };
  }

  /**
   * Whether all of `bytes[from, to)` is one object of the type each of whose fields passes the test at its place. For types that are
   * objects of as many fields as there are tests, none of them optional; false for all others.
   */
  passes(bytes: Uint8Array, from: number, to: number, tests: readonly FieldTest[]): boolean {
    const node = this.#node;
    if (!(node instanceof ObjectNode) || node.requiredCount !== tests.length) return false;
    this.#reader.reset(bytes, from, to);
    return node.passes(this.#reader, tests) && !this.#reader.failed && this.#reader.remaining === 0;
  }

  #stage(value: unknown): boolean {
    this.#writer.reset();
    return this.#node.write(this.#writer, value);
  }
}
