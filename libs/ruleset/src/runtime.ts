import { type AnyState, type AnyZone, columnsOf, type DynamicColumns } from './dynamic.ts';
import { ByteReader, ByteWriter } from '@overworld/kernel';
import { State } from '@overworld/state';
import { decodeCharacter, giveBack, isHeldSeat, readKept } from './character.ts';
import { type AnyRuleset, SAVE_CHARACTER } from './compile.ts';
import { FIRST_TIMER_KIND, ZoneContext } from './context.ts';
import { Departures } from './departures.ts';
import { type Crossing, decodeCrossing, encodeCrossing } from './crossing.ts';
import {
  clearStepOutput,
  createStepOutput,
  type HandoffDoneOperation,
  type HandoffInOperation,
  type HandoffResult,
  InputFault,
  type InputOperation,
  type DropOperation,
  type JoinOperation,
  type Operation,
  type PendingEffect,
  type PendingHandoff,
  type StepOutput,
} from './operation.ts';
import { Outbox } from './outbox.ts';
import { PlayerTable } from './player-table.ts';
import type { Player } from './zone.ts';

const SEAT_KEPT_SECONDS = 60;
const SEAT_TIMER = 0;
const PARAMS = '$params';
const SPARE_ROWS = 16;
/** A prediction holds a player and the avatar. */
const PREDICTED_ROWS = 2;
const MAX_PARAMS_BYTES = 65_536;

export interface ZoneBirth {
  readonly zoneId: string;
  /** Unique among all zones of a world, for ever: entity ids are made from it. */
  readonly zoneNumber: number;
  readonly seed: string;
  readonly params: unknown;
  /** Secret of the installation; entity ids cannot be counted without it. */
  readonly idKey: readonly [number, number];
}

/** Switches that break a guarantee on purpose, so that a test can prove that its checker sees it. */
export interface RuntimeFaults {
  readonly noInputDedupe?: boolean;
  readonly noAppliedSet?: boolean;
  /** Lets a join in that rests on what was true before its player left. */
  readonly noEntityEpoch?: boolean;
}

export interface RuntimeOptions {
  readonly zoneId: string;
  readonly predicting?: boolean;
  /** For tests alone. */
  readonly faults?: RuntimeFaults;
}

/** The most rows a zone can have. */
function rowsOf({ definition: { capacity } }: AnyRuleset): number {
  return capacity.players * 2 + capacity.entities + SPARE_ROWS;
}

function textBytes(text: string): Uint8Array {
  const writer = new ByteWriter();
  writer.text(text);
  return writer.finish();
}

/**
 * A ruleset bound to a state: a deterministic function of the operations it is given. The live zone, its recovery, a
 * replay and a client's prediction all run this one class.
 */
export class ZoneRuntime {
  readonly ruleset: AnyRuleset;
  readonly state: AnyState;
  readonly table: PlayerTable;
  readonly params: unknown;
  readonly context: ZoneContext;
  /** What the last step gives to the outside. Reused by the next step. */
  readonly output: StepOutput = createStepOutput();
  readonly #outbox: Outbox;
  readonly #departures: Departures;
  readonly #faults: RuntimeFaults;

  private constructor(ruleset: AnyRuleset, state: AnyState, params: unknown, options: RuntimeOptions) {
    this.ruleset = ruleset;
    this.state = state;
    this.params = params;
    this.table = new PlayerTable(state);
    this.#outbox = new Outbox(state);
    this.#departures = new Departures(state, ruleset.tickHz);
    this.#faults = options.faults ?? {};
    this.context = new ZoneContext({
      ruleset,
      zoneId: options.zoneId,
      state,
      table: this.table,
      outbox: this.#outbox,
      output: this.output,
      derived: ruleset.definition.derive?.(params),
      predicting: options.predicting ?? false,
    });
  }

  /** The columns by name, for code that does not know the ruleset's types. */
  get columns(): DynamicColumns {
    return columnsOf(this.state);
  }

  /** A new zone at tick 0, filled by the ruleset's `create` (unless it is for prediction). */
  static create(
    ruleset: AnyRuleset,
    birth: ZoneBirth,
    options: Omit<RuntimeOptions, 'zoneId'> = {},
  ): ZoneRuntime {
    const state = State.create(ruleset.stateSchema, {
      capacity: options.predicting ? PREDICTED_ROWS : rowsOf(ruleset),
      seed: birth.seed,
      zoneNumber: birth.zoneNumber,
      idKey: birth.idKey,
    }) as AnyState;
    const params = birth.params ?? null;
    state.side.set(PARAMS, textBytes(JSON.stringify(params)));
    const runtime = new ZoneRuntime(ruleset, state, params, { ...options, zoneId: birth.zoneId });
    if (!options.predicting) ruleset.definition.create?.(runtime.context as unknown as AnyZone, params);
    return runtime;
  }

  /** The zone that a snapshot was taken of. Its capacity is the ruleset's, be it another than when it was taken. */
  static restore(
    ruleset: AnyRuleset,
    options: RuntimeOptions,
    snapshot: Uint8Array,
  ): ZoneRuntime | { readonly refused: string; readonly detail: string } {
    const state = State.restore(ruleset.stateSchema, snapshot, { capacity: rowsOf(ruleset) });
    if (!(state instanceof State)) return state;
    const reader = new ByteReader();
    reader.reset(state.side.get(PARAMS) ?? new Uint8Array(0));
    const text = reader.text(MAX_PARAMS_BYTES);
    if (reader.failed) return { refused: 'bad-snapshot', detail: 'the snapshot holds no parameters' };
    return new ZoneRuntime(ruleset, state as AnyState, JSON.parse(text), options);
  }

  /**
   * Executes one tick: the operations in the given order, the timers that are due, then the ruleset's `tick`. Throws
   * `InputFault` when an operation's handler threw, and whatever `tick` or a timer throws; the state is then half
   * changed and has to be restored.
   */
  step(tick: number, operations: readonly Operation[]): void {
    clearStepOutput(this.output);
    this.state.tick = tick;
    for (let index = 0; index < operations.length; index++)
      this.#apply(operations[index] as Operation, index);
    this.#runTimers(tick);
    this.ruleset.definition.tick?.(this.context as unknown as AnyZone);
    this.#fulfilWishes();
  }

  /** Moves the zone's time on without running it. */
  jump(tick: number): void {
    this.state.tick = tick;
  }

  pendingEffects(): readonly PendingEffect[] {
    return this.#outbox.effects;
  }

  /** Effects that were asked for and are not settled yet. */
  get pendingEffectCount(): number {
    return this.#outbox.effects.length;
  }

  pendingHandoffs(): PendingHandoff[] {
    return this.#outbox.handoffs();
  }

  /** The lowest outgoing handoff that is not done with. */
  handoffLowWater(): number {
    return this.#outbox.lowWater();
  }

  /** The name and the decoded value of an effect; value undefined when the bytes are none. */
  describeEffect(effect: PendingEffect): { readonly name: string; readonly value: unknown } {
    const compiled = this.ruleset.effects[effect.kind];
    const decoded = compiled?.codec.decode(effect.bytes);
    return { name: compiled?.name ?? '', value: decoded?.ok ? decoded.value : undefined };
  }

  snapshot(): Uint8Array {
    return this.state.snapshot();
  }

  hash(): string {
    return this.state.hash();
  }

  /** Sub-hashes by part (`body.x`, `record`, …): two states that differ, differ in a named part. */
  hashes(): { readonly [part: string]: string } {
    return this.state.hashes();
  }

  #apply(operation: Operation, index: number): void {
    try {
      this.#dispatch(operation);
    } catch (cause) {
      throw new InputFault(index, cause);
    }
  }

  #dispatch(operation: Operation): void {
    switch (operation.kind) {
      case 'join':
        this.#join(operation);
        break;
      case 'drop':
        this.#dropFrom(operation);
        break;
      case 'leave':
        this.#leave(this.table.find(operation.player), operation.reason);
        break;
      case 'input':
        this.#input(operation);
        break;
      case 'handoff-in':
        this.#arrive(operation);
        break;
      case 'handoff-done':
        this.#settleHandoff(operation);
        break;
      case 'effects-settled':
        this.#outbox.settleEffects(operation.upTo);
        break;
      case 'gateway-lost':
        this.#dropGateway(operation.gateway);
        break;
    }
  }

  #join(operation: JoinOperation): void {
    const { player, name, gateway } = operation;
    const present = this.table.find(player);
    if (present >= 0) {
      this.#reconnect(present, gateway);
      return;
    }
    const admission = this.#isElsewhere(operation) ? 'busy' : this.#admission(player, name);
    const row = admission === 'ok' ? this.#seat(operation) : -1;
    if (row >= 0) this.#present(row);
    else
      this.output.players.push({
        kind: 'refused',
        player,
        reason: admission === 'ok' ? 'zone-full' : admission,
      });
  }

  /** On the way to another zone, or there already: the join rests on what was true some time ago. */
  #isElsewhere({ player, character }: JoinOperation): boolean {
    if (this.#outbox.isCrossing(player) || isHeldSeat(character)) return true;
    return (
      !this.#faults.noEntityEpoch && this.#departures.isStale(player, decodeCharacter(character).entityEpoch)
    );
  }

  /** A row and an avatar for a new player, with what the character kept; -1 when there is no room. */
  #seat({ player, name, gateway, character }: JoinOperation): number {
    const row = this.table.add(player, name, gateway);
    if (row < 0) return -1;
    const avatar = this.ruleset.definition.join(this.context as unknown as AnyZone, row as Player);
    if (avatar < 0) {
      this.table.remove(row);
      return -1;
    }
    const { entityEpoch, kept } = decodeCharacter(character);
    this.table.setAvatar(row, avatar);
    giveBack(this.state, this.ruleset.definition.components, avatar, kept);
    this.state.entityEpochs[avatar] = entityEpoch + 1;
    this.#saveCharacter(row, false);
    return row;
  }

  #admission(id: string, name: string): string {
    if (this.table.count >= this.ruleset.definition.capacity.players) return 'zone-full';
    return this.ruleset.definition.admit?.(this.context as unknown as AnyZone, { id, name }) ?? 'ok';
  }

  #present(row: number): void {
    const { table } = this;
    const [player, avatar, name, gateway] = [
      table.id(row),
      table.avatar(row),
      table.name(row),
      table.gateway(row),
    ];
    this.output.players.push({ kind: 'present', player, row, avatar, name, gateway });
  }

  #reconnect(row: number, gateway: string): void {
    const { columns } = this.table;
    this.#cancelSeatTimer(row);
    columns.connected[row] = 1;
    columns.gateway.set(row, gateway);
    this.#present(row);
  }

  #dropFrom({ player, gateway }: DropOperation): void {
    const row = this.table.find(player);
    const isElsewhere = row >= 0 && gateway !== undefined && this.table.gateway(row) !== gateway;
    if (!isElsewhere) this.#drop(row);
  }

  #drop(row: number): void {
    if (row < 0 || this.table.columns.connected[row] === 0) return;
    const due = this.state.tick + SEAT_KEPT_SECONDS * this.ruleset.tickHz;
    this.table.columns.connected[row] = 0;
    const isSet = this.state.timers.set(SEAT_TIMER, due, this.state.ref(row), 0) !== 0;
    this.table.columns.seatTimer[row] = isSet ? due : 0;
    this.output.players.push({ kind: 'dropped', player: this.table.id(row), row });
  }

  #dropGateway(gateway: string): void {
    for (let row = this.table.next(-1); row >= 0; row = this.table.next(row)) {
      if (this.table.gateway(row) === gateway) this.#drop(row);
    }
  }

  /** Takes a player out of the zone: saves what the character keeps, then removes avatar and row. */
  #leave(row: number, reason: string): void {
    if (row < 0) return;
    this.ruleset.definition.leave?.(this.context as unknown as AnyZone, row as Player);
    this.#saveCharacter(row, true);
    this.output.players.push({ kind: 'left', player: this.table.id(row), row, reason });
    this.#remove(row);
  }

  #remove(row: number): void {
    const avatar = this.table.avatar(row);
    this.#cancelSeatTimer(row);
    if (avatar >= 0) this.state.destroy(avatar);
    this.table.remove(row);
  }

  /** The column holds the tick at which the seat ends, not the timer's id: ids depend on history, and the column is hashed. */
  #cancelSeatTimer(row: number): void {
    const { columns } = this.table;
    if (columns.seatTimer[row] !== 0) this.state.timers.cancelOf(SEAT_TIMER, this.state.ref(row));
    columns.seatTimer[row] = 0;
  }

  #saveCharacter(row: number, left: boolean): void {
    const avatar = this.table.avatar(row);
    if (avatar < 0) return;
    const entityEpoch = (this.state.entityEpochs[avatar] as number) + (left ? 1 : 0);
    const kept = readKept(this.state, this.ruleset.definition.components, avatar);
    if (left) this.#departures.add(this.table.id(row), entityEpoch);
    const value = { name: this.table.name(row), zone: this.context.id, entityEpoch, left, kept };
    this.context.coreEffect(SAVE_CHARACTER, value, row);
  }

  #input(operation: InputOperation): void {
    const row = this.table.find(operation.player);
    if (row < 0) return;
    if (operation.source === 'player' && !this.#isNew(row, operation.sequence)) return;
    const input = this.ruleset.inputs[operation.input];
    const decoded = input?.codec.decode(operation.value);
    if (input === undefined || !decoded?.ok) return;
    this.ruleset.definition.input[input.name]?.(
      this.context as unknown as AnyZone,
      row as Player,
      decoded.value as never,
    );
  }

  #isNew(row: number, sequence: number): boolean {
    const sequences = this.table.columns.sequence;
    if (sequence <= sequences[row] && !this.#faults.noInputDedupe) return false;
    sequences[row] = sequence;
    this.output.acknowledged.push(row);
    return true;
  }

  #arrive(operation: HandoffInOperation): void {
    const { from, handoff, lowWater, bytes } = operation;
    this.#outbox.forgetApplied(from, Math.min(lowWater, handoff));
    // Sent by an owner that was replaced, or late: the zone that it comes from has settled it long ago.
    if (handoff < this.#outbox.doneBelow(from) && !this.#faults.noAppliedSet) return;
    const known = this.#faults.noAppliedSet ? undefined : this.#outbox.applied(from, handoff);
    const result = known ?? this.#admitCrossing(from, handoff, decodeCrossing(bytes));
    if (known === undefined) this.#outbox.markApplied(result);
    this.output.handoffResults.push(result);
  }

  #admitCrossing(from: string, handoff: number, crossing: Crossing | undefined): HandoffResult {
    const refused = (reason: string): HandoffResult => ({ from, handoff, accepted: false, reason });
    if (crossing === undefined) return refused('bad-handoff');
    const admission = this.#admission(crossing.player, crossing.name);
    if (admission !== 'ok') return refused(admission);
    if (this.table.find(crossing.player) >= 0 && !this.#faults.noAppliedSet) return refused('already-here');
    const row = this.#enter(crossing);
    if (row < 0) return refused('zone-full');
    this.ruleset.definition.arrive?.(this.context as unknown as AnyZone, row as Player, from, crossing.note);
    this.#saveCharacter(row, false);
    return { from, handoff, accepted: true, reason: '' };
  }

  /** Puts a crossing player into this zone's rows; -1 when there is no room or the avatar cannot be read. */
  #enter(crossing: Crossing): number {
    const row = this.table.add(crossing.player, crossing.name, crossing.gateway);
    if (row < 0) return -1;
    const avatar = crossing.avatar.length === 0 ? -1 : this.state.importEntity(crossing.avatar);
    if (typeof avatar !== 'number' || (avatar < 0 && crossing.avatar.length > 0)) {
      this.table.remove(row);
      return -1;
    }
    this.table.setAvatar(row, avatar);
    this.table.columns.sequence[row] = crossing.sequence;
    this.#present(row);
    if (!crossing.connected) this.#drop(row);
    return row;
  }

  #settleHandoff(operation: HandoffDoneOperation): void {
    const pending = this.#outbox.handoff(operation.handoff);
    if (pending === undefined) return;
    const crossing = operation.accepted ? undefined : decodeCrossing(pending.bytes);
    const row = crossing === undefined ? -1 : this.#enter(crossing);
    // Without room for who comes back the handoff stays pending: it is sent, and answered, again.
    if (crossing !== undefined && row < 0) return;
    this.#outbox.removeHandoff(operation.handoff);
    if (row < 0) return;
    this.ruleset.definition.arrive?.(
      this.context as unknown as AnyZone,
      row as Player,
      this.context.id,
      operation.reason,
    );
  }

  #runTimers(tick: number): void {
    const { timers } = this.state;
    while (timers.popDue(tick)) {
      const { kind, ref, argument } = timers.due;
      const entity = ref === 0 ? -1 : this.state.resolve(ref);
      if (ref !== 0 && entity < 0) continue;
      if (kind === SEAT_TIMER) this.#expireSeat(entity);
      else this.#fire(kind - FIRST_TIMER_KIND, entity, argument);
    }
  }

  #expireSeat(row: number): void {
    if (row < 0) return;
    this.table.columns.seatTimer[row] = 0;
    this.#leave(row, 'timeout');
  }

  #fire(index: number, entity: number, argument: number): void {
    const name = this.ruleset.definition.timers?.[index];
    if (name !== undefined)
      this.ruleset.definition.timer?.[name]?.(this.context as unknown as AnyZone, entity, argument);
  }

  #fulfilWishes(): void {
    const { wishes } = this.context;
    for (const wish of wishes) {
      if (!this.table.isPlayer(wish.row)) continue;
      if (wish.kick !== '') this.#leave(wish.row, wish.kick);
      else this.#sendAway(wish.row, wish.toZone, wish.note);
    }
    wishes.length = 0;
  }

  #sendAway(row: number, toZone: string, note: string): void {
    const { state, table } = this;
    const avatar = table.avatar(row);
    if (avatar >= 0) state.entityEpochs[avatar] = (state.entityEpochs[avatar] as number) + 1;
    const player = table.id(row);
    // The next zone saves the character with this epoch: only one that has left from there comes back by a join.
    if (avatar >= 0) this.#departures.add(player, (state.entityEpochs[avatar] as number) + 1);
    const bytes = encodeCrossing(state, table, row, note);
    this.output.handoffs.push(this.#outbox.addHandoff(toZone, player, bytes));
    this.output.players.push({ kind: 'moved', player, row, toZone });
    this.#remove(row);
  }
}
