export { DataFolderError } from './data-folder.ts';
export { LocalBus } from './local-bus.ts';
export { journalFile, type LocalPorts, openLocalPorts, type Ports } from './local-ports.ts';
export { SqliteBlobs } from './sqlite-blobs.ts';
export { SqliteJournal } from './sqlite-journal.ts';
export { SqliteLeases } from './sqlite-leases.ts';
export { SystemClock } from './system-clock.ts';
