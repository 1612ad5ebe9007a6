import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  blobsContract,
  busContract,
  clockContract,
  journalContract,
  leasesContract,
} from '@overworld/testkit/contracts';
import { LocalBus } from './local-bus.ts';
import { openLocalPorts } from './local-ports.ts';
import { SqliteBlobs } from './sqlite-blobs.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { SqliteLeases } from './sqlite-leases.ts';
import { StoreThread } from './store-thread.ts';
import { SystemClock } from './system-clock.ts';

function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'overworld-cluster-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

busContract('LocalBus', async () => {
  const bus = new LocalBus();
  return { bus, peer: bus, close: () => bus.close() };
});

journalContract('SqliteJournal', async () => {
  const folder = temporaryFolder();
  const file = join(folder.path, 'journal.db');
  const journal = SqliteJournal.open(file);
  const other = SqliteJournal.open(file);
  const close = async () => {
    journal.close();
    other.close();
    folder.remove();
  };
  return { journal, other, close };
});

journalContract('SqliteJournal of the local ports', async () => {
  const folder = temporaryFolder();
  const ports = await openLocalPorts({ folder: folder.path });
  const close = async () => {
    await ports.close();
    folder.remove();
  };
  return { journal: ports.journal, other: ports.journal, close };
});

leasesContract('SqliteLeases', async () => {
  const folder = temporaryFolder();
  const leases = SqliteLeases.open(join(folder.path, 'leases.db'));
  const close = async () => {
    leases.close();
    folder.remove();
  };
  return { leases, close };
});

blobsContract('SqliteBlobs', async () => {
  const folder = temporaryFolder();
  const thread = new StoreThread({ journalFile: undefined, blobsFile: join(folder.path, 'blobs.db') });
  const close = async () => {
    await thread.close();
    folder.remove();
  };
  return { blobs: new SqliteBlobs(thread), close };
});

clockContract('SystemClock', () => ({
  clock: new SystemClock(),
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}));
