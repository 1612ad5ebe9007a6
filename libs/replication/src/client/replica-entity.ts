import {
  type ComponentValues,
  motionStartTick,
  readComponent,
  type WireComponent,
} from '@overworld/protocol';
import { ComponentHistory } from './component-history.ts';

/** A sample of an entity: by component, by field. Only components that the entity has. */
export type EntitySample = { [component: string]: ComponentValues };

/** One entity as this client knows it. The object stays the same for as long as the entity is shown. */
export class ReplicaEntity {
  /** 16 hex digits, the same in every zone. */
  readonly id: string;
  #netId: number;
  #own: boolean;
  #tick: number;
  readonly #tickHz: number;
  readonly #blendTicks: number;
  readonly #histories = new Map<string, ComponentHistory>();

  constructor(id: string, netId: number, own: boolean, tick: number, timing: { hz: number; blend: number }) {
    this.id = id;
    this.#netId = netId;
    this.#own = own;
    this.#tick = tick;
    this.#tickHz = timing.hz;
    this.#blendTicks = timing.blend;
  }

  /** Its number in frames; it can change while the entity stays. */
  get netId(): number {
    return this.#netId;
  }

  /** True for the player's own entity. */
  get own(): boolean {
    return this.#own;
  }

  /** The tick of the last frame that said something about it. */
  get tick(): number {
    return this.#tick;
  }

  get componentNames(): IterableIterator<string> {
    return this.#histories.keys();
  }

  /** The newest values of a component, or undefined when the entity does not show it. Motion: as of its start. */
  get(component: string): Readonly<ComponentValues> | undefined {
    return this.#histories.get(component)?.newest;
  }

  /** The steps that are remembered of a component, oldest first. */
  history(component: string): ComponentHistory | undefined {
    return this.#histories.get(component);
  }

  /**
   * What the entity was at a tick, which can be fractional and in the past (interpolation) or ahead of the last frame
   * (extrapolation). Positions with motion are computed, other values hold from step to step. Fills and returns
   * `out`, whose component objects are reused when they are there; components that the entity lost are deleted.
   */
  sample(tick: number, out: EntitySample = {}): EntitySample {
    for (const name in out) if (!this.#histories.has(name)) delete out[name];
    for (const [name, history] of this.#histories) {
      let values = out[name];
      if (values === undefined) {
        values = {};
        out[name] = values;
      }
      history.at(tick, values);
    }
    return out;
  }

  /** The entity is introduced once more: it has just the components that follow. */
  renew(netId: number, own: boolean, names: ReadonlySet<string>): void {
    this.#netId = netId;
    this.#own = own;
    for (const name of this.#histories.keys()) if (!names.has(name)) this.#histories.delete(name);
  }

  /** Takes over a component's bytes from a frame of this tick; they have been checked. */
  take(component: WireComponent, bytes: Uint8Array, offset: number, tick: number): void {
    const values: ComponentValues = {};
    readComponent(component, bytes, offset, values);
    const { motion } = component;
    const since = motion === undefined ? tick : motionStartTick(values[motion.start] as number, tick);
    let history = this.#histories.get(component.name);
    if (history === undefined) {
      history = new ComponentHistory(component, this.#tickHz, this.#blendTicks);
      this.#histories.set(component.name, history);
    }
    history.push(since, values);
    this.#tick = tick;
  }
}
