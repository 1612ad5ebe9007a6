import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { Identity } from './identity.ts';
import { PostgresError } from './postgres-error.ts';

export const SUPERUSER = 'overworld';
export const DATABASE = 'overworld';
const TIMEOUT_MS = 120_000;
/** Collation and case rules that come with PostgreSQL: what the machine calls its locales makes no difference. */
const LOCALE = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

interface ClusterOptions {
  readonly binaries: Binaries;
  readonly identity: Identity;
  readonly folder: string;
  readonly password: string;
}

const BUILDING = 'cluster.new-';

/**
 * Makes the cluster with its one database. It is built in a folder of its own and moved to its place when it is whole, so
 * that an attempt that was killed leaves nothing which looks like a cluster.
 *
 * @throws PostgresError with the end of what the programs said.
 */
export async function initialiseCluster(options: ClusterOptions): Promise<void> {
  const building = mkdtempSync(join(dirname(options.folder), BUILDING));
  try {
    await build(options, building);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/**
 * Removes what attempts that were killed have left. Programs of the last one may still be writing there: what cannot be
 * removed now goes at a later start.
 */
export function removeUnfinished(home: string): void {
  for (const name of readdirSync(home).filter((entry) => entry.startsWith(BUILDING))) {
    try {
      rmSync(join(home, name), { recursive: true, force: true });
    } catch {
      // Later.
    }
  }
}

async function build(options: ClusterOptions, building: string): Promise<void> {
  const { binaries, identity } = options;
  const passwordFile = join(building, 'password');
  const cluster = join(building, 'cluster');
  // Here nobody but the program's user can read it, for as long as it is needed.
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (identity.owner !== undefined) {
    const { uid, gid } = identity.owner;
    for (const path of [passwordFile, building]) chownSync(path, uid, gid);
  }
  await run(identity, binaries.initdb, [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    // The system writes the files out within half a minute; a machine that loses power before has nothing to lose.
    '--no-sync',
    ...LOCALE,
  ]);
  const words = ['--single', '-F', '-D', cluster, 'postgres'];
  await run(identity, binaries.postgres, words, `CREATE DATABASE ${DATABASE}\n`);
  renameSync(cluster, options.folder);
}

function run(identity: Identity, program: string, words: readonly string[], input = ''): Promise<void> {
  const { command, words: wrapped } = identity.wrap(program, words);
  return new Promise((resolve, reject) => {
    const child = spawn(command, wrapped, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      cwd: tmpdir(),
      ...identity.spawnAs,
    });
    let said = '';
    const hear = (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-2_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.stdin.on('error', () => {});
    child.once('error', (error) =>
      reject(new PostgresError(`PostgreSQL could not be started: ${error.message}`)),
    );
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new PostgresError(`the database could not be made: ${lastLine(said)}`));
    });
    child.stdin.end(input);
  });
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.findLast((line) => /error|fatal|could not/i.test(line));
  return (telling ?? lines.at(-1) ?? 'it said nothing').trim();
}
