import type { AnyState } from './dynamic.ts';
import { assert } from '@overworld/kernel';
import type { EntityRef } from '@overworld/state';
import { writeComponent } from './character.ts';
import { CORE_EFFECT_COUNT, type AnyRuleset } from './compile.ts';
import type { Components } from './declaration.ts';
import type { Hearers, StepOutput } from './operation.ts';
import type { Outbox } from './outbox.ts';
import type { PlayerTable } from './player-table.ts';
import { SpatialIndex } from './spatial-index.ts';
import type { EventAudience, Player, Players } from './zone.ts';

/** With so many effects that nobody applied, the zone is congested: inputs wait, and rulesets should. */
export const MAX_PENDING_EFFECTS = 4_096;

/** Timer kind 0 is the core's own (a kept seat runs out); the ruleset's follow. */
export const FIRST_TIMER_KIND = 1;

interface Wish {
  readonly row: number;
  readonly toZone: string;
  readonly note: string;
  readonly kick: string;
}

export interface ContextParts {
  readonly ruleset: AnyRuleset;
  readonly zoneId: string;
  readonly state: AnyState;
  readonly table: PlayerTable;
  readonly outbox: Outbox;
  readonly output: StepOutput;
  readonly derived: unknown;
  readonly predicting: boolean;
}

class PlayersOf implements Players {
  readonly #table: PlayerTable;

  constructor(table: PlayerTable) {
    this.#table = table;
  }

  get count(): number {
    return this.#table.count;
  }

  each(visit: (player: Player) => void): void {
    for (let row = this.#table.next(-1); row >= 0; row = this.#table.next(row)) visit(row as Player);
  }

  avatar(player: Player): number {
    return this.#table.avatar(player);
  }

  name(player: Player): string {
    return this.#table.name(player);
  }

  id(player: Player): string {
    return this.#table.id(player);
  }

  isConnected(player: Player): boolean {
    return this.#table.columns.connected[player] === 1;
  }

  find(id: string): Player | undefined {
    const row = this.#table.find(id);
    return row < 0 ? undefined : (row as Player);
  }

  ownerOf(entity: number): Player | undefined {
    const row = this.#table.ownerOf(entity);
    return row < 0 ? undefined : (row as Player);
  }
}

/**
 * The `zone` that a ruleset's functions get. The columns of its components are put beside these members when it is
 * made; `Zone` is its typed face.
 */
export class ZoneContext {
  readonly id: string;
  readonly dt: number;
  readonly record: unknown;
  readonly random: unknown;
  readonly derived: unknown;
  readonly players: Players;
  readonly predicting: boolean;
  /** Handoffs and kicks asked for in this tick; carried out at its end, when no loop stands on the rows. */
  readonly wishes: Wish[] = [];
  readonly #parts: ContextParts;
  readonly #components: Components;
  readonly #index: SpatialIndex | undefined;

  constructor(parts: ContextParts) {
    const { ruleset, state, table, derived, predicting, zoneId } = parts;
    const { interest, components } = ruleset.definition;
    this.id = zoneId;
    this.dt = 1 / ruleset.tickHz;
    this.record = state.record;
    this.random = state.random;
    this.derived = derived;
    this.players = new PlayersOf(table);
    this.predicting = predicting;
    this.#parts = parts;
    this.#components = components;
    this.#index = 'position' in interest ? new SpatialIndex(state, interest.position) : undefined;
    const columns = state.columns as { readonly [name: string]: unknown };
    for (const name of Object.keys(components)) Object.defineProperty(this, name, { value: columns[name] });
  }

  get tick(): number {
    return this.#parts.state.tick;
  }

  get congested(): boolean {
    return this.#parts.outbox.effects.length >= MAX_PENDING_EFFECTS;
  }

  spawn(values: { readonly [component: string]: { readonly [field: string]: unknown } }): number {
    const { state, predicting } = this.#parts;
    if (predicting) return -1;
    const entity = state.spawn();
    if (entity < 0) return -1;
    for (const name of Object.keys(values)) {
      writeComponent(state, this.#components, entity, name, values[name] ?? {});
    }
    return entity;
  }

  destroy(entity: number): void {
    const { state, table, predicting } = this.#parts;
    if (predicting || !state.alive(entity)) return;
    assert(!table.isPlayer(entity), 'a player is made to leave by kick, not by destroy');
    state.destroy(entity);
  }

  add(entity: number, component: string, values: { readonly [field: string]: unknown } = {}): void {
    writeComponent(this.#parts.state, this.#components, entity, component, values);
  }

  drop(entity: number, component: string): void {
    this.#parts.state.remove(entity, component);
  }

  has(entity: number, component: string): boolean {
    return this.#parts.state.has(entity, component);
  }

  alive(entity: number): boolean {
    return this.#parts.state.alive(entity);
  }

  each(components: string | readonly string[], visit: (entity: number) => void): void {
    const { state } = this.#parts;
    let mask = 0;
    if (typeof components === 'string') mask = state.bit(components);
    else for (const name of components) mask |= state.bit(name);
    for (let row = state.next(mask, -1); row >= 0; row = state.next(mask, row)) visit(row);
  }

  near(x: number, y: number, radius: number, visit: (entity: number) => void): void {
    assert(this.#index !== undefined, 'near() needs interest.position in the ruleset');
    this.#index.near(x, y, radius, visit);
  }

  own(entity: number, player: Player): void {
    this.#parts.table.own(entity, player);
  }

  ref(entity: number): EntityRef {
    return this.#parts.state.ref(entity);
  }

  resolve(ref: EntityRef): number {
    return this.#parts.state.resolve(ref);
  }

  stableId(entity: number): string {
    return this.#parts.state.stableId(entity);
  }

  after(ticks: number, name: string, entity = -1, argument = 0): number {
    const { state, ruleset } = this.#parts;
    const kind = (ruleset.definition.timers ?? []).indexOf(name);
    assert(kind >= 0, `no timer is called ${name}`);
    assert(Number.isInteger(ticks) && ticks >= 1, `after(${ticks}): at least one whole tick`);
    const ref = entity < 0 ? 0 : state.ref(entity);
    return state.timers.set(FIRST_TIMER_KIND + kind, state.tick + ticks, ref, argument);
  }

  cancel(timer: number): boolean {
    return this.#parts.state.timers.cancel(timer);
  }

  emit(name: string, value: unknown, to?: EventAudience): void {
    const { ruleset, output, predicting } = this.#parts;
    if (predicting) return;
    const event = ruleset.events.find((candidate) => candidate.name === name);
    assert(event !== undefined, `no event is called ${name}`);
    const bytes = event.codec.encode(value);
    assert(bytes !== undefined, `event ${name}: the value does not fit its schema`);
    const hearers: Hearers = to ?? 'all';
    output.events.push({ kind: event.kind, bytes, to: hearers });
  }

  effect(name: string, value: unknown, player?: Player): void {
    const { ruleset, predicting } = this.#parts;
    if (predicting) return;
    const effect = ruleset.effects.find((candidate) => candidate.name === name);
    assert(effect !== undefined && effect.kind >= CORE_EFFECT_COUNT, `no effect is called ${name}`);
    this.coreEffect(effect.kind, value, player ?? -1);
  }

  /** An effect by its number, the core's own included. */
  coreEffect(kind: number, value: unknown, row: number): void {
    const { ruleset, outbox, output, table, state } = this.#parts;
    const effect = ruleset.effects[kind];
    const bytes = effect?.codec.encode(value);
    assert(bytes !== undefined, `effect ${effect?.name}: the value does not fit its schema`);
    const id = row < 0 ? '' : table.id(row);
    output.effects.push(outbox.addEffect(kind, id, state.tick, bytes));
  }

  handoff(player: Player, toZone: string, note = ''): void {
    if (this.#parts.predicting || toZone === this.id) return;
    if (this.wishes.some((wish) => wish.row === player)) return;
    this.wishes.push({ row: player, toZone, note, kick: '' });
  }

  kick(player: Player, reason: string): void {
    if (this.#parts.predicting || this.wishes.some((wish) => wish.row === player)) return;
    this.wishes.push({ row: player, toZone: '', note: '', kick: reason });
  }
}
