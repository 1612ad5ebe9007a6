import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/**
 * Makes the cluster with its one database. It is built beside its place and renamed when it is whole, so that an attempt
 * that was killed leaves nothing which looks like a cluster.
 *
 * @throws PostgresError with the end of what the programs said.
 */
export async function initialiseCluster(options: ClusterOptions): Promise<void> {
  const building = `${options.folder}.new`;
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building, { mode: 0o700 });
  const { owner } = options.identity;
  if (owner !== undefined) chownSync(building, owner.uid, owner.gid);
  await withPasswordFile(options, (passwordFile) =>
    run(options, options.binaries.initdb, [
      `--pgdata=${building}`,
      `--username=${SUPERUSER}`,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      // The system writes the files out within half a minute; a machine that loses power before has nothing to lose.
      '--no-sync',
      ...LOCALE,
    ]),
  );
  await run(
    options,
    options.binaries.postgres,
    ['--single', '-F', '-D', building, 'postgres'],
    `CREATE DATABASE ${DATABASE}\n`,
  );
  renameSync(building, options.folder);
}

/** Writes the password where nobody but the program's user can read it, for as long as it is needed. */
async function withPasswordFile(
  options: ClusterOptions,
  use: (file: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-'));
  const file = join(folder, 'password');
  try {
    writeFileSync(file, `${options.password}\n`, { mode: 0o600 });
    const { owner } = options.identity;
    if (owner !== undefined) {
      chownSync(file, owner.uid, owner.gid);
      chownSync(folder, owner.uid, owner.gid);
    }
    chmodSync(folder, 0o700);
    await use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(options: ClusterOptions, program: string, words: readonly string[], input = ''): Promise<void> {
  const { command, words: wrapped } = options.identity.wrap(program, words);
  return new Promise((resolve, reject) => {
    const child = spawn(command, wrapped, {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      cwd: existsSync(options.folder) ? options.folder : tmpdir(),
      ...options.identity.spawnAs,
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
