import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SecretError, storedSecret } from '@overworld/config';
import { findBinaries } from './binaries.ts';
import { DATABASE, initialiseCluster, removeUnfinished, SUPERUSER } from './cluster-folder.ts';
import { findIdentity, type Identity } from './identity.ts';
import { stopLeftover } from './leftover.ts';
import { PostgresError } from './postgres-error.ts';

const GUARD = fileURLToPath(new URL('./guard.mjs', import.meta.url));
const MAX_LOG_BYTES = 8 * 1024 * 1024;
const PORT_ATTEMPTS = 5;
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '40',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  log_checkpoints: 'off',
} as const;

export interface PostgresOptions {
  /** The data folder; the caller holds its lock. */
  readonly folder: string;
  /** Told what takes long, in a few words: the first start makes the cluster. */
  readonly onProgress?: (line: string) => void;
}

/** A database that is ready. */
export interface Postgres {
  /** `postgres://user:password@127.0.0.1:port/database` */
  readonly url: string;
  /** Stops the server within a second when nothing hangs on it; once it is stopped, again does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL in the data folder: reachable from this machine only, on a free port, with a password that was
 * made at the first start and is kept beside it. A guard process stops it when this process is gone, however it ended.
 * What the server has to say goes to `postgres.log` in the data folder.
 *
 * @throws PostgresError with one clear line.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const home = prepareHome(options.folder);
  const folder = join(home, 'cluster');
  const password = readPassword(home);
  const binaries = findBinaries();
  await stopLeftover(folder);
  removeUnfinished(home);
  const identity = findIdentity(binaries, folder);
  if (!existsSync(folder)) {
    options.onProgress?.('making the database (first start only)');
    await initialiseCluster({ binaries, identity, folder, password });
  }
  return await serve({ program: binaries.postgres, identity, folder, home }, password);
}

function prepareHome(dataFolder: string): string {
  const home = join(resolve(dataFolder), 'postgres');
  try {
    if (!existsSync(home)) mkdirSync(home, { recursive: true });
    // The server's user has to pass through; what lies inside is closed by itself.
    chmodSync(home, 0o711);
    return home;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new PostgresError(`the folder ${home} cannot be used (${detail}): choose another one with --data`);
  }
}

function readPassword(home: string): string {
  try {
    return storedSecret(home, 'password');
  } catch (error) {
    throw error instanceof SecretError ? new PostgresError(error.message) : error;
  }
}

interface Server {
  readonly program: string;
  readonly identity: Identity;
  readonly folder: string;
  readonly home: string;
}

/** Another program may take the free port before the server does: then the next one is tried. */
async function serve(server: Server, password: string): Promise<Postgres> {
  const logFile = rotateLog(server.home);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      const guard = await startGuard(server, logFile, port);
      const user = `${SUPERUSER}:${encodeURIComponent(password)}`;
      return { url: `postgres://${user}@127.0.0.1:${port}/${DATABASE}`, stop: () => stopGuard(guard) };
    } catch (error) {
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function startGuard(server: Server, logFile: string, port: number): Promise<ChildProcess> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { command, words } = server.identity.wrap(server.program, [
    '-D',
    server.folder,
    '-p',
    `${port}`,
    ...settings,
  ]);
  const task = { command, words, folder: server.folder, logFile, ...server.identity.spawnAs };
  const guard = spawn(process.execPath, [GUARD, JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    detached: true,
  });
  return new Promise((resolve, reject) => {
    const fail = (detail: string) =>
      reject(new PostgresError(`PostgreSQL did not start (${detail}): see ${logFile}`));
    guard.once('error', (error) => fail(error.message));
    guard.once('exit', (code) => fail(`its guard ended with code ${code}`));
    guard.on('message', (message: { readonly kind: 'ready' | 'failed'; readonly detail?: string }) => {
      if (message.kind === 'ready') resolve(guard);
      else fail(message.detail ?? 'no reason given');
    });
  });
}

async function stopGuard(guard: ChildProcess): Promise<void> {
  if (guard.exitCode !== null || guard.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => guard.once('exit', () => resolve()));
  if (guard.connected) guard.send({ kind: 'stop' }, () => {});
  await exited;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/** The log of the start before this one is kept when it had grown large; older ones go. */
function rotateLog(home: string): string {
  const file = join(home, 'postgres.log');
  if (existsSync(file) && statSync(file).size > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
  return file;
}
