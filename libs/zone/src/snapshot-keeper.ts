import type { Blobs, Clock, Journal } from '@overworld/ports';
import type { Observe } from './observation.ts';
import { withinTime } from './reach.ts';
import { encodeSnapshot, snapshotKey, snapshotKeys, type ZoneSnapshot } from './snapshot.ts';

export interface StoredSnapshot {
  readonly key: string;
  /** Of the last record that is in it. */
  readonly sequence: number;
}

export interface SnapshotKeeperOptions {
  readonly zone: string;
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly everyMs: number;
  readonly everyRecords: number;
  readonly answerTimeoutMs: number;
}

/**
 * Stores snapshots in the background, one at a time, and trims the journal behind the one before the last: if the newest
 * turns out to be unreadable, the older one and the records after it still give the state. A store that fails costs
 * nothing but a longer replay; it is tried again at the next occasion.
 */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #stored: StoredSnapshot[];
  #records = 0;
  #lastMs: number;
  #isStoring = false;

  constructor(options: SnapshotKeeperOptions, stored: StoredSnapshot | undefined) {
    this.#options = options;
    this.#stored = stored ? [stored] : [];
    this.#lastMs = options.clock.now();
  }

  /** A record was acknowledged. */
  recorded(): void {
    this.#records += 1;
  }

  /** Whether it is time: something was recorded since the last one, and either limit is reached. */
  isDue(nowMs: number): boolean {
    if (this.#isStoring || this.#records === 0) return false;
    return this.#records >= this.#options.everyRecords || nowMs - this.#lastMs >= this.#options.everyMs;
  }

  /** Stores it; the promise says whether it worked, and never rejects. */
  async store(snapshot: ZoneSnapshot): Promise<boolean> {
    const { clock, blobs, observe, answerTimeoutMs } = this.#options;
    this.#isStoring = true;
    this.#records = 0;
    this.#lastMs = clock.now();
    const key = snapshotKey(snapshot.zone, snapshot.epoch, snapshot.tick);
    const bytes = encodeSnapshot(snapshot);
    const isStored = (await withinTime(clock, answerTimeoutMs * 5, blobs.put(key, bytes))) !== undefined;
    this.#isStoring = false;
    const { tick, sequence } = snapshot;
    if (isStored) observe({ kind: 'snapshot', tick, sequence, sizeBytes: bytes.length });
    else observe({ kind: 'snapshot-failed', detail: `${key} was not stored in time` });
    if (isStored) await this.#clean({ key, sequence });
    return isStored;
  }

  async #clean(newest: StoredSnapshot): Promise<void> {
    this.#stored = [...this.#stored.filter((each) => each.key !== newest.key), newest].slice(-2);
    const older = this.#stored[0] as StoredSnapshot;
    if (older === newest) return;
    const { journal, blobs, zone, clock, answerTimeoutMs, observe } = this.#options;
    const trimmed = await withinTime(clock, answerTimeoutMs, journal.trim(zone, older.sequence));
    if (trimmed) observe({ kind: 'trimmed', belowSequence: older.sequence });
    const keys = await withinTime(clock, answerTimeoutMs, snapshotKeys(blobs, zone));
    for (const key of keys?.value ?? []) {
      if (key < older.key) await withinTime(clock, answerTimeoutMs, blobs.delete(key));
    }
  }
}
