import { hex64 } from '@overworld/kernel';
import {
  type FrameFault,
  type FrameHeader,
  type FrameSink,
  readFrame,
  type WireComponent,
  type WireSchema,
} from '@overworld/protocol';
import { type EntitySample, ReplicaEntity } from './replica-entity.ts';

/**
 * - `applied`: the replica is at the frame's tick.
 * - `stale`: of an older epoch or tick; ignored.
 * - `no-keyframe`: of an epoch whose keyframe has not come yet; ignored.
 * - `other-zone`: for another zone index; ignored.
 * - `bad`: not a frame of this schema; ignored, `lastFault` says why.
 */
export type ReplicaResult = 'applied' | 'stale' | 'no-keyframe' | 'other-zone' | 'bad';

export interface ReplicaCounts {
  applied: number;
  stale: number;
  noKeyframe: number;
  bad: number;
  /** Updates and leaves of net ids that are not known: their enter was lost, or is still on its way. */
  unknown: number;
}

export interface ReplicaOptions {
  /** The number of the zone in frames; default 0. */
  readonly zoneIndex?: number;
  /** Over how many ticks a correction of motion is spread before it takes hold; default a tenth of a second. */
  readonly blendTicks?: number;
}

export type EntityListener = (entity: ReplicaEntity) => void;

/**
 * A client's copy of what it is shown of one zone.
 *
 * Frames are applied whole or not at all, in the order of their ticks. A frame that comes twice changes nothing; one
 * that comes late is ignored, so over a link that reorders it counts as lost. A keyframe replaces everything; entities
 * that are in it again stay the same objects with their history. Bytes from outside never throw.
 */
export class Replica {
  readonly schema: WireSchema;
  readonly counts: ReplicaCounts = { applied: 0, stale: 0, noKeyframe: 0, bad: 0, unknown: 0 };
  readonly #zoneIndex: number;
  readonly #timing: { hz: number; blend: number };
  readonly #byId = new Map<string, ReplicaEntity>();
  readonly #byNetId = new Map<number, ReplicaEntity>();
  readonly #enterListeners = new Set<EntityListener>();
  readonly #leaveListeners = new Set<EntityListener>();
  readonly #sink: FrameSink;
  /** Left in the present frame, and not entered again yet. */
  readonly #leaving = new Map<string, ReplicaEntity>();
  readonly #entering = new Map<string, ReplicaEntity>();
  #current: ReplicaEntity | undefined;
  #result: ReplicaResult = 'applied';
  #own: ReplicaEntity | undefined;
  #epoch = -1;
  #tick = -1;
  #ack = -1;
  #lastFault: FrameFault | undefined;

  constructor(schema: WireSchema, options: ReplicaOptions = {}) {
    this.schema = schema;
    this.#zoneIndex = options.zoneIndex ?? 0;
    this.#timing = { hz: schema.tickHz, blend: options.blendTicks ?? schema.tickHz / 10 };
    this.#sink = {
      begin: (header) => this.#begin(header),
      leave: (netId) => this.#leave(netId),
      enter: (netId, idLo, idHi, own, mask) => this.#enter(netId, hex64(idLo, idHi), own, mask),
      update: (netId) => this.#update(netId),
      component: (component, bytes, offset) => this.#component(component, bytes, offset),
      end: () => {},
    };
  }

  /** -1 before the first keyframe. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The tick of the newest frame. No frame comes while nothing changes, so the server may be further. */
  get tick(): number {
    return this.#tick;
  }

  /** The last input sequence that the zone has executed, -1 while it has not said. */
  get ack(): number {
    return this.#ack;
  }

  /** By stable id. */
  get entities(): ReadonlyMap<string, ReplicaEntity> {
    return this.#byId;
  }

  /** The player's own entity, or undefined while there is none. */
  get own(): ReplicaEntity | undefined {
    return this.#own;
  }

  /** Why the last bad frame was refused. */
  get lastFault(): FrameFault | undefined {
    return this.#lastFault;
  }

  /** Called after the frame in which an entity came into sight, with all its values. Returns how to stop it. */
  onEnter(listener: EntityListener): () => void {
    this.#enterListeners.add(listener);
    return () => this.#enterListeners.delete(listener);
  }

  /** Called after the frame in which an entity went out of sight. Returns how to stop it. */
  onLeave(listener: EntityListener): () => void {
    this.#leaveListeners.add(listener);
    return () => this.#leaveListeners.delete(listener);
  }

  /** Applies one state frame. The bytes are borrowed for the call. What a listener throws passes through. */
  apply(frame: Uint8Array): ReplicaResult {
    if (frame.length > 2 && frame[2] !== this.#zoneIndex) return 'other-zone';
    const outcome = readFrame(frame, () => this.schema, this.#sink);
    if (!outcome.ok) {
      this.#lastFault = outcome.reason;
      this.counts.bad++;
      return 'bad';
    }
    this.#announce();
    return this.#result;
  }

  /** Shorthand for `entity.sample`. */
  sample(entity: ReplicaEntity, tick: number, out?: EntitySample): EntitySample {
    return entity.sample(tick, out);
  }

  #begin(header: FrameHeader): void {
    this.#current = undefined;
    this.#result = this.#judge(header);
    if (this.#result !== 'applied') return;
    this.counts.applied++;
    this.#epoch = header.epoch;
    this.#tick = header.tick;
    if (header.ack >= 0) this.#ack = header.ack;
    if (header.keyframe) for (const netId of [...this.#byNetId.keys()]) this.#leave(netId);
  }

  #judge(header: FrameHeader): ReplicaResult {
    const isOld = header.epoch < this.#epoch || (header.epoch === this.#epoch && header.tick < this.#tick);
    if (isOld) {
      this.counts.stale++;
      return 'stale';
    }
    if (header.epoch !== this.#epoch && !header.keyframe) {
      this.counts.noKeyframe++;
      return 'no-keyframe';
    }
    return 'applied';
  }

  #leave(netId: number): void {
    if (this.#result !== 'applied') return;
    const entity = this.#byNetId.get(netId);
    if (entity === undefined) {
      this.counts.unknown++;
      return;
    }
    this.#byNetId.delete(netId);
    this.#byId.delete(entity.id);
    if (this.#own === entity) this.#own = undefined;
    if (!this.#entering.delete(entity.id)) this.#leaving.set(entity.id, entity);
  }

  #enter(netId: number, id: string, own: boolean, mask: number): void {
    if (this.#result !== 'applied') return;
    const before = this.#byId.get(id) ?? this.#leaving.get(id);
    if (this.#byNetId.has(netId)) this.#leave(netId);
    if (before !== undefined && this.#byNetId.get(before.netId) === before)
      this.#byNetId.delete(before.netId);
    this.#leaving.delete(id);
    const entity = before ?? new ReplicaEntity(id, netId, own, this.#tick, this.#timing);
    if (before === undefined) this.#entering.set(id, entity);
    else entity.renew(netId, own, this.#namesOf(mask));
    this.#byId.set(id, entity);
    this.#byNetId.set(netId, entity);
    if (own) this.#own = entity;
    else if (this.#own === entity) this.#own = undefined;
    this.#current = entity;
  }

  #namesOf(mask: number): Set<string> {
    const names = new Set<string>();
    for (const { bit, name } of this.schema.components) if ((mask & (1 << bit)) !== 0) names.add(name);
    return names;
  }

  #update(netId: number): void {
    if (this.#result !== 'applied') return;
    this.#current = this.#byNetId.get(netId);
    if (this.#current === undefined) this.counts.unknown++;
  }

  #component(component: WireComponent, bytes: Uint8Array, offset: number): void {
    this.#current?.take(component, bytes, offset, this.#tick);
  }

  /** Tells listeners who came and went, now that the frame is applied whole. */
  #announce(): void {
    if (this.#result !== 'applied') return;
    const left = [...this.#leaving.values()];
    const entered = [...this.#entering.values()];
    this.#leaving.clear();
    this.#entering.clear();
    for (const entity of left) for (const listener of this.#leaveListeners) listener(entity);
    for (const entity of entered) for (const listener of this.#enterListeners) listener(entity);
  }
}
