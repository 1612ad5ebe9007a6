import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { isRefusal, MAX_ARCHIVED_BYTES, persistenceCalls, type StoredSnapshot } from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import { type Blobs, type Clock, type Journal, type JournalRecord, pause } from '@overworld/ports';
import {
  decodeRecord,
  decodeSnapshot,
  reach,
  snapshotKey,
  snapshotKeys,
  Unreachable,
  type ZoneRefusal,
  type ZoneSnapshot,
} from '@overworld/zone';
import type { ZoneMetrics } from './zone-metrics.ts';

const calls = persistenceCalls.zone;
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const RETRY_AFTER_MS = [500, 1_000, 2_000, 4_000, 8_000];
const ASK_AGAIN_AFTER_MS = [250, 1_000];
const REACH_MS = 15_000;
const ANSWER_MS = 2_000;
/** Zones that are archived at a time: most of it is waiting for the stores. */
const LANES = 8;
/** With so many waiting nobody should put more zones to sleep that need not. */
const ROOM = 4_096;
/** A name each. What comes on top, all put to sleep by hand, is archived when it sleeps the next time. */
const MAX_WAITING = 65_536;
/** An archive that unpacks to more is none of ours: the largest snapshot is smaller. */
const MAX_UNPACKED_BYTES = 260 * 1024 * 1024;
/** How long a process that stops goes on archiving. */
const SETTLE_MS = 500;

/** What became of a snapshot on its way to persistence, or on its way back. */
export type ArchiveOutcome =
  | 'stored'
  /** Persistence has a newer one. */
  | 'superseded'
  /** Too many wait: the next time. */
  | 'deferred'
  /** Larger than what a message between services can carry. */
  | 'too-large'
  | 'failed'
  | 'restored'
  /** It does not fit the journal, or cannot be read. */
  | 'unusable';

export interface ZoneArchivePorts {
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly services: ServiceCaller;
  readonly metrics: ZoneMetrics;
}

interface JournalEnds {
  readonly first: JournalRecord | undefined;
  readonly last: JournalRecord | undefined;
}

type Fetched = { readonly snapshot: ZoneSnapshot; readonly bytes: Uint8Array } | ZoneRefusal | undefined;

/**
 * A second home for the snapshots of zones that sleep: persistence keeps the newest of each, for the day on which the
 * blobs are gone. Snapshot and journal still are what a zone is rebuilt from; the archive replaces the first, never the
 * second: an archived snapshot that the journal does not continue is refused.
 */
export class ZoneArchive {
  readonly #ports: ZoneArchivePorts;
  /** Each zone once: what is read when its turn comes is the newest. */
  readonly #waiting = new Set<string>();
  /** Zones that are being stored. */
  readonly #storing = new Map<string, Promise<void>>();
  #isStopping = false;

  constructor(ports: ZoneArchivePorts) {
    this.#ports = ports;
  }

  /** Whether it keeps up: while it does not, zones that may as well stay awake should. */
  get hasRoom(): boolean {
    return this.#waiting.size < ROOM;
  }

  /**
   * Hands the zone's newest snapshot to persistence, in the background and a few zones at a time. Doing it twice changes
   * nothing. What fails again and again is logged, counted and given up: blobs and journal still have the zone.
   */
  store(zone: string): void {
    if (this.#isStopping) this.#ports.metrics.archived(zone, 'failed', 'the process stops');
    else if (this.#waiting.size >= MAX_WAITING)
      this.#ports.metrics.archived(zone, 'deferred', `${MAX_WAITING} zones wait`);
    else this.#waiting.add(zone);
    this.#storeNext();
  }

  /** Ends the work within half a second; what is not done by then is counted as failed. */
  async settle(): Promise<void> {
    this.#isStopping = true;
    await Promise.race([this.#finish(), pause(this.#ports.clock, SETTLE_MS)]);
  }

  /**
   * Before a zone is opened: when the blobs have no snapshot of it, the archived one is put there. A refusal means that
   * the zone must not be opened, because its state cannot be told from what is left; to open it would reset it.
   */
  async restore(zone: string): Promise<ZoneRefusal | undefined> {
    try {
      const keys = await this.#reach(() => snapshotKeys(this.#ports.blobs, zone));
      return keys.length > 0 ? undefined : await this.#fetch(zone);
    } catch (cause) {
      if (!(cause instanceof Unreachable)) throw cause;
      return { refused: 'journal-unreachable', detail: `before the snapshots were known: ${cause.message}` };
    }
  }

  async #finish(): Promise<void> {
    while (this.#storing.size > 0) await Promise.all(this.#storing.values());
  }

  /** The same zone not twice at a time: the newer snapshot is to come last. */
  #storeNext(): void {
    for (const zone of this.#waiting) {
      if (this.#storing.size >= LANES) return;
      if (this.#storing.has(zone)) continue;
      this.#waiting.delete(zone);
      this.#storing.set(zone, this.#storeOne(zone));
    }
  }

  async #storeOne(zone: string): Promise<void> {
    try {
      await this.#store(zone);
    } catch (cause) {
      this.#ports.metrics.archived(zone, 'failed', cause instanceof Error ? cause.message : String(cause));
    }
    this.#storing.delete(zone);
    this.#storeNext();
  }

  async #store(zone: string): Promise<void> {
    const { blobs, metrics } = this.#ports;
    const [key] = await this.#reach(() => snapshotKeys(blobs, zone));
    const bytes = key === undefined ? undefined : await this.#reach(() => blobs.get(key));
    const snapshot = bytes === undefined ? undefined : decodeSnapshot(bytes);
    if (bytes === undefined || snapshot === undefined) {
      metrics.archived(zone, 'failed', key === undefined ? 'no snapshot is stored' : `${key} cannot be read`);
      return;
    }
    const packed = await compress(bytes);
    if (packed.length > MAX_ARCHIVED_BYTES) {
      const detail = `${packed.length} bytes; a message carries ${MAX_ARCHIVED_BYTES}`;
      metrics.archived(zone, 'too-large', detail);
      return;
    }
    await this.#put(toStored(snapshot, packed));
  }

  async #put(stored: StoredSnapshot): Promise<void> {
    const { services, clock, metrics } = this.#ports;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await services.call(calls.putSnapshot, stored);
      if (!isRefusal(answer)) {
        metrics.archived(stored.zone, answer.stored ? 'stored' : 'superseded', `tick ${stored.tick}`);
        return;
      }
      const afterMs = RETRY_AFTER_MS[attempt];
      if (afterMs === undefined || this.#isStopping) {
        metrics.archived(stored.zone, 'failed', `${answer.refused}: ${answer.detail}`);
        return;
      }
      await pause(clock, afterMs);
    }
  }

  async #fetch(zone: string): Promise<ZoneRefusal | undefined> {
    const { journal, blobs, metrics } = this.#ports;
    const [first] = await this.#reach(() => journal.read(zone, 0, 1));
    const last = await this.#reach(() => journal.last(zone));
    const fetched = await this.#ask(zone, isGenesis(first));
    if (fetched === undefined) return undefined;
    if ('refused' in fetched) return this.#refuse(zone, fetched);
    const misfit = await this.#misfit(fetched.snapshot, { first, last });
    if (misfit !== undefined) return this.#refuse(zone, misfit);
    await this.#reach(() => blobs.put(snapshotKey(fetched.snapshot), fetched.bytes));
    metrics.archived(zone, 'restored', `tick ${fetched.snapshot.tick}`);
    return undefined;
  }

  #refuse(zone: string, refusal: ZoneRefusal): ZoneRefusal {
    this.#ports.metrics.archived(zone, 'unusable', refusal.detail);
    return refusal;
  }

  /** @param isWhole the journal alone gives the state: the archive may be silent or damaged. */
  async #ask(zone: string, isWhole: boolean): Promise<Fetched> {
    const { services, clock } = this.#ports;
    let answer = await services.call(calls.getSnapshot, { zone });
    for (const afterMs of isWhole ? [] : ASK_AGAIN_AFTER_MS) {
      if (!isRefusal(answer)) break;
      await pause(clock, afterMs);
      answer = await services.call(calls.getSnapshot, { zone });
    }
    if (isRefusal(answer)) {
      const detail = `no snapshot is stored, and whether one is archived is not known: ${answer.detail}`;
      return isWhole ? undefined : { refused: 'bad-snapshot', detail };
    }
    if (answer.snapshot === null) return undefined;
    const unpacked = await unpack(answer.snapshot);
    if (unpacked !== undefined || isWhole) return unpacked;
    return { refused: 'bad-snapshot', detail: 'the archived snapshot cannot be read' };
  }

  /** Why the journal does not continue the snapshot: it has to hold the very record that the snapshot ends with. */
  async #misfit(snapshot: ZoneSnapshot, { first, last }: JournalEnds): Promise<ZoneRefusal | undefined> {
    const { zone, sequence, epoch, tick } = snapshot;
    const what = `the archived snapshot of tick ${tick} ends with record ${sequence}`;
    if (first === undefined || last === undefined)
      return { refused: 'bad-journal', detail: `${what}, but the journal is empty` };
    if (sequence > last.sequence)
      return { refused: 'bad-journal', detail: `${what}, but the journal ends with record ${last.sequence}` };
    if (sequence < first.sequence)
      return { refused: 'bad-snapshot', detail: `${what}, but the journal was trimmed behind it` };
    const [found] = await this.#reach(() => this.#ports.journal.read(zone, sequence - 1, 1));
    const record = found?.sequence === sequence ? decodeRecord(found.bytes) : undefined;
    if (record?.epoch === epoch && record.tick <= tick) return undefined;
    return { refused: 'bad-journal', detail: `${what} of epoch ${epoch}, but the journal has another there` };
  }

  #reach<T>(call: () => Promise<T>): Promise<T> {
    const { clock } = this.#ports;
    return reach(clock, clock.now() + REACH_MS, ANSWER_MS, call);
  }
}

function toStored(
  { zone, tick, epoch, sequence, codeHash, hash }: ZoneSnapshot,
  packed: Buffer,
): StoredSnapshot {
  return { zone, tick, epoch, journalSequence: sequence, codeHash, hash, bytes: packed.toString('base64') };
}

/** Undefined when it is not what its own columns say. */
async function unpack(stored: StoredSnapshot) {
  const packed = Buffer.from(stored.bytes, 'base64');
  const bytes = await decompress(packed, { maxOutputLength: MAX_UNPACKED_BYTES }).catch(() => undefined);
  const snapshot = bytes === undefined ? undefined : decodeSnapshot(bytes);
  if (bytes === undefined || snapshot === undefined) return undefined;
  const { zone, tick, epoch, sequence, hash } = snapshot;
  const isSame = zone === stored.zone && tick === stored.tick && hash === stored.hash;
  return isSame && epoch === stored.epoch && sequence === stored.journalSequence
    ? { snapshot, bytes }
    : undefined;
}

function isGenesis(first: JournalRecord | undefined): boolean {
  const record = first === undefined ? undefined : decodeRecord(first.bytes);
  return record?.kind === 'fence' && record.birth !== undefined;
}
