import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const BUSY_TIMEOUT_MS = 2_000;
/** What a log file is cut back to when it starts over after a burst. */
const LOG_SIZE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Opens a database whose commits survive the end of the process: write-ahead log, `synchronous = NORMAL` (the log is
 * synced at checkpoints; a machine that loses power may lose the last commits, a process that is killed loses none).
 * Readable by its owner only: the folder has to let the database's user through.
 */
export function openSqlite(file: string, schema: string): DatabaseSync {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = NORMAL');
  database.exec(`PRAGMA journal_size_limit = ${LOG_SIZE_LIMIT_BYTES}`);
  database.exec(schema);
  return database;
}

/** Opens a database that another process may be writing to. */
export function openSqliteReadOnly(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true });
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return database;
}
