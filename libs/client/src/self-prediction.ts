import { type AnyRuleset, Prediction } from '@overworld/ruleset';
import { PredictedHistory, type PredictedField, predictedFields } from './predicted-fields.ts';
import { VisualOffset } from './visual-offset.ts';

/** Ticks that can be run again; a power of two. */
const HISTORY_TICKS = 256;
/** A client that fell further behind (a page in the background) starts over from the server's state. */
const MAX_STEPS = 128;
const MAX_INPUTS = 256;
/** A correction below a hundredth of the world's unit is rounding: nobody can see it, and it is not counted. */
const NOTABLE = 0.01;

interface AheadInput {
  readonly sequence: number;
  readonly name: string;
  readonly value: unknown;
  readonly latest: boolean;
  /** Executed before the step of this tick; 0 = before the next one. */
  tick: number;
  /** Nobody promised the server a tick for it: it cannot be late. */
  asSoonAsPossible: boolean;
}

/** What the server says of the own entity at a tick; undefined where it says nothing. */
export type ServerValue = (component: string, field: string) => number | undefined;

export interface CorrectionStats {
  count: number;
  /** Distances in the world's unit. */
  last: number;
  largest: number;
}

/**
 * The own entity ahead of the server, run by the ruleset's own code.
 *
 * States are kept tick by tick. When the server's state of a tick differs from what was predicted for it, the prediction
 * goes back to that tick, takes the server's values, and runs the inputs since then again; what that moves on the screen
 * becomes a visual offset that decays.
 */
export class SelfPrediction {
  readonly corrections: CorrectionStats = { count: 0, last: 0, largest: 0 };
  readonly #prediction: Prediction;
  readonly #fields: readonly PredictedField[];
  readonly #axes: readonly number[];
  readonly #history: PredictedHistory;
  readonly #offset: VisualOffset;
  readonly #before: Float64Array;
  readonly #after: Float64Array;
  #inputs: AheadInput[] = [];
  #newest = -1;
  #shownTick = 0;
  /** `#before` holds where the entity was shown before a restart. */
  #wasShown = false;

  private constructor(ruleset: AnyRuleset, zone: string, params: unknown, player: string) {
    this.#prediction = new Prediction(ruleset, zone, params, player);
    this.#fields = predictedFields(ruleset);
    this.#history = new PredictedHistory(this.#fields, HISTORY_TICKS);
    const axes = this.#fields.flatMap((field, index) => (field.axis >= 0 ? [index] : []));
    this.#axes = axes;
    this.#offset = new VisualOffset(axes.length);
    this.#before = new Float64Array(axes.length);
    this.#after = new Float64Array(axes.length);
  }

  /** Undefined when the ruleset lets nothing be predicted. */
  static of(ruleset: AnyRuleset, zone: string, params: unknown, player: string): SelfPrediction | undefined {
    if (ruleset.definition.predict === undefined) return undefined;
    return new SelfPrediction(ruleset, zone, params, player);
  }

  /** False until the server has said where the own entity is. */
  get isReady(): boolean {
    return this.#newest >= 0;
  }

  /** The newest tick computed, or -1. */
  get newestTick(): number {
    return this.#newest;
  }

  get offsetLength(): number {
    return this.#offset.length;
  }

  predicts(input: string): boolean {
    return this.#prediction.predicts(input);
  }

  /** Forgets everything but the inputs and the place shown: a new epoch, a connection that came back, a long pause. */
  restart(): void {
    if (this.isReady) {
      this.#shownAxes(this.#before);
      this.#wasShown = true;
    }
    this.#newest = -1;
    this.#history.clear();
    for (const input of this.#inputs) {
      input.tick = 0;
      input.asSoonAsPossible = true;
    }
  }

  /** Shows the own entity at `tick` (with fraction) from now on, computing the ticks up to it. */
  advance(tick: number, elapsedMs: number): void {
    this.#offset.decay(elapsedMs);
    if (this.#newest < 0) return;
    const last = Math.ceil(tick);
    if (last - this.#newest > MAX_STEPS) {
      this.restart();
      return;
    }
    while (this.#newest < last) this.#step(this.#newest + 1);
    this.#shownTick = tick;
  }

  /** An input to be executed at `tick`; the newest computed tick is computed again, so that it shows at once. */
  input(sequence: number, name: string, value: unknown, latest: boolean, tick: number): void {
    if (this.#inputs.length >= MAX_INPUTS) this.#inputs.shift();
    const again = tick <= this.#newest && this.#history.has(tick - 1);
    const at = again ? tick : Math.max(tick, this.#newest + 1);
    this.#inputs.push({ sequence, name, value, latest, tick: at, asSoonAsPossible: tick === 0 });
    if (again) this.#rerun(tick - 1, undefined);
  }

  /** The server will not execute this input. */
  refuse(sequence: number): void {
    const refused = this.#inputs.find((input) => input.sequence === sequence);
    if (refused === undefined) return;
    this.#inputs = this.#inputs.filter((input) => input !== refused);
    if (refused.tick <= this.#newest) this.#rerun(refused.tick - 1, undefined);
  }

  /**
   * The server's state at `tick`, with the inputs up to `acknowledged`. Returns how many inputs it executed later than
   * asked for.
   */
  reconcile(tick: number, acknowledged: number, server: ServerValue): number {
    if (this.#newest < 0 || tick > this.#newest || !this.#history.has(tick)) {
      this.restart();
      this.#adopt(tick, acknowledged, server);
      return 0;
    }
    const late = this.#settle(tick, acknowledged);
    const differs = this.#differs(tick, server);
    if (differs || late > 0) this.#rerun(tick, differs ? server : undefined);
    return late;
  }

  /** Puts what is predicted, with the smoothing of corrections, over what the server said. */
  show(sample: { [component: string]: { [field: string]: unknown } }): void {
    for (let index = 0; index < this.#fields.length; index++) {
      const { component, field, shown } = this.#fields[index] as PredictedField;
      const values = sample[component];
      const value = this.#shownValue(index);
      if (shown && values !== undefined && value !== undefined) values[field] = value;
    }
  }

  /** After a restart the place shown before it stays, until the server has said where the entity is. */
  #shownValue(index: number): number | undefined {
    const axis = this.#axes.indexOf(index);
    if (!this.isReady) return this.#wasShown && axis >= 0 ? this.#before[axis] : undefined;
    return axis < 0 ? this.#history.value(this.#newest, index) : this.#drawn(index) + this.#offset.axis(axis);
  }

  /** Between the two ticks around the one that is shown. */
  #drawn(index: number): number {
    const after = Math.min(this.#newest, Math.ceil(this.#shownTick));
    const to = this.#history.value(after, index);
    const from = this.#history.value(after - 1, index);
    if (Number.isNaN(from)) return to;
    const share = Math.max(0, Math.min(1, this.#shownTick - (after - 1)));
    return from + (to - from) * share;
  }

  #drawnAxes(out: Float64Array): void {
    for (let axis = 0; axis < this.#axes.length; axis++) out[axis] = this.#drawn(this.#axes[axis] as number);
  }

  #shownAxes(out: Float64Array): void {
    this.#drawnAxes(out);
    for (let axis = 0; axis < out.length; axis++) out[axis] = (out[axis] as number) + this.#offset.axis(axis);
  }

  #step(tick: number): void {
    for (let index = 0; index < this.#inputs.length; index++) {
      const input = this.#inputs[index] as AheadInput;
      if (input.tick === 0) input.tick = tick;
      if (input.tick === tick && !this.#isSuperseded(index)) this.#prediction.input(input.name, input.value);
    }
    this.#prediction.step(tick);
    this.#history.store(tick, this.#prediction);
    this.#newest = tick;
  }

  /** Of several inputs of a `latest` kind for one tick the zone executes the newest. */
  #isSuperseded(index: number): boolean {
    const input = this.#inputs[index] as AheadInput;
    if (!input.latest) return false;
    for (let later = index + 1; later < this.#inputs.length; later++) {
      const other = this.#inputs[later] as AheadInput;
      if (other.name === input.name && other.tick === input.tick) return true;
    }
    return false;
  }

  /** Lets go of the inputs that the state at `tick` contains; moves the ones that it should contain and does not. */
  #settle(tick: number, acknowledged: number): number {
    let late = 0;
    this.#inputs = this.#inputs.filter((input) => input.sequence > acknowledged || input.tick > tick);
    for (const input of this.#inputs) {
      if (input.tick > tick) continue;
      if (!input.asSoonAsPossible) late += 1;
      input.asSoonAsPossible = true;
      input.tick = tick + 1;
    }
    return late;
  }

  #differs(tick: number, server: ServerValue): boolean {
    const resting = this.#isResting(tick, server);
    for (let index = 0; index < this.#fields.length; index++) {
      const field = this.#fields[index] as PredictedField;
      const value = field.shown ? server(field.component, field.field) : undefined;
      if (value === undefined) continue;
      const tolerance = resting ? field.toleranceAtRest : field.tolerance;
      if (Math.abs(value - this.#history.value(tick, index)) > tolerance) return true;
    }
    return false;
  }

  #isResting(tick: number, server: ServerValue): boolean {
    for (let index = 0; index < this.#fields.length; index++) {
      const field = this.#fields[index] as PredictedField;
      if (!field.isVelocity) continue;
      if (this.#history.value(tick, index) !== 0) return false;
      if ((server(field.component, field.field) ?? 0) !== 0) return false;
    }
    return true;
  }

  /** Goes back to `tick`, takes the server's values when there are some, and runs up to the newest tick again. */
  #rerun(tick: number, server: ServerValue | undefined): void {
    if (!this.#history.has(tick)) return;
    const newest = this.#newest;
    this.#drawnAxes(this.#before);
    if (server !== undefined) this.#overlay(tick, server);
    this.#history.load(tick, this.#prediction);
    for (let next = tick + 1; next <= newest; next++) this.#step(next);
    this.#drawnAxes(this.#after);
    const distance = this.#offset.shift(this.#before, this.#after);
    if (server !== undefined && distance > NOTABLE) this.#count(distance);
  }

  #overlay(tick: number, server: ServerValue): void {
    for (let index = 0; index < this.#fields.length; index++) {
      const field = this.#fields[index] as PredictedField;
      const value = field.shown ? server(field.component, field.field) : undefined;
      if (value !== undefined) this.#history.put(tick, index, value);
    }
  }

  #count(distance: number): void {
    this.corrections.count += 1;
    this.corrections.last = distance;
    this.corrections.largest = Math.max(this.corrections.largest, distance);
  }

  /** Takes the server's state as it is and runs ahead from there. */
  #adopt(tick: number, acknowledged: number, server: ServerValue): void {
    const values = new Map<string, { [field: string]: number }>();
    for (const { component, field, shown } of this.#fields) {
      const value = shown ? server(component, field) : undefined;
      if (value === undefined) continue;
      const fields = values.get(component) ?? {};
      fields[field] = value;
      values.set(component, fields);
    }
    if (values.size === 0) return;
    for (const [component, fields] of values) this.#prediction.reset(tick, component, fields);
    this.#history.clear();
    this.#history.store(tick, this.#prediction);
    this.#newest = tick;
    this.#shownTick = tick;
    this.#settle(tick, acknowledged);
    this.#drawnAxes(this.#after);
    this.#offset.clear();
    if (this.#wasShown) this.#offset.shift(this.#before, this.#after);
    this.#wasShown = false;
  }
}
