import {
  InputFault,
  type AnyRuleset,
  type Operation,
  type RuntimeFaults,
  ZoneRuntime,
} from '@overworld/ruleset';
import {
  decodeRecord,
  differingParts,
  type FenceRecord,
  isQuarantine,
  type RecordedHash,
  type TickRecord,
  type ZoneRecord,
} from './record.ts';
import type { ZoneBirthCertificate } from './spec.ts';
import type { ZoneSnapshot } from './snapshot.ts';

/** A place where the replayed state is not the recorded one. */
export interface Mismatch {
  readonly tick: number;
  readonly sequence: number;
  readonly recorded: string;
  readonly replayed: string;
  /** The columns and tables that differ, when the record names them. */
  readonly parts: readonly string[];
}

export interface Violation {
  readonly sequence: number;
  readonly detail: string;
}

export interface ReplayHooks {
  /** Called after every stepped tick, with the runtime at that tick. */
  onTick?(tick: number, runtime: ZoneRuntime): void;
  /** Called for every recorded hash. */
  onHash?(tick: number, recorded: string, replayed: string): void;
  onRecord?(record: ZoneRecord, sequence: number): void;
}

export interface ReplayOptions extends ReplayHooks {
  readonly ruleset: AnyRuleset;
  readonly zone: string;
  /** Nothing after this tick is executed. */
  readonly until?: number | undefined;
  /** After so many ticks the caller gets to look up. Default 32. */
  readonly ticksABreath?: number | undefined;
  /** For tests alone. */
  readonly faults?: RuntimeFaults | undefined;
}

/** The name of an operation of the journal: the tick that executes it and its index there. */
export function operationName(tick: number, index: number): string {
  return `${tick}/${index}`;
}

const TICKS_A_BREATH = 32;

/** Thrown by a replay when the ruleset throws on what the journal says. */
export class ReplayFault extends Error {
  override readonly name = 'ReplayFault';
  readonly tick: number;
  readonly operation: Operation | undefined;
  readonly index: number;

  constructor(tick: number, operation: Operation | undefined, index: number, cause: unknown) {
    super(`tick ${tick}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.tick = tick;
    this.operation = operation;
    this.index = index;
  }
}

/**
 * A zone's state as a function of its journal. Recovery, `simulate`, verification and the rebuild after a fault all run
 * this one class. Records are applied in journal order; ticks without a record are stepped without operations.
 */
export class Replay {
  readonly #options: ReplayOptions;
  /** Operations that are left out, by `operationName`. */
  readonly quarantined: Set<string>;
  readonly mismatches: Mismatch[] = [];
  readonly violations: Violation[] = [];
  #runtime: ZoneRuntime | undefined;
  birth: ZoneBirthCertificate | undefined;
  epoch = 0;
  owner = '';
  codeHash = '';
  /** Of the ownership before the last one; empty when there was none. */
  previousCodeHash = '';
  /** Of the last applied record. */
  sequence = 0;
  recordTick = 0;
  wallMs = 0;
  /** The last record closed the zone in an orderly way. */
  closed = false;
  /** The first record that is none; what it did is missing from the state. */
  unreadable: number | undefined;
  records = 0;
  steppedTicks = 0;
  jumpedTicks = 0;
  #sinceBreath = 0;

  constructor(options: ReplayOptions, quarantined: Set<string> = new Set()) {
    this.#options = options;
    this.quarantined = quarantined;
  }

  /** Undefined before the first fence or snapshot. */
  get runtime(): ZoneRuntime | undefined {
    return this.#runtime;
  }

  get tick(): number {
    return this.#runtime?.state.tick ?? 0;
  }

  /** Starts from a snapshot; returns why not, or undefined. */
  restore(snapshot: ZoneSnapshot): { readonly refused: string; readonly detail: string } | undefined {
    const { ruleset, zone, faults } = this.#options;
    const runtime = ZoneRuntime.restore(ruleset, { zoneId: zone, faults }, snapshot.state);
    if (!(runtime instanceof ZoneRuntime)) return runtime;
    const hash = runtime.hash();
    if (hash !== snapshot.hash || runtime.state.tick !== snapshot.tick) {
      return { refused: 'bad-snapshot', detail: `the restored state has hash ${hash}, not ${snapshot.hash}` };
    }
    this.#runtime = runtime;
    this.birth = snapshot.birth;
    this.epoch = snapshot.epoch;
    this.codeHash = snapshot.codeHash;
    this.sequence = snapshot.sequence;
    this.recordTick = snapshot.tick;
    this.wallMs = snapshot.wallMs;
    return undefined;
  }

  /**
   * Applies one record of the journal; yields now and then so that a long one can be spread. Throws `ReplayFault` when
   * the ruleset throws: the state is then lost.
   */
  *apply(bytes: Uint8Array, sequence: number): Generator<void, void, void> {
    const record = decodeRecord(bytes);
    if (record === undefined) {
      this.unreadable ??= sequence;
      return this.#violate(sequence, 'the record cannot be read');
    }
    if (this.#runtime === undefined && !this.#create(record)) {
      return this.#violate(sequence, 'the journal does not begin with a fence that carries the spec');
    }
    this.#check(record, sequence);
    this.#options.onRecord?.(record, sequence);
    yield* this.#execute(record, sequence);
    this.sequence = sequence;
    this.epoch = Math.max(this.epoch, record.epoch);
    this.recordTick = record.tick;
    this.wallMs = record.wallMs;
    this.closed = record.kind === 'close';
    this.records += 1;
  }

  /** Steps without operations, as a zone does whose journal says nothing. */
  *stepTo(tick: number): Generator<void, void, void> {
    const end = Math.min(tick, this.#options.until ?? tick);
    while (this.tick < end) {
      this.#step(this.tick + 1, []);
      if (this.#breathes()) yield;
    }
  }

  #create(record: ZoneRecord): boolean {
    if (record.kind !== 'fence' || record.birth === undefined) return false;
    const { spec, idKey } = record.birth;
    const { ruleset, faults } = this.#options;
    const { id: zoneId, zoneNumber, seed, params } = spec;
    this.#runtime = ZoneRuntime.create(ruleset, { zoneId, zoneNumber, seed, params, idKey }, { faults });
    this.birth = record.birth;
    return true;
  }

  #violate(sequence: number, detail: string): void {
    this.violations.push({ sequence, detail });
  }

  /** The invariants that a journal holds when the fence works. A record that breaks one is executed all the same. */
  #check(record: ZoneRecord, sequence: number): void {
    if (record.previous !== this.sequence) {
      this.#violate(sequence, `follows ${record.previous}, but the record before it is ${this.sequence}`);
    }
    if (record.kind === 'fence' ? record.epoch <= this.epoch : record.epoch !== this.epoch) {
      this.#violate(sequence, `epoch ${record.epoch} after epoch ${this.epoch}`);
    }
    const isLate =
      record.kind === 'tick' && this.records > 0
        ? record.tick <= this.recordTick
        : record.tick < this.recordTick;
    if (isLate) this.#violate(sequence, `tick ${record.tick} after tick ${this.recordTick}`);
  }

  *#execute(record: ZoneRecord, sequence: number): Generator<void, void, void> {
    switch (record.kind) {
      case 'fence':
        return yield* this.#fence(record);
      case 'tick':
        return yield* this.#tickRecord(record, sequence);
      case 'close':
        yield* this.stepTo(record.tick);
        return this.#compare(record.tick, sequence, record.hash);
      case 'quarantine':
        return;
    }
  }

  *#fence(record: FenceRecord): Generator<void, void, void> {
    this.owner = record.owner;
    this.previousCodeHash = this.codeHash;
    this.codeHash = record.codeHash;
    const stepUntil = record.fromTick + record.stepTicks;
    yield* this.stepTo(stepUntil);
    const { until } = this.#options;
    if (until !== undefined && record.tick > until) return;
    this.jumpedTicks += Math.max(0, record.tick - this.tick);
    if (record.tick > this.tick) this.#runtime?.jump(record.tick);
  }

  *#tickRecord(record: TickRecord, sequence: number): Generator<void, void, void> {
    let index = 0;
    const { operations } = record;
    while (this.tick < record.tick) {
      const tick = Math.max(this.tick + 1, operations[index]?.tick ?? record.tick);
      yield* this.stepTo(tick - 1);
      const { until } = this.#options;
      if (until !== undefined && tick > until) return;
      const first = index;
      while (index < operations.length && (operations[index] as Operation).tick <= tick) index += 1;
      this.#step(tick, operations.slice(first, index), first);
      if (this.#breathes()) yield;
    }
    if (record.hash) this.#compare(record.tick, sequence, record.hash);
  }

  #step(tick: number, operations: readonly Operation[], firstIndex = 0): void {
    const kept = this.#withoutQuarantined(tick, operations, firstIndex);
    try {
      this.#runtime?.step(tick, kept);
    } catch (cause) {
      const operation = cause instanceof InputFault ? kept[cause.operation] : undefined;
      const index = operation === undefined ? -1 : firstIndex + operations.indexOf(operation);
      throw new ReplayFault(tick, operation, index, cause);
    }
    this.steppedTicks += 1;
    if (this.#runtime) this.#options.onTick?.(tick, this.#runtime);
  }

  #withoutQuarantined(
    tick: number,
    operations: readonly Operation[],
    firstIndex: number,
  ): readonly Operation[] {
    if (this.quarantined.size === 0 || operations.length === 0) return operations;
    return operations.filter((_, index) => !this.quarantined.has(operationName(tick, firstIndex + index)));
  }

  #compare(tick: number, sequence: number, recorded: RecordedHash): void {
    if (this.#runtime === undefined || this.tick !== tick) return;
    const replayed = this.#runtime.hash();
    this.#options.onHash?.(tick, recorded.total, replayed);
    if (replayed === recorded.total) return;
    const parts = differingParts(recorded, this.#runtime.hashes());
    this.mismatches.push({ tick, sequence, recorded: recorded.total, replayed, parts });
  }

  #breathes(): boolean {
    this.#sinceBreath = (this.#sinceBreath + 1) % (this.#options.ticksABreath ?? TICKS_A_BREATH);
    return this.#sinceBreath === 0;
  }
}

/** The operations that the quarantine records among these bytes leave out. */
export function quarantinedIn(records: Iterable<Uint8Array>): Set<string> {
  const names = new Set<string>();
  for (const bytes of records) {
    const record = isQuarantine(bytes) ? decodeRecord(bytes) : undefined;
    if (record?.kind === 'quarantine') names.add(operationName(record.faultTick, record.index));
  }
  return names;
}
