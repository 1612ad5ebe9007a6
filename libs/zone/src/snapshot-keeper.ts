import { assert } from '@overworld/kernel';
import type { Blobs, Clock, Journal } from '@overworld/ports';
import type { Observe } from './observation.ts';
import { withinTime } from './reach.ts';
import type { Takeover } from './rebuild.ts';
import { encodeSnapshot, sequenceOfKey, snapshotKey, snapshotKeys, type ZoneSnapshot } from './snapshot.ts';
import type { TakeoverParts } from './source.ts';

/** After a takeover that had much to replay. */
const FIRST_MS = 1000;
const STALE_FACTOR = 3;
/** How long a zone that is to go on elsewhere runs on for a last one. */
const WISH_MS = 300;
const LONG_REPLAY_SECONDS = 2;

export interface SnapshotKeeperOptions {
  readonly zone: string;
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly observe: Observe;
  readonly everyMs: number;
  readonly everyRecords: number;
  /** How many stay stored, at least 2; the journal reaches back to the oldest of them. */
  readonly kept: number;
  readonly answerTimeoutMs: number;
  /** The takeover had much to replay: the next one should not have to do it again. */
  readonly isOverdue: boolean;
}

/**
 * Stores snapshots in the background, one at a time, keeps some of them, and trims the journal behind the oldest: if the
 * newest turns out to be unreadable, an older one and the records after it still give the state. A store that fails costs
 * nothing but a longer replay; it is tried again at the next occasion.
 */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #records: number;
  #lastMs: number;
  #isStoring = false;
  /** Who waits for a snapshot of the zone as it is from now on. */
  #wishes: (() => void)[] = [];

  constructor(options: SnapshotKeeperOptions) {
    assert(options.kept >= 2, 'one snapshot may turn out to be unreadable: at least two are kept');
    this.#options = options;
    this.#records = options.isOverdue ? 1 : 0;
    this.#lastMs = options.clock.now() - (options.isOverdue ? Math.max(0, options.everyMs - FIRST_MS) : 0);
  }

  /** A record was acknowledged. */
  recorded(): void {
    this.#records += 1;
  }

  /** Wants one of the running zone at the next occasion. False when it was not stored in time. */
  async wish(): Promise<boolean> {
    const stored = new Promise<void>((resolve) => this.#wishes.push(resolve));
    return (await withinTime(this.#options.clock, WISH_MS, stored)) !== undefined;
  }

  /** Whether it is time: somebody waits for one, or something was recorded since the last one and either limit is reached. */
  isDue(nowMs: number): boolean {
    if (this.#isStoring) return false;
    if (this.#wishes.length > 0) return true;
    if (this.#records === 0) return false;
    return this.#records >= this.#options.everyRecords || nowMs - this.#lastMs >= this.#options.everyMs;
  }

  /**
   * Whether the newest one is so old that a zone without anything to record should record its tick, so that another one can
   * be stored: a zone that runs empty would else have to be stepped all the way from its last input.
   */
  isStale(nowMs: number): boolean {
    return !this.#isStoring && nowMs - this.#lastMs >= STALE_FACTOR * this.#options.everyMs;
  }

  /** Stores it; the promise says whether it worked, and never rejects. What it makes superfluous is cleared away later. */
  async store(snapshot: ZoneSnapshot): Promise<boolean> {
    const { clock, blobs, observe, answerTimeoutMs } = this.#options;
    this.#isStoring = true;
    const wishes = this.#wishes;
    this.#wishes = [];
    this.#records = 0;
    this.#lastMs = clock.now();
    const key = snapshotKey(snapshot);
    const bytes = encodeSnapshot(snapshot);
    const isStored = (await withinTime(clock, answerTimeoutMs * 5, blobs.put(key, bytes))) !== undefined;
    this.#isStoring = false;
    const { tick, sequence } = snapshot;
    if (isStored) observe({ kind: 'snapshot', tick, sequence, sizeBytes: bytes.length });
    else observe({ kind: 'snapshot-failed', detail: `${key} was not stored in time` });
    if (isStored) void this.#clean();
    if (isStored) for (const fulfil of wishes) fulfil();
    return isStored;
  }

  async #clean(): Promise<void> {
    const { journal, blobs, zone, clock, answerTimeoutMs, observe, kept } = this.#options;
    const keys = (await withinTime(clock, answerTimeoutMs, snapshotKeys(blobs, zone)))?.value ?? [];
    const oldest = keys[kept - 1];
    if (oldest === undefined) return;
    const belowSequence = sequenceOfKey(oldest);
    const trimmed = await withinTime(clock, answerTimeoutMs, journal.trim(zone, belowSequence));
    if (trimmed === undefined) return;
    observe({ kind: 'trimmed', belowSequence });
    for (const key of keys.slice(kept)) await withinTime(clock, answerTimeoutMs, blobs.delete(key));
  }
}

/** For a zone that was taken over just now. */
export function keeperFor(parts: TakeoverParts, { steppedTicks }: Takeover): SnapshotKeeper {
  const { spec, ruleset, options, ports, observe } = parts;
  const { journal, blobs, clock } = ports;
  const { snapshotEveryMs: everyMs, snapshotEveryRecords: everyRecords, snapshotsKept: kept } = options;
  const { answerTimeoutMs } = options;
  const isOverdue = steppedTicks > LONG_REPLAY_SECONDS * ruleset.tickHz;
  const stores = { zone: spec.id, journal, blobs, clock, observe };
  return new SnapshotKeeper({ ...stores, everyMs, everyRecords, kept, answerTimeoutMs, isOverdue });
}
