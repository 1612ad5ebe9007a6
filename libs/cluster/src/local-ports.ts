import { join } from 'node:path';
import type { Blobs, Bus, Clock, Journal, Leases } from '@overworld/ports';
import { DataFolderError, lockDataFolder } from './data-folder.ts';
import { LocalBus } from './local-bus.ts';
import { SqliteBlobs } from './sqlite-blobs.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { SqliteLeases } from './sqlite-leases.ts';
import { SlowedClock } from './slowed-clock.ts';
import { StoreThread } from './store-thread.ts';
import { SystemClock } from './system-clock.ts';

/** What every service is built on. */
export interface Ports {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly leases: Leases;
  readonly blobs: Blobs;
  readonly clock: Clock;
}

export interface LocalPorts extends Ports {
  /** The absolute path of the data folder, locked until `close`. */
  readonly folder: string;
  /** For signs of life, which nobody outside this process waits for: `clock`, but slow. */
  readonly livenessClock: Clock;
  /** Told the subject of every message that found a subscriber's queue full and pushed an older one out. */
  onBusDrop(listener: (subject: string) => void): void;
  /** Delivers and writes what is queued, closes the files and unlocks the folder. */
  close(): Promise<void>;
}

/** Signs of life are an eighth as frequent as between processes: each is a write to the leases. */
const LIVENESS_TIMES = 8;

/** The files that the local ports keep in the data folder. */
export function journalFile(folder: string): string {
  return join(folder, 'journal.db');
}

/**
 * Opens the ports of the embedded form on a data folder, which belongs to this process until `close` (or its end,
 * however it ends). Leases of earlier processes are gone, for the lock proves that their holders are; keys with the kept
 * prefix tell of something else than holders, and stay.
 *
 * @throws DataFolderError with one clear line: in use, not writable, or a damaged file.
 */
export async function openLocalPorts(options: {
  readonly folder: string;
  readonly keptLeases?: string | undefined;
}): Promise<LocalPorts> {
  const folder = lockDataFolder(options.folder);
  const thread = new StoreThread({
    journalFile: journalFile(folder.path),
    blobsFile: join(folder.path, 'blobs.db'),
  });
  try {
    // The worker opens its files before it answers: a damaged one is found here, not at the first snapshot.
    const journal = SqliteJournal.open(journalFile(folder.path), {
      checkpoint: () => thread.request({ kind: 'checkpoint' }),
    });
    const leases = SqliteLeases.open(join(folder.path, 'leases.db'));
    await thread.request({ kind: 'checkpoint' });
    leases.clear(options.keptLeases);
    return assemble(folder.path, thread, journal, leases, folder.unlock);
  } catch (error) {
    await thread.close();
    folder.unlock();
    throw new DataFolderError(
      'damaged',
      `the data folder ${folder.path} cannot be opened: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function assemble(
  folder: string,
  thread: StoreThread,
  journal: SqliteJournal,
  leases: SqliteLeases,
  unlock: () => void,
): LocalPorts {
  const bus = new LocalBus();
  const clock = new SystemClock();
  let closing: Promise<void> | undefined;
  const finish = async () => {
    await bus.close();
    journal.close();
    leases.close();
    await thread.close();
    unlock();
  };
  return {
    folder,
    bus,
    journal,
    leases,
    blobs: new SqliteBlobs(thread),
    clock,
    livenessClock: new SlowedClock(clock, LIVENESS_TIMES),
    onBusDrop: (listener) => bus.onDrop(listener),
    close: () => (closing ??= finish()),
  };
}
