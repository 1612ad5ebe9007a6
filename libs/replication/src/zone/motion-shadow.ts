import { assert, type ByteWriter } from '@overworld/kernel';
import { extrapolate, MOTION_MAX_AGE_TICKS, type WireComponent, type WireField } from '@overworld/protocol';
import { type Columns, WireColumn } from './field-shadow.ts';

/** Rows are renewed in a staggered way, so that things born together are not all renewed on one tick. */
const RENEWAL_SPREAD_TICKS = 4096;

interface Axis {
  readonly name: string;
  readonly wire: WireColumn;
  readonly source: ArrayLike<number>;
}

function axesOf(columns: Columns, component: WireComponent, names: readonly string[]): Axis[] {
  return names.map((name) => {
    const field = component.fields.find((candidate) => candidate.name === name) as WireField;
    return { name, wire: new WireColumn(field), source: columns[name] as ArrayLike<number> };
  });
}

/**
 * The last segment that was said of each row: position, velocity and start tick, as the wire rounds them. A new one
 * begins when the place that clients compute from it is off by more than epsilon, when the entity starts or stops,
 * and before its start tick is too old for 16 bits.
 */
export class MotionShadow {
  readonly #positions: Axis[];
  readonly #velocities: Axis[];
  readonly #epsilonSquared: number;
  readonly #tickHz: number;
  readonly #viewEvery: number;
  #starts = new Float64Array(0);

  constructor(
    columns: Columns,
    component: WireComponent,
    epsilon: number,
    rates: { readonly tickHz: number; readonly viewEvery: number },
  ) {
    const { motion } = component;
    assert(motion !== undefined, `component ${component.name} has no motion`);
    this.#positions = axesOf(columns, component, motion.position);
    this.#velocities = axesOf(columns, component, motion.velocity);
    this.#epsilonSquared = epsilon * epsilon;
    this.#tickHz = rates.tickHz;
    this.#viewEvery = rates.viewEvery;
  }

  /** True for the fields that this shadow writes in place of one of their own. */
  writerOf(name: string): ((row: number, writer: ByteWriter) => void) | undefined {
    if (name === 'start') return (row, writer) => writer.u16((this.#starts[row] as number) & 0xffff);
    const axis = [...this.#positions, ...this.#velocities].find((candidate) => candidate.name === name);
    return axis && ((row, writer) => axis.wire.write(row, writer));
  }

  /** Makes room for so many rows. */
  grow(rows: number): void {
    for (const { wire } of this.#positions) wire.grow(rows);
    for (const { wire } of this.#velocities) wire.grow(rows);
    if (rows <= this.#starts.length) return;
    const starts = new Float64Array(rows);
    starts.set(this.#starts);
    this.#starts = starts;
  }

  /** True when the last segment does not tell any more where the row is at `tick`. */
  isOff(row: number, tick: number): boolean {
    const start = this.#starts[row] as number;
    const renewAfter = MOTION_MAX_AGE_TICKS - 1 - (row % RENEWAL_SPREAD_TICKS);
    if (tick - start >= renewAfter) return true;
    let errorSquared = 0;
    let moved = false;
    let moves = false;
    for (let index = 0; index < this.#positions.length; index++) {
      const position = this.#positions[index] as Axis;
      const velocity = this.#velocities[index] as Axis;
      const told = extrapolate(
        position.wire.decode(row),
        velocity.wire.decode(row),
        start,
        tick,
        this.#tickHz,
      );
      const error = (position.source[row] as number) - told;
      errorSquared += error * error;
      moved ||= velocity.wire.values[row] !== 0;
      moves ||= velocity.wire.quantise(velocity.source[row] as number) !== 0;
    }
    return moved !== moves || !(errorSquared <= this.#epsilonSquared);
  }

  /**
   * True when the last segment, with the velocity that the row has now, will not tell any more where the row is at the next
   * view tick. A turn that shows in another component besides is said once so, and not in two messages.
   */
  isNextOff(row: number, tick: number): boolean {
    const start = this.#starts[row] as number;
    let errorSquared = 0;
    for (let index = 0; index < this.#positions.length; index++) {
      const position = this.#positions[index] as Axis;
      const velocity = this.#velocities[index] as Axis;
      const toldVelocity = velocity.wire.decode(row);
      const told = extrapolate(position.wire.decode(row), toldVelocity, start, tick, this.#tickHz);
      const drift = ((velocity.source[row] as number) - toldVelocity) * (this.#viewEvery / this.#tickHz);
      const error = (position.source[row] as number) - told + drift;
      errorSquared += error * error;
    }
    return !(errorSquared <= this.#epsilonSquared);
  }

  /** Begins a new segment with what the row holds now. */
  begin(row: number, tick: number): void {
    for (let index = 0; index < this.#positions.length; index++) {
      this.#take(this.#positions[index] as Axis, row);
      this.#take(this.#velocities[index] as Axis, row);
    }
    this.#starts[row] = tick;
  }

  #take(axis: Axis, row: number): void {
    axis.wire.values[row] = axis.wire.quantise(axis.source[row] as number);
  }
}
