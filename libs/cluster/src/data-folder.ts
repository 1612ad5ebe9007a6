import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A data folder that cannot be used. The message is one line, fit for the terminal. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
  readonly reason: 'in-use' | 'not-writable' | 'damaged';

  constructor(reason: DataFolderError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface DataFolder {
  readonly path: string;
  /** Lets the next process in. */
  unlock(): void;
}

/**
 * Makes the folder when it is missing and locks it for this process. The lock is the operating system's, held by an open
 * transaction on a small file: it ends with the process however that ends, so there is nothing stale to clear away.
 *
 * @throws DataFolderError when the folder cannot be written or another process holds it.
 */
export function lockDataFolder(folder: string): DataFolder {
  const path = resolve(folder);
  makeWritable(path);
  const lock = openLock(path);
  const ownerFile = join(path, 'owner.pid');
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new DataFolderError(
      'in-use',
      `the data folder ${path} is in use by another Overworld${ownerOf(ownerFile)}: stop it or choose another folder with --data`,
    );
  }
  writeFileSync(ownerFile, `${process.pid}\n`);
  return { path, unlock: () => lock.close() };
}

function makeWritable(path: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    writeFileSync(join(path, '.writable'), '');
  } catch (error) {
    throw new DataFolderError(
      'not-writable',
      `the data folder ${path} cannot be written (${codeOf(error)}): choose another one with --data`,
    );
  }
}

/** One level at a time: `recursive` never returns where the system answers ENOENT for a new entry, as /proc does. */
function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.push(folder);
  for (const folder of missing.reverse()) mkdirSync(folder, { mode: 0o711 });
}

function openLock(path: string): DatabaseSync {
  try {
    const lock = new DatabaseSync(join(path, 'lock.db'));
    lock.exec('PRAGMA busy_timeout = 0');
    return lock;
  } catch (error) {
    throw new DataFolderError(
      'not-writable',
      `the lock in the data folder ${path} cannot be opened (${String(error)})`,
    );
  }
}

function ownerOf(file: string): string {
  try {
    return ` (process ${Number(readFileSync(file, 'utf8'))})`;
  } catch {
    return '';
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
