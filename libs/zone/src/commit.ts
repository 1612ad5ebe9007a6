import type { AppendOutcome, Clock, Journal, JournalRecord } from '@overworld/ports';
import type { Observe } from './observation.ts';

/*
 * One append at a time.
 *
 *           begin            appended
 *   idle ----------> sent ------------------------------------------> idle (acknowledged)
 *                    |  ^ \ conflict, unknown, no answer in time        ^
 *                    |  |  v                                            |
 *                    |  |  checking --- the record is ours -------------+
 *                    |  |  |       \--- another record is there ------> stopped (foreign)
 *                    |  +--+ none there, or the store is out of reach: again after a pause
 *
 * The record that is sent again is the same bytes after the same sequence: at most one of the copies can land.
 */
const RETRY_FIRST_MS = 40;
const RETRY_MOST_MS = 1_000;

interface Outstanding {
  readonly bytes: Uint8Array;
  readonly tick: number;
  readonly beganMs: number;
  attempts: number;
  /** Answers to earlier attempts are recognised by it and ignored. */
  turn: number;
  phase: 'sent' | 'checking' | 'waiting';
  phaseMs: number;
}

export interface CommitOptions {
  readonly zone: string;
  readonly journal: Journal;
  readonly clock: Clock;
  /** Sequence and tick of the zone's own fence. */
  readonly sequence: number;
  readonly tick: number;
  /** After so long an unanswered call counts as unknown. */
  readonly answerTimeoutMs: number;
  readonly observe: Observe;
  acknowledged(): void;
  /** Another owner's record stands where ours should have gone. */
  foreign(record: JournalRecord): void;
  /** For tests alone: on another owner's record, goes on behind it. */
  readonly noFence?: boolean;
}

/** The zone's end of its journal: what was acknowledged, what is on its way, and the fence. */
export class Commit {
  readonly #options: CommitOptions;
  #outstanding: Outstanding | undefined;
  #sequence: number;
  #tick: number;
  #stopped = false;

  constructor(options: CommitOptions) {
    this.#options = options;
    this.#sequence = options.sequence;
    this.#tick = options.tick;
  }

  get isIdle(): boolean {
    return this.#outstanding === undefined;
  }

  /** Of the last acknowledged record. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Of the last acknowledged record. */
  get tick(): number {
    return this.#tick;
  }

  /** Tick of the record on its way, or of the last acknowledged one. */
  get newestTick(): number {
    return this.#outstanding?.tick ?? this.#tick;
  }

  /** Takes the bytes over. Only when idle. */
  begin(bytes: Uint8Array, tick: number): void {
    const nowMs = this.#options.clock.now();
    this.#outstanding = { bytes, tick, beganMs: nowMs, attempts: 0, turn: 0, phase: 'sent', phaseMs: nowMs };
    void this.#send(this.#outstanding);
  }

  /** To be called now and then: retries what failed and gives up calls that are not answered. */
  poll(nowMs: number): void {
    const outstanding = this.#outstanding;
    if (outstanding === undefined || this.#stopped) return;
    const ageMs = nowMs - outstanding.phaseMs;
    if (outstanding.phase === 'waiting') {
      if (ageMs >= this.#pauseMs(outstanding)) void this.#send(outstanding);
    } else if (ageMs >= this.#options.answerTimeoutMs) {
      void this.#check(outstanding, 'no answer in time');
    }
  }

  /** Nothing is reported from now on. */
  stop(): void {
    this.#stopped = true;
  }

  #pauseMs(outstanding: Outstanding): number {
    return Math.min(RETRY_MOST_MS, RETRY_FIRST_MS << Math.min(outstanding.attempts, 6));
  }

  /** Starts a phase; what is returned tells whether it is still the current one. */
  #enter(outstanding: Outstanding, phase: Outstanding['phase']): () => boolean {
    outstanding.turn += 1;
    outstanding.phase = phase;
    outstanding.phaseMs = this.#options.clock.now();
    const { turn } = outstanding;
    return () => !this.#stopped && this.#outstanding === outstanding && outstanding.turn === turn;
  }

  async #send(outstanding: Outstanding): Promise<void> {
    const isCurrent = this.#enter(outstanding, 'sent');
    outstanding.attempts += 1;
    const outcome = await this.#append(outstanding.bytes);
    if (!isCurrent()) return;
    if (outcome.kind === 'appended') this.#settle(outstanding, outcome.sequence);
    else await this.#check(outstanding, outcome.kind === 'unknown' ? outcome.detail : 'conflict');
  }

  async #append(bytes: Uint8Array): Promise<AppendOutcome> {
    const { journal, zone } = this.#options;
    try {
      return await journal.append(zone, this.#sequence, bytes);
    } catch (cause) {
      return { kind: 'unknown', detail: cause instanceof Error ? cause.message : String(cause) };
    }
  }

  async #check(outstanding: Outstanding, detail: string): Promise<void> {
    const { tick, attempts } = outstanding;
    this.#options.observe({ kind: 'append-retry', tick, attempts, detail });
    const isCurrent = this.#enter(outstanding, 'checking');
    const found = await this.#readBack();
    if (!isCurrent()) return;
    if (found === undefined) this.#enter(outstanding, 'waiting');
    else if (sameBytes(found.bytes, outstanding.bytes)) this.#settle(outstanding, found.sequence);
    else if (this.#options.noFence) await this.#goBehind(outstanding);
    else this.#foreign(found);
  }

  /** The record that follows the last acknowledged one; undefined when there is none or the store is out of reach. */
  async #readBack(): Promise<JournalRecord | undefined> {
    try {
      return (await this.#options.journal.read(this.#options.zone, this.#sequence, 1))[0];
    } catch {
      return undefined;
    }
  }

  #settle(outstanding: Outstanding, sequence: number): void {
    const { tick, attempts, bytes, beganMs } = outstanding;
    this.#outstanding = undefined;
    this.#sequence = sequence;
    this.#tick = tick;
    const latencyMs = this.#options.clock.now() - beganMs;
    this.#options.observe({ kind: 'append', tick, latencyMs, sizeBytes: bytes.length, attempts });
    this.#options.acknowledged();
  }

  #foreign(record: JournalRecord): void {
    this.#stopped = true;
    this.#options.foreign(record);
  }

  async #goBehind(outstanding: Outstanding): Promise<void> {
    const last = await this.#options.journal.last(this.#options.zone);
    this.#sequence = last?.sequence ?? this.#sequence;
    await this.#send(outstanding);
  }
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
