import { assert } from '@overworld/kernel';
import {
  type AnyRuleset,
  InputFault,
  type InputOperation,
  type Operation,
  type RuntimeFaults,
  ZoneRuntime,
} from '@overworld/ruleset';
import type { Observe } from './observation.ts';
import { decodeRecord } from './record.ts';

/** An input kind that no ruleset has: the runtime counts the sequence as executed and does nothing else. */
export const SKIPPED_INPUT = 0xff;
const NO_BYTES = new Uint8Array(0);

/** After so many quarantined operations in one tick, all its other inputs are left out, too. */
const MOST_QUARANTINED = 4;
/** How often a tick is tried again when no operation is to blame. */
const MOST_RESTARTS = 3;
const MOST_ATTEMPTS = 24;

export interface Quarantined {
  readonly operation: Operation;
  readonly times: number;
  readonly message: string;
}

export type StepResult =
  | {
      readonly kind: 'stepped';
      /** What was executed: the operations given, without those that throw. */
      readonly operations: readonly Operation[];
      readonly quarantined: readonly Quarantined[];
      /** The runtime is another one than before. */
      readonly isRebuilt: boolean;
    }
  | { readonly kind: 'failed'; readonly message: string };

export interface StepperOptions {
  readonly ruleset: AnyRuleset;
  readonly zone: string;
  readonly faults: RuntimeFaults;
  readonly observe: Observe;
}

/**
 * What a tick executed. As a record it is one array of some twenty bytes for an input; as objects it is ten times as much,
 * which would live for as long as a checkpoint: too long for a young generation, and thousands of inputs a second would fill
 * the old one.
 */
type Executed =
  | { readonly tick: number; readonly operations: readonly Operation[] }
  | { readonly tick: number; readonly record: Uint8Array };

function operationsOf(executed: Executed): readonly Operation[] {
  if ('operations' in executed) return executed.operations;
  const record = decodeRecord(executed.record);
  assert(record?.kind === 'tick', 'what was recorded of a tick can be read again');
  return record.operations;
}

function messageOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 300);
}

/**
 * Steps a runtime and survives a ruleset that throws. A throw leaves the state half changed, so it is rebuilt from the
 * last checkpoint and the operations since; the tick is then tried again. An operation that throws twice is left out of
 * the tick for ever: it never enters the journal, and is reported.
 */
export class Stepper {
  readonly #options: StepperOptions;
  #runtime: ZoneRuntime;
  #base: Uint8Array;
  #baseTick: number;
  #since: Executed[] = [];

  constructor(options: StepperOptions, runtime: ZoneRuntime) {
    this.#options = options;
    this.#runtime = runtime;
    this.#base = runtime.snapshot();
    this.#baseTick = runtime.state.tick;
  }

  get runtime(): ZoneRuntime {
    return this.#runtime;
  }

  /** Ticks that a rebuild would have to step again. */
  get ticksSinceCheckpoint(): number {
    return this.#runtime.state.tick - this.#baseTick;
  }

  /** Makes the state as it is now what a rebuild starts from, and returns it. */
  checkpoint(): Uint8Array {
    this.#base = this.#runtime.snapshot();
    this.#baseTick = this.#runtime.state.tick;
    this.#since = [];
    return this.#base;
  }

  step(tick: number, operations: readonly Operation[]): StepResult {
    try {
      this.#runtime.step(tick, operations);
      if (operations.length > 0) this.#since.push({ tick, operations });
      return { kind: 'stepped', operations, quarantined: [], isRebuilt: false };
    } catch (cause) {
      return this.#tryAgain(tick, operations, cause);
    }
  }

  /** The record of the tick that was stepped last: kept in place of its operations. Not to be changed any more. */
  recorded(record: Uint8Array): void {
    const last = this.#since.length - 1;
    const { tick } = this.#runtime.state;
    if (this.#since[last]?.tick === tick) this.#since[last] = { tick, record };
  }

  #tryAgain(tick: number, given: readonly Operation[], first: unknown): StepResult {
    const trial = new Trial(given);
    let cause = first;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      if (!trial.judge(cause)) break;
      this.#options.observe({ kind: 'restarted', tick, message: messageOf(cause) });
      const again = this.#attempt(tick, trial.operations);
      if (again === undefined) {
        return {
          kind: 'stepped',
          operations: trial.operations,
          quarantined: trial.quarantined,
          isRebuilt: true,
        };
      }
      cause = again.cause;
    }
    return { kind: 'failed', message: messageOf(cause) };
  }

  #attempt(tick: number, operations: readonly Operation[]): { readonly cause: unknown } | undefined {
    try {
      this.#rebuild(tick - 1);
      this.#runtime.step(tick, operations);
      if (operations.length > 0) this.#since.push({ tick, operations });
      return undefined;
    } catch (cause) {
      return { cause };
    }
  }

  #rebuild(untilTick: number): void {
    const { ruleset, zone, faults } = this.#options;
    const runtime = ZoneRuntime.restore(ruleset, { zoneId: zone, faults }, this.#base);
    if (!(runtime instanceof ZoneRuntime))
      throw new Error(`the checkpoint cannot be restored: ${runtime.detail}`);
    let next = 0;
    for (let tick = this.#baseTick + 1; tick <= untilTick; tick += 1) {
      const entry = this.#since[next];
      if (entry?.tick === tick) next += 1;
      runtime.step(tick, entry?.tick === tick ? operationsOf(entry) : []);
    }
    this.#runtime = runtime;
  }
}

/** Finds out which operations of a tick to leave out, throw by throw. */
class Trial {
  operations: readonly Operation[];
  readonly quarantined: Quarantined[] = [];
  readonly #skips = new Set<Operation>();
  #suspect: Operation | undefined;
  #blameless = 0;

  constructor(operations: readonly Operation[]) {
    this.operations = operations;
  }

  /** Takes one throw in; false when there is nothing left to try. */
  judge(cause: unknown): boolean {
    const culprit = cause instanceof InputFault ? this.operations[cause.operation] : undefined;
    if (culprit === undefined) {
      this.#blameless += 1;
      if (this.#blameless === 2) this.#leaveOut(this.#inputs(), cause);
      return this.#blameless <= MOST_RESTARTS;
    }
    const isSecond = culprit === this.#suspect;
    this.#suspect = isSecond ? undefined : culprit;
    if (isSecond)
      this.#leaveOut(this.quarantined.length < MOST_QUARANTINED ? [culprit] : this.#inputs(), cause);
    return true;
  }

  #inputs(): readonly Operation[] {
    return this.operations.filter((operation) => operation.kind === 'input' && !this.#skips.has(operation));
  }

  /** A player's input is replaced by one that only counts as executed: else the client would send it for ever. */
  #leaveOut(culprits: readonly Operation[], cause: unknown): void {
    const kept: Operation[] = [];
    for (const operation of this.operations) {
      if (!culprits.includes(operation)) kept.push(operation);
      else if (operation.kind === 'input' && operation.source === 'player') kept.push(this.#skip(operation));
    }
    for (const operation of culprits)
      this.quarantined.push({ operation, times: 2, message: messageOf(cause) });
    this.operations = kept;
  }

  #skip(operation: InputOperation): Operation {
    const empty = { ...operation, input: SKIPPED_INPUT, value: NO_BYTES };
    this.#skips.add(empty);
    return empty;
  }
}
