import { assert, ByteWriter } from '@overworld/kernel';
import { type AnyRuleset, OWNED, PLAYER, type StepOutput } from '@overworld/ruleset';
import { MAX_ROWS, schemaTag } from '../wire/component-layout.ts';
import {
  OUT_FULL,
  OUT_MAGIC,
  OUT_VERSION,
  type OutHeader,
  writeMask,
  stampAge,
} from '../wire/out-message.ts';
import { RunList } from '../wire/run-list.ts';
import { ComponentShadow } from './component-shadow.ts';
import { EventOutbox } from './event-outbox.ts';
import type { Columns } from './field-shadow.ts';
import { InterestPlaces } from './interest-places.ts';
import { type PlayerRows, PlayerShadow } from './player-shadow.ts';
import { RowList, RowShadow } from './row-shadow.ts';

const ALIVE = 0x80000000;
const FIRST_ROWS = 64;

/** What the encoder reads of a state. `State` of libs/state is one. */
export interface EncoderState {
  readonly columns: { readonly [component: string]: Columns };
  readonly masks: Uint32Array;
  readonly births: Uint32Array;
  readonly idLo: Uint32Array;
  readonly idHi: Uint32Array;
  readonly highWater: number;
  bit(component: string): number;
}

/** What the encoder reads of a running zone. `ZoneRuntime` of libs/ruleset is one. */
export interface EncoderRuntime {
  readonly ruleset: AnyRuleset;
  readonly state: EncoderState;
  readonly table: PlayerRows;
}

/** The part of a step's output that gateways are told. */
export type EncoderOutput = Pick<StepOutput, 'events' | 'players'>;

/**
 * Says once a view tick what a zone shows and what of it changed since the last time, as one message for all gateways.
 *
 * It compares what the columns hold, rounded to the wire, with what it said last; so a ruleset writes straight into its
 * columns and marks nothing. The first message of an encoder says everything (it is full). The returned bytes are
 * fresh and the caller's. Between steps only: while it runs, the state does not change.
 */
export class ZoneEncoder {
  readonly #ruleset: AnyRuleset;
  readonly #state: EncoderState;
  readonly #table: PlayerRows;
  readonly #components: readonly ComponentShadow[];
  /** Those of them with a motion. */
  readonly #moving: readonly ComponentShadow[];
  readonly #playerBit: number;
  readonly #ownedBit: number;
  readonly #tag: number;
  readonly #players: PlayerShadow;
  readonly #events: EventOutbox;
  readonly #places: InterestPlaces;
  readonly #shadow = new RowShadow();
  readonly #leaves = new RowList();
  readonly #enters = new RowList();
  readonly #reshapes = new RowList();
  readonly #runs = new RunList();
  readonly #writer = new ByteWriter(4096);
  /** Rows that there is room for: those that were ever in use, and some. */
  #rows = 0;
  #tick = -1;

  constructor(runtime: EncoderRuntime) {
    const { ruleset, state, table } = runtime;
    this.#ruleset = ruleset;
    this.#state = state;
    this.#table = table;
    this.#components = componentsOf(ruleset, state);
    this.#moving = this.#components.filter(({ hasMotion }) => hasMotion);
    this.#playerBit = state.bit(PLAYER);
    this.#ownedBit = state.bit(OWNED);
    this.#tag = schemaTag(ruleset.wire);
    this.#players = new PlayerShadow(table);
    this.#places = new InterestPlaces(ruleset, state, this.#players);
    this.#events = new EventOutbox(this.#places);
  }

  /** The tick of the last message, -1 before the first. */
  get tick(): number {
    return this.#tick;
  }

  /** Events that were dropped because there were too many between two messages, or their hearer was gone. */
  get droppedEvents(): number {
    return this.#events.dropped;
  }

  /**
   * Takes over events and player changes of a step that is not followed by a message (`viewEvery` above 1). Call it
   * after such a step, before the next one.
   */
  collect(output: EncoderOutput): void {
    // Players first: an event may name a player who left in the same step.
    this.#players.collect(output.players);
    this.#events.collect(output.events);
  }

  /** The next message: what changed since the last. `output` is the last step's, which `collect` has not seen. */
  encode(header: OutHeader, output?: EncoderOutput): Uint8Array {
    assert(header.tick > this.#tick, 'messages are made in the order of their ticks');
    const isFirst = this.#tick < 0;
    this.#tick = header.tick;
    if (output !== undefined) this.collect(output);
    this.#compare(header.tick);
    this.#players.update();
    if (isFirst) return this.#writeFull(header, true);
    this.#writeHeader(header, 0);
    this.#writeEntities();
    this.#players.writeChanges(this.#writer);
    this.#players.writeAcks(this.#writer);
    this.#events.write(this.#writer);
    return this.#writer.finish();
  }

  /**
   * Everything, exactly as the messages up to the last one left it: who applies this, and then every message whose
   * previousTick is this one's tick or later, has what the others have. It does not look at the state. Before the
   * first message it is empty.
   */
  sync(header: Pick<OutHeader, 'epoch'>): Uint8Array {
    const tick = Math.max(this.#tick, 0);
    return this.#writeFull({ epoch: header.epoch, tick, previousTick: tick }, false);
  }

  #compare(tick: number): void {
    const { highWater } = this.#state;
    const shadow = this.#shadow;
    if (highWater > this.#rows) this.#grow(highWater);
    this.#clear();
    const end = Math.max(highWater, shadow.end);
    for (let row = 0; row < end; row++) this.#compareRow(row, tick, row < highWater);
    shadow.end = highWater;
    this.#runs.sort();
  }

  #grow(highWater: number): void {
    assert(highWater < MAX_ROWS, 'a zone that is shown has less than 65,536 rows');
    const rows = Math.max(highWater, this.#rows * 2, FIRST_ROWS);
    this.#rows = rows;
    this.#shadow.grow(rows);
    for (const list of [this.#leaves, this.#enters, this.#reshapes]) list.grow(rows);
    this.#places.grow(rows);
    this.#runs.grow(rows);
    for (const component of this.#components) component.grow(rows);
  }

  #clear(): void {
    this.#leaves.length = 0;
    this.#enters.length = 0;
    this.#reshapes.length = 0;
    this.#runs.clear();
  }

  #compareRow(row: number, tick: number, inUse: boolean): void {
    const shadow = this.#shadow;
    const stateMask = inUse ? (this.#state.masks[row] as number) : 0;
    const mask = this.#shownMask(stateMask);
    let previous = shadow.masks[row] as number;
    if (previous !== 0 && (mask === 0 || shadow.births[row] !== this.#state.births[row])) {
      this.#leaves.push(row);
      previous = 0;
    }
    shadow.masks[row] = mask;
    if (mask === 0) return;
    const owner = (stateMask & this.#ownedBit) === 0 ? 0 : this.#table.ownerOf(row) + 1;
    if (previous === 0) this.#introduce(row);
    else if (previous !== mask || shadow.owners[row] !== owner) this.#reshapes.push(row);
    shadow.owners[row] = owner;
    this.#places.note(row, stateMask);
    const changed = this.#changedMask(row, mask, previous, tick);
    if (changed !== 0) this.#runs.push(row, changed);
  }

  #introduce(row: number): void {
    const shadow = this.#shadow;
    const state = this.#state;
    shadow.births[row] = state.births[row] as number;
    shadow.idLo[row] = state.idLo[row] as number;
    shadow.idHi[row] = state.idHi[row] as number;
    this.#enters.push(row);
  }

  /** The components of an entity that leave the zone, as wire bits; none for a player's own bookkeeping row. */
  #shownMask(stateMask: number): number {
    if ((stateMask & ALIVE) === 0 || (stateMask & this.#playerBit) !== 0) return 0;
    let mask = 0;
    for (let index = 0; index < this.#components.length; index++) {
      const component = this.#components[index] as ComponentShadow;
      if ((stateMask & component.stateBit) !== 0) mask |= component.wireBit;
    }
    return mask;
  }

  #changedMask(row: number, mask: number, previous: number, tick: number): number {
    let changed = 0;
    for (let index = 0; index < this.#components.length; index++) {
      const component = this.#components[index] as ComponentShadow;
      const { wireBit } = component;
      if ((mask & wireBit) === 0) continue;
      if (component.update(row, tick, (previous & wireBit) === 0)) changed |= wireBit;
    }
    return changed === 0 ? 0 : changed | this.#alongMask(row, mask & ~changed, tick);
  }

  /** The motions among these components that go along with what is said of the entity. */
  #alongMask(row: number, mask: number, tick: number): number {
    let along = 0;
    for (let index = 0; index < this.#moving.length; index++) {
      const component = this.#moving[index] as ComponentShadow;
      if ((mask & component.wireBit) !== 0 && component.goAlong(row, tick)) along |= component.wireBit;
    }
    return along;
  }

  /** Notes in a message of `encode` that leaves now how long ago its tick began. */
  stamp(message: Uint8Array, ageMs: number): void {
    stampAge(message, ageMs);
  }

  #writeHeader(header: OutHeader, flags: number): void {
    const writer = this.#writer;
    writer.reset();
    writer.u8(OUT_MAGIC);
    writer.u8(OUT_VERSION);
    writer.u8(flags);
    writer.u32(this.#tag);
    writer.varint(header.epoch);
    writer.u32(header.tick);
    writer.u32(header.previousTick);
  }

  #writeEntities(): void {
    const leaves = this.#leaves;
    this.#writer.varint(leaves.length);
    for (let index = 0; index < leaves.length; index++) this.#writer.u16(leaves.rows[index] as number);
    this.#writeEnters();
    this.#writeReshapes();
    this.#writeRuns();
  }

  #writeEnters(): void {
    const writer = this.#writer;
    const shadow = this.#shadow;
    writer.varint(this.#enters.length);
    for (let index = 0; index < this.#enters.length; index++) {
      const row = this.#enters.rows[index] as number;
      writer.u16(row);
      writer.u32(shadow.idLo[row] as number);
      writer.u32(shadow.idHi[row] as number);
      writer.u16(shadow.owners[row] as number);
      writeMask(writer, this.#ruleset.wire.maskBytes, shadow.masks[row] as number);
    }
  }

  #writeReshapes(): void {
    const writer = this.#writer;
    writer.varint(this.#reshapes.length);
    for (let index = 0; index < this.#reshapes.length; index++) {
      const row = this.#reshapes.rows[index] as number;
      writer.u16(row);
      writer.u16(this.#shadow.owners[row] as number);
      writeMask(writer, this.#ruleset.wire.maskBytes, this.#shadow.masks[row] as number);
    }
  }

  #writeRuns(): void {
    const writer = this.#writer;
    const runs = this.#runs;
    writer.varint(runs.runCount);
    for (let begin = 0; begin < runs.length; ) {
      const mask = runs.mask(begin);
      const end = runs.runEnd(begin);
      writeMask(writer, this.#ruleset.wire.maskBytes, mask);
      writer.varint(end - begin);
      for (; begin < end; begin++) this.#writeRecord(runs.row(begin), mask);
    }
  }

  #writeRecord(row: number, mask: number): void {
    this.#writer.u16(row);
    for (let index = 0; index < this.#components.length; index++) {
      const component = this.#components[index] as ComponentShadow;
      if ((mask & component.wireBit) !== 0) component.write(row, this.#writer);
    }
  }

  #writeFull(header: OutHeader, withNews: boolean): Uint8Array {
    const { masks, end } = this.#shadow;
    this.#clear();
    for (let row = 0; row < end; row++) {
      if (masks[row] === 0) continue;
      this.#enters.push(row);
      this.#runs.push(row, masks[row] as number);
    }
    this.#runs.sort();
    this.#writeHeader(header, OUT_FULL);
    this.#writeEntities();
    this.#players.writeAll(this.#writer, withNews);
    this.#players.writeAllAcks(this.#writer);
    if (withNews) this.#events.write(this.#writer);
    else this.#writer.varint(0);
    return this.#writer.finish();
  }
}

function componentsOf(ruleset: AnyRuleset, state: EncoderState): ComponentShadow[] {
  const { wire, definition } = ruleset;
  return wire.components.map((component) => {
    const columns = state.columns[component.name];
    assert(columns !== undefined, `the state has no component ${component.name}`);
    const epsilon = definition.components[component.name]?.show?.motion?.epsilon ?? 0;
    const stateBit = state.bit(component.name);
    const { tickHz, viewEvery } = wire;
    return new ComponentShadow({ component, columns, stateBit, epsilon, tickHz, viewEvery });
  });
}
