import { assert, ByteWriter, Hash64, type RandomStream } from '@overworld/kernel';
import type { ComponentName, StateColumns, StateRecord } from './columns.ts';
import type { EntityRef } from './entities.ts';
import { hashParts, hashState } from './hashing.ts';
import { MAX_ROWS, type StateSchema } from './schema.ts';
import type { SideTable } from './side-table.ts';
import { MAX_TIMERS, type RestoreRefusal, readSnapshot, writeSnapshot } from './snapshot.ts';
import { Store } from './store.ts';
import type { Timers } from './timers.ts';
import { type ImportRefusal, readEntity, writeEntity } from './transfer.ts';

const DEFAULT_MAX_TIMERS = 65_536;

export interface StateOptions {
  /**
   * The most rows there can ever be, 1 to 2^20. All of them are reserved at once, and never move; memory is used up by
   * those that were ever in use.
   */
  readonly capacity: number;
  /** The most timers that can be set at a time: 65,536 unless given, at most 2^20. */
  readonly maxTimers?: number;
  /** What the random streams start from. */
  readonly seed: string;
  /** Unique among the zones that exchange entities; a u32. */
  readonly zoneNumber: number;
  /** A secret of two u32 that those zones share: without it, stable ids tell nothing about births. */
  readonly idKey: readonly [number, number];
}

/** What a restored state takes from its caller and not from the snapshot. */
export type RestoreOptions = Pick<StateOptions, 'capacity'>;

/**
 * The whole state of a zone: entities as rows, components as typed columns, a zone-wide record, random streams, timers,
 * and a side table. It is a pure value: it can be copied as bytes, restored, and hashed, and equal
 * operations on equal states give equal states on every machine.
 */
export class State<S extends StateSchema> {
  /** `state.columns.body.x[entity]`. The arrays stay the same as long as the state lives. */
  readonly columns: StateColumns<S>;
  readonly record: StateRecord<S>;
  readonly random: { readonly [N in S['streams'][number]]: RandomStream };
  readonly timers: Timers;
  readonly side: SideTable;
  readonly #store: Store;
  readonly #writer = new ByteWriter(4096);
  readonly #total = new Hash64();
  readonly #part = new Hash64();

  private constructor(store: Store) {
    this.#store = store;
    this.columns = store.columns as unknown as StateColumns<S>;
    this.record = store.record.values as StateRecord<S>;
    this.timers = store.timers;
    this.side = store.side;
    const random: { [name: string]: RandomStream } = {};
    for (const { name, stream } of store.streams) random[name] = stream;
    this.random = random as State<S>['random'];
  }

  /** An empty state at tick 0. Throws when the schema contradicts itself or an option is out of its range. */
  static create<const S extends StateSchema>(schema: S, options: StateOptions): State<S> {
    const { capacity: rows, zoneNumber, idKey } = options;
    const maxTimers = options.maxTimers ?? DEFAULT_MAX_TIMERS;
    assert(isBetween(rows, 1, MAX_ROWS), 'capacity lies in [1, 2^20]');
    assert(isBetween(maxTimers, 1, MAX_TIMERS), 'maxTimers lies in [1, 2^20]');
    assert(isU32(zoneNumber) && isU32(idKey[0]) && isU32(idKey[1]), 'zoneNumber and idKey are u32');
    const store = new Store(schema, { rows, maxTimers }, { zoneNumber, idKey });
    for (const { name, stream } of store.streams) stream.seed(`${name}/${options.seed}`);
    return new State<S>(store);
  }

  /**
   * The state that a snapshot was taken of, or why there is none. Never throws, whatever the bytes are. The capacity may
   * be another than the one it was taken with; it is refused when an entity stands on a row beyond it.
   */
  static restore<const S extends StateSchema>(
    schema: S,
    snapshot: Uint8Array,
    { capacity }: RestoreOptions,
  ): State<S> | RestoreRefusal {
    assert(isBetween(capacity, 1, MAX_ROWS), 'capacity lies in [1, 2^20]');
    const read = readSnapshot(schema, snapshot, capacity);
    return read instanceof Store ? new State<S>(read) : read;
  }

  /** The tick that was executed last, an integer from 0 on. */
  get tick(): number {
    return this.#store.clock[0] as number;
  }

  set tick(tick: number) {
    assert(Number.isSafeInteger(tick) && tick >= 0, 'a tick is an integer from 0 on');
    this.#store.clock[0] = tick;
  }

  /** Names, types and limits of the schema: states with equal hashes here exchange snapshots and entities. */
  get schemaHash(): string {
    return this.#store.schemaHash;
  }

  /** Per row, a bit for each component it holds in order of declaration, and bit 31 when the row is alive. Read only. */
  get masks(): Uint32Array {
    return this.#store.entities.masks;
  }

  /** Per row, the number of its entity's birth in this state, 0 when the row is free. Read only. */
  get births(): Uint32Array {
    return this.#store.entities.births;
  }

  /** Per row, the low word of the stable id. Read only. */
  get idLo(): Uint32Array {
    return this.#store.entities.idLo;
  }

  /** Per row, the high word of the stable id. Read only. */
  get idHi(): Uint32Array {
    return this.#store.entities.idHi;
  }

  /** Per row, how often the entity changed zones; counted by whoever exports it. */
  get entityEpochs(): Uint32Array {
    return this.#store.entities.epochs;
  }

  /** The most rows there can ever be. */
  get capacity(): number {
    return this.#store.entities.capacity;
  }

  /** The size of all buffers in bytes, rows that were never in use included. */
  get sizeBytes(): number {
    return this.#store.arena.sizeBytes;
  }

  /** One past the last row that is alive. */
  get highWater(): number {
    return this.#store.entities.end;
  }

  /** The number of entities alive. */
  get count(): number {
    return this.#store.entities.count;
  }

  /** A new entity without components on the lowest free row; -1 when `capacity` rows are alive. */
  spawn(): number {
    return this.#store.entities.spawn();
  }

  /** Takes an entity away and zeroes everything about its row. Asserts that it is alive. */
  destroy(entity: number): void {
    assert(this.alive(entity), 'only what is alive can be destroyed');
    for (const field of this.#store.fields) field.clear(entity);
    this.#store.entities.destroy(entity);
  }

  alive(entity: number): boolean {
    return this.#store.entities.alive(entity);
  }

  /** Adds a component with all fields at 0, '' or empty; does nothing when the entity holds it already. */
  add(entity: number, component: ComponentName<S>): void {
    assert(this.alive(entity), 'a component is added to an entity that is not alive');
    const { bit, fields } = this.#store.component(component);
    const { masks } = this.#store.entities;
    if (((masks[entity] as number) & bit) !== 0) return;
    for (const field of fields) field.clear(entity);
    masks[entity] = (masks[entity] as number) | bit;
  }

  /** Takes a component away and zeroes its fields; does nothing when the entity does not hold it. */
  remove(entity: number, component: ComponentName<S>): void {
    assert(this.alive(entity), 'a component is removed from an entity that is not alive');
    const { bit, fields } = this.#store.component(component);
    const { masks } = this.#store.entities;
    if (((masks[entity] as number) & bit) === 0) return;
    for (const field of fields) field.clear(entity);
    masks[entity] = (masks[entity] as number) & ~bit;
  }

  has(entity: number, component: ComponentName<S>): boolean {
    return ((this.#store.entities.masks[entity] as number) & this.#store.component(component).bit) !== 0;
  }

  /** The mask bit of a component; or bits together for `next`. */
  bit(component: ComponentName<S>): number {
    return this.#store.component(component).bit;
  }

  /**
   * The first row above `after` that is alive and holds every component in `mask`, or -1. Start with -1. Entities may
   * be spawned and destroyed on the way: those on rows that were passed are not visited again. Allocates nothing.
   */
  next(mask: number, after: number): number {
    return this.#store.entities.next(mask, after);
  }

  /** A reference that can be kept in an `f64` column, and that no later entity on the same row answers to. */
  ref(entity: number): EntityRef {
    assert(this.alive(entity), 'only what is alive can be referred to');
    return this.#store.entities.ref(entity);
  }

  /** The row of a reference, or -1 when its entity is no more (or for any number that is no reference). */
  resolve(ref: EntityRef | number): number {
    return this.#store.entities.resolve(ref);
  }

  /** The id that an entity keeps over handoff and recovery, 16 hex digits. */
  stableId(entity: number): string {
    return this.#store.entities.stableId(entity);
  }

  /** The row of the entity with a stable id, or -1. Time grows with `highWater`. */
  findStable(id: string): number {
    return this.#store.entities.findStable(id);
  }

  /** An entity with all its components, stable id and epoch, for `importEntity` of another state; it stays here. */
  exportEntity(entity: number): Uint8Array {
    assert(this.alive(entity), 'only what is alive can be exported');
    return writeEntity(this.#store, entity, this.#writer);
  }

  /**
   * Takes an exported entity in on the lowest free row. The bytes may come from anywhere: what is not a valid entity,
   * or is here already, is refused and changes nothing. References inside of its fields are not translated.
   */
  importEntity(bytes: Uint8Array): number | ImportRefusal {
    return readEntity(this.#store, bytes);
  }

  /** Everything, as bytes that the caller owns. Asserts that no value is NaN. */
  snapshot(): Uint8Array {
    return writeSnapshot(this.#store, this.#writer);
  }

  /** The hash of everything the rules can see, 16 hex digits. Asserts that no value is NaN. */
  hash(): string {
    return hashState(this.#store, this.#total, this.#part);
  }

  /** A hash per part: `tick`, `entities`, each `component.field`, `record`, `timers`, each `random.stream`, `side`. */
  hashes(): { [part: string]: string } {
    return hashParts(this.#store, this.#part);
  }
}

function isBetween(value: number, lo: number, hi: number): boolean {
  return Number.isSafeInteger(value) && value >= lo && value <= hi;
}

function isU32(value: number): boolean {
  return value >>> 0 === value;
}
