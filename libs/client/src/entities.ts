import { ByteReader } from '@overworld/kernel';
import { FRAME_FLAG, FRAME_TYPE } from '@overworld/protocol';
import { type EntitySample, Replica, type ReplicaEntity } from '@overworld/replication/client';
import { Listeners, type Unlisten } from './listeners.ts';
import type { ZoneInfo } from './zone-info.ts';

/** Values by component and field. */
export interface EntityValues {
  readonly [component: string]: { readonly [field: string]: number | string | readonly number[] } | undefined;
}

/** Something in sight. The object is the same from its entering to its leaving, over handoffs and restarts too. */
export interface ZoneEntity {
  /** 16 hex digits, kept over handoffs and restarts. */
  readonly id: string;
  readonly isOwn: boolean;
  /** A component's newest values as the server said them, or undefined when there is none. Do not keep them. */
  get(component: string): EntityValues[string];
  /**
   * The values as they are shown at a tick (with fraction; the zone's `renderTick` when absent): movement is
   * interpolated, and the own entity is where it is predicted. The next call overwrites what this one returned.
   */
  sample(renderTick?: number): EntityValues;
}

export interface EntitiesOptions {
  readonly decode: boolean;
  readonly renderTick: () => number;
  /** Puts what is predicted of the own entity over what the server said. */
  readonly predict: (sample: EntitySample) => void;
  readonly failed: (error: unknown) => void;
}

class EntityView implements ZoneEntity {
  readonly id: string;
  source: ReplicaEntity;
  readonly #options: EntitiesOptions;
  readonly #sample: EntitySample = {};

  constructor(source: ReplicaEntity, options: EntitiesOptions) {
    this.id = source.id;
    this.source = source;
    this.#options = options;
  }

  get isOwn(): boolean {
    return this.source.own;
  }

  get(component: string): EntityValues[string] {
    return this.source.get(component);
  }

  sample(renderTick = this.#options.renderTick()): EntityValues {
    this.source.sample(renderTick, this.#sample);
    if (this.source.own) this.#options.predict(this.#sample);
    return this.#sample;
  }
}

/**
 * What is in sight. A replica holds the content of one zone; when the zone changes, the old content stays to be seen
 * until the first frame of the new zone has come.
 */
export class Entities implements Iterable<ZoneEntity> {
  readonly #options: EntitiesOptions;
  readonly #views = new Map<string, EntityView>();
  readonly #listeners: Listeners<{ readonly enter: ZoneEntity; readonly leave: ZoneEntity }>;
  readonly #reader = new ByteReader();
  readonly #ownSample: EntitySample = {};
  #replica: Replica;
  #zone: string;
  #own: EntityView | undefined;
  #index: number;
  #schemaHash: string;
  /** The replica has shown its first frame, and the views stand on it. */
  #isShown = false;
  #tick = 0;
  #ack = -1;
  #badFrames = 0;
  #unlisten: readonly Unlisten[] = [];

  constructor(info: ZoneInfo, options: EntitiesOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.failed);
    this.#zone = info.zone;
    this.#index = info.index;
    this.#schemaHash = info.schema.hash;
    this.#replica = new Replica(info.schema, { zoneIndex: info.index });
  }

  /** False until the first frame of the zone has come: what is seen is of the zone, or the connection, before. */
  get isCurrent(): boolean {
    return this.#isShown;
  }
  get size(): number {
    return this.#views.size;
  }
  /** The own entity, undefined while there is none. */
  get own(): ZoneEntity | undefined {
    return this.#own;
  }
  /** The tick of the newest frame. */
  get tick(): number {
    return this.#tick;
  }
  /** The last input that the server has acknowledged, -1 while it has not. */
  get ack(): number {
    return this.#ack;
  }
  get badFrames(): number {
    return this.#badFrames;
  }

  [Symbol.iterator](): Iterator<ZoneEntity> {
    return this.#views.values();
  }

  find(id: string): ZoneEntity | undefined {
    return this.#views.get(id);
  }

  onEnter(listener: (entity: ZoneEntity) => void): Unlisten {
    return this.#listeners.on('enter', listener);
  }

  onLeave(listener: (entity: ZoneEntity) => void): Unlisten {
    return this.#listeners.on('leave', listener);
  }

  /** Another zone, another epoch, or a connection that came back: a keyframe follows. */
  restart(info: ZoneInfo): void {
    this.#ack = -1;
    // Each connection counts its zones anew: another zone may have the number that the last one had.
    const continues =
      info.zone === this.#zone &&
      info.index === this.#index &&
      info.schema.hash === this.#schemaHash &&
      info.epoch >= this.#replica.epoch;
    if (continues) return;
    for (const off of this.#unlisten) off();
    this.#unlisten = [];
    this.#zone = info.zone;
    this.#index = info.index;
    this.#schemaHash = info.schema.hash;
    this.#replica = new Replica(info.schema, { zoneIndex: info.index });
    this.#isShown = false;
  }

  /** One state frame. True when it moved things on. */
  apply(bytes: Uint8Array): boolean {
    if (!this.#options.decode) return this.#readHeader(bytes);
    const result = this.#replica.apply(bytes);
    if (result === 'bad') this.#badFrames += 1;
    if (result !== 'applied') return false;
    this.#tick = this.#replica.tick;
    this.#ack = this.#replica.ack;
    if (!this.#isShown) this.#show();
    const { own } = this.#replica;
    this.#own = own && this.#views.get(own.id);
    return true;
  }

  /** Reads what the server said the own entity was at a tick, as numbers. */
  ownAt(tick: number): (component: string, field: string) => number | undefined {
    const values = this.#replica.own?.sample(tick, this.#ownSample);
    return (component, field) => {
      const value = values?.[component]?.[field];
      return typeof value === 'number' ? value : undefined;
    };
  }

  /** The first frame of a replica: what was seen before and is not in it has left. */
  #show(): void {
    this.#isShown = true;
    for (const view of [...this.#views.values()]) {
      if (!this.#replica.entities.has(view.id)) this.#left(view.source);
    }
    for (const entity of this.#replica.entities.values()) this.#entered(entity);
    this.#unlisten = [
      this.#replica.onEnter((entity) => this.#entered(entity)),
      this.#replica.onLeave((entity) => this.#left(entity)),
    ];
  }

  #entered(entity: ReplicaEntity): void {
    const known = this.#views.get(entity.id);
    if (known !== undefined) {
      known.source = entity;
      return;
    }
    const view = new EntityView(entity, this.#options);
    this.#views.set(entity.id, view);
    this.#listeners.tell('enter', view);
  }

  #left(entity: ReplicaEntity): void {
    const view = this.#views.get(entity.id);
    if (view === undefined) return;
    this.#views.delete(entity.id);
    this.#listeners.tell('leave', view);
  }

  /** For clients that do not look: tick and acknowledgement are all they need. */
  #readHeader(bytes: Uint8Array): boolean {
    const reader = this.#reader;
    reader.reset(bytes);
    const [type, flags, index] = [reader.u8(), reader.u8(), reader.u8()];
    reader.varint();
    const tick = reader.varint();
    const ack = (flags & FRAME_FLAG.ack) !== 0 ? reader.varint() : this.#ack;
    if (reader.failed || type !== FRAME_TYPE.state) {
      this.#badFrames += 1;
      return false;
    }
    if (index !== this.#index) return false;
    this.#tick = tick;
    this.#ack = ack;
    return true;
  }
}
