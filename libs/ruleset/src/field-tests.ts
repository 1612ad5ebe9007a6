import { type FieldTest, isNumberType, type ValueType } from '@overworld/protocol';
import type { z } from 'zod';

const INT32_END = 0x8000_0000;
const FORMATS: Readonly<Record<string, FieldTest | undefined>> = {
  safeint: Number.isSafeInteger,
  int32: (value) =>
    Number.isInteger(value) && (value as number) >= -INT32_END && (value as number) < INT32_END,
  uint32: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 * INT32_END,
};
const anything: FieldTest = () => true;

/** A check of a number as a test, or undefined when it is not known here. */
function checkTest(check: z.core.$ZodCheck): FieldTest | undefined {
  const { def } = (check as z.core.$ZodChecks)._zod;
  if (def.check === 'number_format') return FORMATS[def.format];
  if (def.check !== 'less_than' && def.check !== 'greater_than') return undefined;
  const { check: kind, value: bound, inclusive } = def;
  if (typeof bound !== 'number') return undefined;
  if (kind === 'less_than')
    return inclusive ? (value) => (value as number) <= bound : (value) => (value as number) < bound;
  return inclusive ? (value) => (value as number) >= bound : (value) => (value as number) > bound;
}

function numberTest(def: z.core.$ZodNumberDef | z.core.$ZodNumberFormatDef): FieldTest | undefined {
  const tests: FieldTest[] = [];
  const known = (def.checks ?? []).map(checkTest);
  if ('format' in def) known.push(FORMATS[def.format]);
  for (const test of known) {
    if (test === undefined) return undefined;
    tests.push(test);
  }
  if (tests.length <= 1) return tests[0] ?? anything;
  return (value) => tests.every((test) => test(value));
}

/** What a value that was read as of the type has to pass to be of the schema, or undefined when that is not known here. */
function fieldTest(schema: z.core.$ZodType, type: ValueType): FieldTest | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  // Metadata may have the type say something else.
  if (def.type === 'number') return isNumeric(type) ? numberTest(def) : undefined;
  if (def.checks !== undefined && def.checks.length > 0) return undefined;
  if (def.type === 'boolean' && type.t === 'bool') return anything;
  if (def.type !== 'enum' || type.t !== 'enum') return undefined;
  // What is read is one of the type's values.
  const values = Object.values(def.entries);
  return type.values.every((value) => values.includes(value)) ? anything : undefined;
}

function isNumeric({ t }: ValueType): boolean {
  return t === 'uint' || t === 'int' || isNumberType(t);
}

/**
 * The checks of a schema, field by field in the order of the type, when it is an object of numbers with bounds, booleans and enums and
 * nothing else: what passes them the schema accepts. Undefined for all others, which only the schema itself can check.
 */
export function fieldTests(schema: z.ZodType, type: ValueType): readonly FieldTest[] | undefined {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod;
  if (def.type !== 'object' || type.t !== 'object') return undefined;
  if (def.catchall !== undefined || (def.checks !== undefined && def.checks.length > 0)) return undefined;
  const tests: FieldTest[] = [];
  for (const { name, value, optional } of type.fields) {
    const part = def.shape[name];
    const test = part === undefined || optional === true ? undefined : fieldTest(part, value);
    if (test === undefined) return undefined;
    tests.push(test);
  }
  return tests.length === Object.keys(def.shape).length ? tests : undefined;
}
