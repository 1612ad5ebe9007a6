import type { AppendOutcome, Clock, Journal, JournalRecord } from '@overworld/ports';

/**
 * What can go wrong with one append:
 * - `lost-ack`: the record is written, the answer is lost ('unknown').
 * - `lost`: nothing is written, the answer is 'unknown'.
 * - `late`: the answer is 'unknown' at once, the record arrives `lateMs` later (and is then fenced as usual).
 * - `stall`: no answer and no write until `release()`.
 * - `reject`: the call rejects and nothing is written.
 */
export type JournalFault = 'lost-ack' | 'lost' | 'late' | 'stall' | 'reject';

export interface FakeJournalOptions {
  /** Needed for latency and late writes; without one, answers come in the same turn. */
  clock?: Clock;
  latencyMs?: number;
  lateMs?: number;
}

/** The one truth behind any number of ports: an ordered log per zone under one global sequence. */
class JournalStore {
  readonly zones = new Map<string, JournalRecord[]>();
  /** Every record ever written, trimmed or not. */
  readonly history = new Map<string, JournalRecord[]>();
  sequence = 0;

  append(zone: string, expectedSequence: number, bytes: Uint8Array): AppendOutcome {
    const records = this.zones.get(zone) ?? [];
    const last = records.at(-1)?.sequence ?? 0;
    if (last !== expectedSequence) return { kind: 'conflict' };
    this.sequence += 1;
    const record = { sequence: this.sequence, bytes: bytes.slice() };
    records.push(record);
    this.zones.set(zone, records);
    const history = this.history.get(zone) ?? [];
    history.push(record);
    this.history.set(zone, history);
    return { kind: 'appended', sequence: this.sequence };
  }

  trim(zone: string, belowSequence: number): void {
    const records = this.zones.get(zone) ?? [];
    const kept = records.filter(
      (record, index) => record.sequence >= belowSequence || index === records.length - 1,
    );
    this.zones.set(zone, kept);
  }
}

/** One process's connection to the journal, with its own faults and its own reachability. */
export class FakeJournal implements Journal {
  /** While false, appends stay unanswered as 'unknown' and reads reject. */
  reachable = true;
  appends = 0;
  /** The process behind this connection is gone: what it sent may still be written, but no answer reaches anybody. */
  silent = false;
  readonly #store: JournalStore;
  readonly #options: FakeJournalOptions;
  readonly #faults: JournalFault[] = [];
  #stalled: (() => void)[] = [];

  constructor(options: FakeJournalOptions = {}, store: JournalStore = new JournalStore()) {
    this.#options = options;
    this.#store = store;
  }

  /** Another process's connection to the same journal. */
  port(options: Partial<FakeJournalOptions> = {}): FakeJournal {
    return new FakeJournal({ ...this.#options, ...options }, this.#store);
  }

  /** The next `times` appends of this connection go wrong in this way. */
  fail(fault: JournalFault, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#faults.push(fault);
  }

  /** Lets stalled appends go on, in order. */
  release(): void {
    const stalled = this.#stalled;
    this.#stalled = [];
    for (const resume of stalled) resume();
  }

  /** Nothing goes wrong any more: forgets the faults to come and releases what is stalled. */
  heal(): void {
    this.reachable = true;
    this.#faults.length = 0;
    this.release();
  }

  get stalled(): number {
    return this.#stalled.length;
  }

  /** Everything that is in a zone's log now: for assertions. */
  records(zone: string): readonly JournalRecord[] {
    return [...(this.#store.zones.get(zone) ?? [])];
  }

  /** The same with what was trimmed since: the whole history. */
  history(zone: string): readonly JournalRecord[] {
    return [...(this.#store.history.get(zone) ?? [])];
  }

  /** Replaces a stored record's bytes, as a damaged disk or a tampering hand would. */
  overwrite(zone: string, sequence: number, bytes: Uint8Array): void {
    const records = this.#store.zones.get(zone) ?? [];
    this.#store.zones.set(
      zone,
      records.map((record) => (record.sequence === sequence ? { sequence, bytes } : record)),
    );
  }

  async append(zone: string, expectedSequence: number, bytes: Uint8Array): Promise<AppendOutcome> {
    this.appends += 1;
    const copy = bytes.slice();
    const fault = this.#faults.shift();
    if (fault === 'stall') await new Promise<void>((resume) => this.#stalled.push(resume));
    await this.#latency();
    if (!this.reachable) return { kind: 'unknown', detail: 'out of reach' };
    const outcome = this.#write(zone, expectedSequence, copy, fault);
    return this.silent ? new Promise(() => {}) : outcome;
  }

  async read(zone: string, afterSequence: number, limit: number): Promise<readonly JournalRecord[]> {
    await this.#reach();
    const records = this.#store.zones.get(zone) ?? [];
    return records.filter((record) => record.sequence > afterSequence).slice(0, limit);
  }

  async last(zone: string): Promise<JournalRecord | undefined> {
    await this.#reach();
    return this.#store.zones.get(zone)?.at(-1);
  }

  async trim(zone: string, belowSequence: number): Promise<void> {
    await this.#reach();
    this.#store.trim(zone, belowSequence);
  }

  async zones(): Promise<readonly string[]> {
    await this.#reach();
    return [...this.#store.zones.keys()].sort();
  }

  #write(zone: string, expected: number, bytes: Uint8Array, fault: JournalFault | undefined): AppendOutcome {
    if (fault === 'reject') throw new Error('the connection was closed');
    if (fault === 'lost') return { kind: 'unknown', detail: 'the request was lost' };
    if (fault === 'late') {
      this.#options.clock?.after(this.#options.lateMs ?? 100, () =>
        this.#store.append(zone, expected, bytes),
      );
      return { kind: 'unknown', detail: 'the answer is late' };
    }
    const outcome = this.#store.append(zone, expected, bytes);
    return fault === 'lost-ack' ? { kind: 'unknown', detail: 'the answer was lost' } : outcome;
  }

  async #reach(): Promise<void> {
    await this.#latency();
    if (this.silent) await new Promise(() => {});
    if (!this.reachable) throw new Error('the journal is out of reach');
  }

  #latency(): Promise<void> {
    const { clock, latencyMs = 0 } = this.#options;
    if (!clock || latencyMs <= 0) return Promise.resolve();
    return new Promise((resolve) => clock.after(latencyMs, resolve));
  }
}
