import { type ComponentValues, extrapolate, type WireComponent } from '@overworld/protocol';

/** What a component was from a tick on. For motion: the tick at which position and velocity held. */
export interface Step {
  readonly tick: number;
  readonly values: Readonly<ComponentValues>;
}

const MAX_STEPS = 16;

/** The last values of one component of one entity, oldest first, and what it was at any time in between. */
export class ComponentHistory {
  readonly component: WireComponent;
  readonly #tickHz: number;
  readonly #blendTicks: number;
  #steps: Step[] = [];

  /** `blendTicks`: over how long a correction of motion is spread before it takes hold. */
  constructor(component: WireComponent, tickHz: number, blendTicks: number) {
    this.component = component;
    this.#tickHz = tickHz;
    this.#blendTicks = blendTicks;
  }

  /** The newest values. */
  get newest(): Readonly<ComponentValues> {
    return (this.#steps[this.#steps.length - 1] as Step).values;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** Takes over newer values. Steps that were to begin later, or then, are replaced. */
  push(tick: number, values: ComponentValues): void {
    const steps = this.#steps;
    while (steps.length > 0 && (steps[steps.length - 1] as Step).tick >= tick) steps.pop();
    if (steps.length >= MAX_STEPS) steps.shift();
    steps.push({ tick, values });
  }

  /** The values at a tick, which can lie between two; before the first step, the first one's. */
  at(tick: number, out: ComponentValues): ComponentValues {
    const index = this.#indexAt(tick);
    const step = this.#steps[index] as Step;
    Object.assign(out, step.values);
    const { motion } = this.component;
    if (motion === undefined) return out;
    const next = this.#steps[index + 1];
    for (let axis = 0; axis < motion.position.length; axis++) {
      const position = motion.position[axis] as string;
      out[position] = this.#coordinate(step, next, position, motion.velocity[axis] as string, tick);
    }
    return out;
  }

  #indexAt(tick: number): number {
    let index = this.#steps.length - 1;
    while (index > 0 && (this.#steps[index] as Step).tick > tick) index--;
    return index;
  }

  #coordinate(step: Step, next: Step | undefined, position: string, velocity: string, tick: number): number {
    const told = this.#extrapolated(step, position, velocity, tick);
    if (next === undefined) return told;
    const jump = (next.values[position] as number) - this.#extrapolated(step, position, velocity, next.tick);
    if (this.#isTeleport(jump, step, next, velocity)) return told;
    const blend = Math.min(this.#blendTicks, next.tick - step.tick);
    const left = next.tick - tick;
    return left >= blend ? told : told + jump * (1 - left / blend);
  }

  /** Further than it could have gone in half a second at both of its speeds: it is not drawn as a movement. */
  #isTeleport(jump: number, step: Step, next: Step, velocity: string): boolean {
    const speed = Math.abs(step.values[velocity] as number) + Math.abs(next.values[velocity] as number);
    const scale = this.component.fields.find(({ name }) => name === velocity)?.scale ?? 0;
    return Math.abs(jump) > speed / 2 + scale * TELEPORT_STEPS;
  }

  #extrapolated(step: Step, position: string, velocity: string, tick: number): number {
    const { values } = step;
    return extrapolate(
      values[position] as number,
      values[velocity] as number,
      step.tick,
      Math.max(tick, step.tick),
      this.#tickHz,
    );
  }
}

/** So many steps of velocity, as a distance, are always drawn as a movement. */
const TELEPORT_STEPS = 10;
