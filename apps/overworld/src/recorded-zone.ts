import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import { journalFile, SqliteJournal } from '@overworld/cluster';
import type { JournalRecord } from '@overworld/ports';
import { decodeRecord, decodeSnapshot, type ZoneSnapshot } from '@overworld/zone';
import { StartupError } from '@overworld/service';

const BATCH = 4096;

/** What is on disk of one zone. */
export interface RecordedZone {
  readonly zone: string;
  /** The ruleset's name, as the zone's birth has it. */
  readonly ruleset: string;
  readonly records: readonly JournalRecord[];
  /** Where a replay of all records begins; undefined: with the first record. */
  readonly base: ZoneSnapshot | undefined;
  /** Where a recovery begins. */
  readonly newest: ZoneSnapshot | undefined;
}

/** Reads the journals of a data folder. Nothing is written: a server may be running on it. */
export class JournalFolder {
  readonly #journal: SqliteJournal;
  readonly #blobs: DatabaseSync;

  /** @throws StartupError when there is no journal in the folder. */
  constructor(folder: string) {
    const path = resolve(folder);
    if (!existsSync(journalFile(path))) {
      throw new StartupError(`there is no journal in ${path}: name the data folder with --data`);
    }
    this.#journal = SqliteJournal.openReadOnly(journalFile(path));
    this.#blobs = new DatabaseSync(join(path, 'blobs.db'), { readOnly: true });
  }

  zones(): Promise<readonly string[]> {
    return this.#journal.zones();
  }

  /** Undefined when there is nothing of this zone that a replay can begin with. */
  async open(zone: string): Promise<RecordedZone | undefined> {
    const snapshots = this.#snapshots(zone);
    const records = await this.#records(zone);
    const [first] = records;
    const genesis = first === undefined ? undefined : decodeRecord(first.bytes);
    const birth = genesis?.kind === 'fence' ? genesis.birth : undefined;
    const base = birth === undefined ? snapshots.find((snapshot) => follows(records, snapshot)) : undefined;
    const ruleset = (birth ?? base?.birth)?.spec.ruleset;
    if (ruleset === undefined) return undefined;
    return { zone, ruleset, records, base, newest: snapshots.at(-1) };
  }

  close(): void {
    this.#journal.close();
    this.#blobs.close();
  }

  async #records(zone: string): Promise<JournalRecord[]> {
    const records: JournalRecord[] = [];
    for (;;) {
      const batch = await this.#journal.read(zone, records.at(-1)?.sequence ?? 0, BATCH);
      records.push(...batch);
      if (batch.length < BATCH) return records;
    }
  }

  /** Oldest first; damaged ones are left out, as a recovery does. */
  #snapshots(zone: string): ZoneSnapshot[] {
    const rows = this.#blobs
      .prepare('SELECT bytes FROM blobs WHERE key >= ?1 AND key < ?2 ORDER BY key')
      .all(`snapshot/${zone}/`, `snapshot/${zone}0`);
    return rows.flatMap(({ bytes }) => {
      const snapshot = decodeSnapshot(zstdDecompressSync(bytes as Uint8Array));
      return snapshot === undefined ? [] : [snapshot];
    });
  }
}

/** Whether every record after the snapshot is there. */
function follows(records: readonly JournalRecord[], snapshot: ZoneSnapshot): boolean {
  const next = records.find(({ sequence }) => sequence > snapshot.sequence);
  return next === undefined || decodeRecord(next.bytes)?.previous === snapshot.sequence;
}
