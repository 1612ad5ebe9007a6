import { assert } from '@overworld/kernel';
import { ValueCodec, type ValueType, valueTypeFromJsonSchema } from '@overworld/protocol';
import { z } from 'zod';
import type { InputPolicy, Inputs, Schemas } from './declaration.ts';
import { fieldTests } from './field-tests.ts';

export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly detail: string };

interface CompiledValue {
  readonly name: string;
  /** Its number on the wire and in the journal. */
  readonly kind: number;
  readonly type: ValueType;
  readonly codec: ValueCodec;
  /** The schema refuses or agrees and changes nothing: bytes that were decoded and checked may go on as they are. */
  readonly isPlain: boolean;
  /** Checks with the ruleset's own schema; never throws. */
  parse(value: unknown): Parsed;
  /**
   * Whether `bytes[from, to)` are known to be a value that is decoded and accepted, and plain: without making it. False says
   * nothing; `codec` and `parse` do.
   */
  isKnownGood(bytes: Uint8Array, from: number, to: number): boolean;
}

export interface CompiledInput extends CompiledValue {
  readonly policy: InputPolicy;
}
export type CompiledEvent = CompiledValue;
export type CompiledEffect = CompiledValue;

function detailOf(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not what the schema asks for';
  const path = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  return `${path}${issue.message}`;
}

const PLAIN_TYPES = new Set(['number', 'boolean', 'enum', 'literal']);
const PLAIN_CHECKS = new Set([
  'less_than',
  'greater_than',
  'multiple_of',
  'number_format',
  'min_length',
  'max_length',
  'length_equals',
]);

/** A part that travels as JSON has no one form, and may hold more than its schema names. */
function holdsJson(type: ValueType): boolean {
  if (type.t === 'array') return holdsJson(type.of);
  if (type.t === 'object') return type.fields.some(({ value }) => holdsJson(value));
  return type.t === 'json';
}

/** Whether the schema is known to give back what it is given: false for whatever may change a value, or is not known. */
function isPlain(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.checks?.some(({ _zod }) => !PLAIN_CHECKS.has(_zod.def.check))) return false;
  switch (def.type) {
    case 'string':
      // A format may normalise: a URL, say.
      return !('format' in def);
    case 'optional':
      return isPlain(def.innerType);
    case 'array':
      return isPlain(def.element);
    case 'object':
      return def.catchall === undefined && Object.values(def.shape).every(isPlain);
    default:
      return PLAIN_TYPES.has(def.type);
  }
}

export function compileValue(name: string, kind: number, schema: z.ZodType): CompiledValue {
  assert(kind <= 0xff, `more than 256 kinds, at ${name}`);
  const type = valueTypeFromJsonSchema(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' }));
  const codec = new ValueCodec(type);
  // A schema that holds itself travels as JSON: whoever asks for its parts would never end.
  const isAsItCame = !holdsJson(type) && isPlain(schema);
  const tests = isAsItCame ? fieldTests(schema, type) : undefined;
  return {
    name,
    kind,
    type,
    codec,
    isPlain: isAsItCame,
    isKnownGood: (bytes, from, to) => tests !== undefined && codec.passes(bytes, from, to, tests),
    parse(value) {
      const result = schema.safeParse(value);
      return result.success
        ? { ok: true, value: result.data }
        : { ok: false, detail: detailOf(result.error) };
    },
  };
}

export function compileInputs(inputs: Inputs): CompiledInput[] {
  return Object.entries(inputs).map(([name, declaration], kind) => ({
    ...compileValue(name, kind, declaration.schema),
    policy: declaration.policy,
  }));
}

export function compileSchemas(schemas: Schemas): CompiledEvent[] {
  return Object.entries(schemas).map(([name, schema], kind) => compileValue(name, kind, schema));
}
