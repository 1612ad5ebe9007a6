import { isFloatType, NUMBER_SIZE_BYTES } from './number-type.ts';
import type { WireComponent, WireSchema } from './schema.ts';

/** What a record with a certain mask carries. */
export interface MaskLayout {
  readonly components: readonly WireComponent[];
  /** Of all components together when any bytes of that number are sound; -1 when they have to be looked at. */
  readonly fixedBytes: number;
}

/** Masks come from outside, so there is a bound on how many of their layouts are kept. */
const MAX_CACHED_LAYOUTS = 256;

function isPlain(component: WireComponent): boolean {
  return component.fields.every(({ type }) => Object.hasOwn(NUMBER_SIZE_BYTES, type) && !isFloatType(type));
}

/** A schema with what reading frames asks for again and again. */
export class CompiledSchema {
  readonly schema: WireSchema;
  /** One past the largest mask. */
  readonly maskEnd: number;
  readonly #layouts = new Map<number, MaskLayout>();

  constructor(schema: WireSchema) {
    this.schema = schema;
    this.maskEnd = 2 ** schema.components.length;
  }

  /** The layout of a mask below `maskEnd`. */
  layout(mask: number): MaskLayout {
    const known = this.#layouts.get(mask);
    if (known !== undefined) return known;
    const components = this.schema.components.filter(({ bit }) => ((mask >>> bit) & 1) === 1);
    const plain = components.every(isPlain);
    const fixedBytes = plain ? components.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) : -1;
    const layout = { components, fixedBytes };
    if (this.#layouts.size < MAX_CACHED_LAYOUTS) this.#layouts.set(mask, layout);
    return layout;
  }
}

const compiled = new WeakMap<WireSchema, CompiledSchema>();

/** Compiles a schema once; the schema is not changed afterwards. */
export function compileWireSchema(schema: WireSchema): CompiledSchema {
  let result = compiled.get(schema);
  if (result === undefined) {
    result = new CompiledSchema(schema);
    compiled.set(schema, result);
  }
  return result;
}
