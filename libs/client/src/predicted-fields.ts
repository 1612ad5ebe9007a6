import type { AnyRuleset, Prediction } from '@overworld/ruleset';

/** One number of the own entity that is run ahead of the server. */
export interface PredictedField {
  readonly component: string;
  readonly field: string;
  /** The server shows it to its owner; the others are known from the prediction alone. */
  readonly shown: boolean;
  /** The server's value may differ by so much without being another one. */
  readonly tolerance: number;
  /** The same, for an entity that stands still. */
  readonly toleranceAtRest: number;
  /** Position axis in the motion component, or -1. */
  readonly axis: number;
  readonly isVelocity: boolean;
}

interface ShownAs {
  readonly hide?: readonly string[];
  readonly as?: { readonly [field: string]: { readonly step: number } };
  readonly audience?: string;
  readonly motion?: {
    readonly position: readonly string[];
    readonly velocity: readonly string[];
    readonly step: number;
    readonly epsilon: number;
  };
}

/** Rounding on the way: a quantised value is at most half a step off. */
const HALF = 0.51;

function tolerances(show: ShownAs | undefined, field: string): { moving: number; atRest: number } {
  const { motion } = show ?? {};
  if (motion?.position.includes(field)) {
    return { moving: motion.epsilon + motion.step, atRest: motion.step };
  }
  if (motion?.velocity.includes(field)) {
    return { moving: Number.POSITIVE_INFINITY, atRest: Number.POSITIVE_INFINITY };
  }
  const step = (show?.as?.[field]?.step ?? 0) * HALF + 1e-6;
  return { moving: step, atRest: step };
}

function predictedField(component: string, field: string, show: ShownAs | undefined): PredictedField {
  const { moving, atRest } = tolerances(show, field);
  return {
    component,
    field,
    shown: show !== undefined && show.audience !== 'server' && !show.hide?.includes(field),
    tolerance: moving,
    toleranceAtRest: atRest,
    axis: show?.motion?.position.indexOf(field) ?? -1,
    isVelocity: show?.motion?.velocity.includes(field) ?? false,
  };
}

/** The number fields of the components that a ruleset lets clients predict. */
export function predictedFields(ruleset: AnyRuleset): PredictedField[] {
  const { components, predict } = ruleset.definition;
  const fields: PredictedField[] = [];
  for (const name of (predict?.components ?? []) as readonly string[]) {
    const declaration = components[name] as
      | { fields: { [field: string]: unknown }; show?: ShownAs }
      | undefined;
    for (const [field, type] of Object.entries(declaration?.fields ?? {})) {
      if (typeof type === 'string') fields.push(predictedField(name, field, declaration?.show));
    }
  }
  return fields;
}

/** Values of the predicted fields tick by tick, of the newest ticks. */
export class PredictedHistory {
  readonly #fields: readonly PredictedField[];
  readonly #values: Float64Array;
  readonly #ticks: Float64Array;
  readonly #mask: number;

  /** @param length a power of two. */
  constructor(fields: readonly PredictedField[], length: number) {
    this.#fields = fields;
    this.#values = new Float64Array(fields.length * length);
    // NaN equals no tick.
    this.#ticks = new Float64Array(length).fill(Number.NaN);
    this.#mask = length - 1;
  }

  has(tick: number): boolean {
    return this.#ticks[tick & this.#mask] === tick;
  }

  /** NaN for a tick that is not kept. */
  value(tick: number, index: number): number {
    const slot = tick & this.#mask;
    if (this.#ticks[slot] !== tick) return Number.NaN;
    return this.#values[slot * this.#fields.length + index] as number;
  }

  put(tick: number, index: number, value: number): void {
    this.#values[(tick & this.#mask) * this.#fields.length + index] = value;
  }

  /** Keeps what the prediction holds now as the state at `tick`. */
  store(tick: number, prediction: Prediction): void {
    this.#ticks[tick & this.#mask] = tick;
    for (let index = 0; index < this.#fields.length; index++) {
      const { component, field } = this.#fields[index] as PredictedField;
      this.put(tick, index, prediction.read(component, field));
    }
  }

  /** Puts the prediction back to `tick`. */
  load(tick: number, prediction: Prediction): void {
    const components = new Map<string, { [field: string]: number }>();
    for (let index = 0; index < this.#fields.length; index++) {
      const { component, field } = this.#fields[index] as PredictedField;
      const values = components.get(component) ?? {};
      values[field] = this.value(tick, index);
      components.set(component, values);
    }
    for (const [component, values] of components) prediction.reset(tick, component, values);
  }

  clear(): void {
    this.#ticks.fill(Number.NaN);
  }
}
