import { type JournalRecord, pause } from '@overworld/ports';
import type { Operation, PlayerChange, ZoneRuntime } from '@overworld/ruleset';
import { Replay } from './replay.ts';
import type { ZoneSnapshot } from './snapshot.ts';
import { Refused, type TakeoverParts } from './source.ts';
import type { ZoneBirthCertificate } from './spec.ts';

/** Players' comings and goings of the last replayed seconds are told again: their gateways may have missed them. */
const CARRIED_SECONDS = 10;
const CARRIED_CHANGES = 256;
const BREATHS_IN_A_HURRY = 16;

/** An operation that threw while it was replayed. */
export interface ReplayedFault {
  readonly tick: number;
  readonly index: number;
  readonly operation: Operation;
  readonly message: string;
}

/** What a takeover gives: the zone's state behind the own fence. */
export interface Takeover {
  readonly runtime: ZoneRuntime;
  readonly birth: ZoneBirthCertificate;
  readonly epoch: number;
  /** Of the own fence. */
  readonly sequence: number;
  /** It goes on from what was prepared while the old owner still ran. */
  readonly isPrepared: boolean;
  readonly records: number;
  readonly steppedTicks: number;
  readonly jumpedTicks: number;
  readonly faults: readonly ReplayedFault[];
  readonly carried: readonly PlayerChange[];
}

export interface RebuildOptions {
  readonly snapshot: ZoneSnapshot | undefined;
  /** Operations that are left out. */
  readonly quarantined?: Set<string>;
  /** Nobody waits for it: others get their turn after so many ticks, until it is hurried. */
  readonly ticksABreath?: number;
}

/** The state of a zone, rebuilt record by record, with what a new owner has to tell of it. */
export class Rebuild {
  readonly replay: Replay;
  readonly #parts: TakeoverParts;
  #isHurried = false;
  readonly #carried: { readonly tick: number; readonly change: PlayerChange }[] = [];

  constructor(parts: TakeoverParts, { snapshot, quarantined, ticksABreath }: RebuildOptions) {
    const { ruleset, spec, options } = parts;
    this.#parts = parts;
    const onTick = (tick: number, runtime: ZoneRuntime): void => this.#carry(tick, runtime.output.players);
    const { faults } = options;
    this.replay = new Replay({ ruleset, zone: spec.id, faults, ticksABreath, onTick }, quarantined);
    if (snapshot !== undefined) this.replay.restore(snapshot);
  }

  /** From now on players wait for it. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Throws `ReplayFault` when the ruleset throws: the state is then lost. */
  async apply({ bytes, sequence }: JournalRecord): Promise<void> {
    let breaths = 0;
    for (const _ of this.replay.apply(bytes, sequence)) {
      breaths += 1;
      if (!this.#isHurried || breaths % BREATHS_IN_A_HURRY === 0) await pause(this.#parts.ports.clock, 0);
    }
  }

  /** `sequence` is that of the own fence, which was applied last. */
  result(sequence: number, faults: readonly ReplayedFault[], isPrepared = false): Takeover {
    const { replay } = this;
    const { runtime, birth } = replay;
    if (replay.unreadable !== undefined)
      throw new Refused('bad-journal', `record ${replay.unreadable} cannot be read`);
    if (runtime === undefined || birth === undefined)
      throw new Refused('bad-journal', replay.violations[0]?.detail ?? 'the journal holds no fence');
    this.#report();
    const { records, steppedTicks, jumpedTicks } = replay;
    const epoch = replay.epoch + (this.#parts.options.faults.noFence ? 1 : 0);
    const carried = this.#carriedIn(runtime);
    return {
      runtime,
      birth,
      epoch,
      sequence,
      isPrepared,
      records,
      steppedTicks,
      jumpedTicks,
      faults,
      carried,
    };
  }

  #carry(tick: number, changes: readonly PlayerChange[]): void {
    for (const change of changes) {
      if (change.kind === 'present' || change.kind === 'dropped') continue;
      this.#carried.push({ tick, change });
      if (this.#carried.length > CARRIED_CHANGES) this.#carried.shift();
    }
  }

  #carriedIn({ state, table }: ZoneRuntime): readonly PlayerChange[] {
    const since = state.tick - CARRIED_SECONDS * this.#parts.ruleset.tickHz;
    const isGone = (change: PlayerChange): boolean => table.find(change.player) < 0;
    const recent = this.#carried.filter((entry) => entry.tick >= since && isGone(entry.change));
    return recent.map((entry) => entry.change);
  }

  #report(): void {
    const { observe, ruleset } = this.#parts;
    const { previousCodeHash: recorded } = this.replay;
    if (recorded !== '' && recorded !== ruleset.codeHash) {
      observe({ kind: 'code-changed', recorded, running: ruleset.codeHash });
    }
    for (const { sequence, detail } of this.replay.violations)
      observe({ kind: 'journal-violation', sequence, detail });
    for (const { tick, recorded, replayed, parts } of this.replay.mismatches) {
      observe({ kind: 'desync', tick, recorded, replayed, parts });
    }
  }
}
