import type { JournalRecord } from '@overworld/ports';
import type { Operation, ZoneRuntime } from '@overworld/ruleset';
import { Commit, type CommitOptions } from './commit.ts';
import { encodeRecord, NOT_RECORDED, type RecordedHash, recordedHash, type RecordHead } from './record.ts';
import type { Quarantined } from './stepper.ts';

const WAITING_REPORTS = 64;
const NO_HASH = '0000000000000000';

export interface ScribeOptions extends Omit<CommitOptions, 'acknowledged' | 'foreign'> {
  readonly epoch: number;
  readonly tickHz: number;
  /** How far beyond the last acknowledged record anything may be shown. */
  readonly markTicks: number;
  /** For tests alone: writes hashes that are not the state's. */
  readonly wrongHash: boolean;
  runtime(): ZoneRuntime;
  acknowledged(): void;
  foreign(record: JournalRecord): void;
}

interface Report extends Quarantined {
  readonly faultTick: number;
  readonly index: number;
}

/**
 * Decides what is recorded, and knows what may be shown. What tick t gave may leave the zone when every record up to t is
 * acknowledged and t is at most `markTicks` after the last of them: every later owner steps at least that far without
 * operations, and so repeats what was shown.
 */
export class Scribe {
  readonly #options: ScribeOptions;
  readonly #commit: Commit;
  readonly #reports: Report[] = [];
  #hashTick: number;

  constructor(options: ScribeOptions) {
    this.#options = options;
    this.#commit = new Commit(options);
    this.#hashTick = options.tick;
  }

  /** Nothing is on its way: operations may be taken for the next record. */
  get isIdle(): boolean {
    return this.#commit.isIdle;
  }

  get sequence(): number {
    return this.#commit.sequence;
  }

  /** Everything that the state holds now may leave. */
  get isReleasable(): boolean {
    return this.#commit.isIdle && this.#tick <= this.#commit.tick + this.#options.markTicks;
  }

  /** The journal is so late that nothing stepped from now on could be shown for long. */
  get isStalled(): boolean {
    return !this.#commit.isIdle && this.#tick >= this.#commit.newestTick + this.#options.markTicks;
  }

  get #tick(): number {
    return this.#options.runtime().state.tick;
  }

  poll(nowMs: number): void {
    this.#commit.poll(nowMs);
  }

  stop(): void {
    this.#commit.stop();
  }

  /** An operation was left out: says so in the journal, at the next occasion. Beyond a bound reports are lost. */
  report(quarantined: Quarantined, faultTick: number, index = NOT_RECORDED): void {
    if (this.#reports.length < WAITING_REPORTS) this.#reports.push({ ...quarantined, faultTick, index });
  }

  /** Appends a waiting report when idle. */
  appendReport(): void {
    if (!this.#commit.isIdle) return;
    const report = this.#reports.shift();
    if (report === undefined) return;
    const record = encodeRecord({ kind: 'quarantine', ...this.#head(), ...report });
    this.#commit.begin(record, this.#tick);
  }

  /**
   * Appends a record of the tick just stepped when there is a reason: operations, a due hash, or something that waits for a
   * newer record than there is. Returns the record.
   */
  record(operations: readonly Operation[], wantsRecord: boolean): Uint8Array | undefined {
    if (!this.#commit.isIdle) return undefined;
    const hasPlayers = this.#options.runtime().table.next(-1) >= 0;
    const isHashDue = hasPlayers && this.#tick - this.#hashTick >= this.#options.tickHz;
    const isMarkDue = isHashDue || (wantsRecord && !this.isReleasable);
    if (operations.length === 0 && !isMarkDue) return undefined;
    const hash = isHashDue ? this.hash() : undefined;
    const record = encodeRecord({ kind: 'tick', ...this.#head(), operations, hash });
    this.#commit.begin(record, this.#tick);
    return record;
  }

  /** Appends the last record of an orderly stop, with the hash of the state as it is. Only when idle. */
  recordClose(reason: string, hash: RecordedHash): void {
    this.#commit.begin(encodeRecord({ kind: 'close', ...this.#head(), reason, hash }), this.#tick);
  }

  /** Of the state as it is. */
  hash(): RecordedHash {
    const runtime = this.#options.runtime();
    this.#hashTick = this.#tick;
    const hash = recordedHash(this.#options.wrongHash ? NO_HASH : runtime.hash(), runtime.hashes());
    this.#options.observe({ kind: 'hash', tick: this.#tick, hash: hash.total });
    return hash;
  }

  #head(): RecordHead {
    const wallMs = Math.max(0, Math.floor(this.#options.clock.wall()));
    return { epoch: this.#options.epoch, tick: this.#tick, wallMs, previous: this.#commit.sequence };
  }
}
