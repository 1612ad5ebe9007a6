import type { ByteWriter } from '@overworld/kernel';
import type { WireComponent, WireField } from '@overworld/protocol';
import { type Columns, type FieldShadow, ListShadow, NumberShadow, TextShadow } from './field-shadow.ts';
import { MotionShadow } from './motion-shadow.ts';

type FieldWriter = (row: number, writer: ByteWriter) => void;

function shadowOf(columns: Columns, field: WireField): FieldShadow {
  if (field.type === 'text') return new TextShadow(columns, field);
  if (field.type === 'list') return new ListShadow(columns, field);
  return new NumberShadow(columns, field);
}

export interface ComponentSource {
  readonly component: WireComponent;
  readonly columns: Columns;
  /** The component's bit in the state's masks. */
  readonly stateBit: number;
  /** How far off a client's extrapolation may be; for motion components. */
  readonly epsilon: number;
  readonly tickHz: number;
  /** Ticks from one message to the next. */
  readonly viewEvery: number;
}

/** What was last said of one component, row by row: the values themselves, as the wire rounds them. */
export class ComponentShadow {
  readonly wireBit: number;
  readonly stateBit: number;
  readonly #fields: FieldShadow[] = [];
  readonly #writers: FieldWriter[] = [];
  readonly #motion: MotionShadow | undefined;

  constructor(source: ComponentSource) {
    const { component, columns } = source;
    this.wireBit = 1 << component.bit;
    this.stateBit = source.stateBit;
    if (component.motion !== undefined) {
      this.#motion = new MotionShadow(columns, component, source.epsilon, source);
    }
    for (const field of component.fields) this.#addField(columns, field);
  }

  #addField(columns: Columns, field: WireField): void {
    const ofMotion = this.#motion?.writerOf(field.name);
    if (ofMotion !== undefined) {
      this.#writers.push(ofMotion);
      return;
    }
    const shadow = shadowOf(columns, field);
    this.#fields.push(shadow);
    this.#writers.push((row, writer) => shadow.write(row, writer));
  }

  /** Makes room for so many rows. */
  grow(rows: number): void {
    for (const field of this.#fields) field.grow(rows);
    this.#motion?.grow(rows);
  }

  /** Takes over what the row holds; true when it has to be said. `anew`: nothing was said of it before. */
  update(row: number, tick: number, anew: boolean): boolean {
    let changed = anew;
    for (let index = 0; index < this.#fields.length; index++) {
      if ((this.#fields[index] as FieldShadow).update(row)) changed = true;
    }
    const motion = this.#motion;
    if (motion === undefined) return changed;
    if (!changed && !motion.isOff(row, tick)) return false;
    motion.begin(row, tick);
    return true;
  }

  get hasMotion(): boolean {
    return this.#motion !== undefined;
  }

  /** The same when another component of the entity is said in any case, and `update` had nothing to say of this one. */
  goAlong(row: number, tick: number): boolean {
    const motion = this.#motion;
    if (!motion?.isNextOff(row, tick)) return false;
    motion.begin(row, tick);
    return true;
  }

  write(row: number, writer: ByteWriter): void {
    for (let index = 0; index < this.#writers.length; index++) {
      (this.#writers[index] as FieldWriter)(row, writer);
    }
  }
}
