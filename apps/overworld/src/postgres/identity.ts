/*
 * PostgreSQL refuses to run as root. Under root it runs as the owner of its cluster, else as the system user `postgres`,
 * which is made when there is none. That user may be unable to reach programs or data (a checkout in /root, a private
 * temporary folder): then it gets one capability, to pass over file permissions, and nothing else of root.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Binaries } from './binaries.ts';
import { PostgresError } from './postgres-error.ts';

const USER = 'postgres';
const PASS_PERMISSIONS = [
  '--clear-groups',
  '--bounding-set=-all,+dac_override',
  '--inh-caps=-all,+dac_override',
  '--ambient-caps=-all,+dac_override',
  // Without it `access()` asks with the rights of the plain user, and PostgreSQL believes that.
  '--securebits=+no_setuid_fixup',
];

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** How to start PostgreSQL's programs. */
export interface Identity {
  /** Whose the files are; absent when they are this process's own. */
  readonly owner?: Owner;
  /** The user to spawn as, for those who need no more than that. */
  readonly spawnAs?: Owner;
  /** The command and words for a program. */
  wrap(
    program: string,
    words: readonly string[],
  ): { readonly command: string; readonly words: readonly string[] };
}

const plainly = (command: string, words: readonly string[]) => ({ command, words });

/** @throws PostgresError when no user can run it. */
export function findIdentity(binaries: Binaries, clusterFolder: string): Identity {
  const ownUid = process.getuid?.();
  const ownerUid = existsSync(clusterFolder) ? statSync(clusterFolder).uid : undefined;
  if (ownUid !== 0) return asSelf(ownUid, ownerUid, clusterFolder);
  const isNew = ownerUid === undefined || ownerUid === 0;
  const owner = isNew ? systemUser() : { uid: ownerUid, gid: statSync(clusterFolder).gid };
  const direct: Identity = { owner, spawnAs: owner, wrap: plainly };
  if (canReach(direct, binaries, dirname(clusterFolder))) return direct;
  const capable: Identity = {
    owner,
    wrap: (program, words) => ({
      command: 'setpriv',
      words: [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, ...PASS_PERMISSIONS, '--', program, ...words],
    }),
  };
  if (canReach(capable, binaries, dirname(clusterFolder))) return capable;
  throw new PostgresError(
    `the user ${owner.uid} cannot reach ${dirname(binaries.postgres)} and ${dirname(clusterFolder)}: run as another user than root, or put both where every user may look`,
  );
}

function asSelf(ownUid: number | undefined, ownerUid: number | undefined, clusterFolder: string): Identity {
  if (ownerUid !== undefined && ownUid !== undefined && ownerUid !== ownUid) {
    throw new PostgresError(
      `the database in ${clusterFolder} belongs to another user (${ownerUid}): start as that user or as root, or choose another folder with --data`,
    );
  }
  return { wrap: plainly };
}

function canReach(identity: Identity, binaries: Binaries, folder: string): boolean {
  return [
    identity.wrap(binaries.postgres, ['--version']),
    identity.wrap('test', ['-r', dirname(binaries.postgres), '-a', '-x', folder]),
  ].every(({ command, words }) => run(command, words, identity.spawnAs).status === 0);
}

function systemUser(): Owner {
  const known = lookUpUser();
  if (known !== undefined) return known;
  run('groupadd', ['--system', USER]);
  run('useradd', ['--system', '--gid', USER, '--no-create-home', '--shell', '/usr/sbin/nologin', USER]);
  const made = lookUpUser();
  if (made === undefined) {
    throw new PostgresError(
      `PostgreSQL does not run as root, and the user ${USER} could not be made: run as another user`,
    );
  }
  return made;
}

function lookUpUser(): Owner | undefined {
  const line = readFileSync('/etc/passwd', 'utf8').match(new RegExp(`^${USER}:[^:]*:(\\d+):(\\d+):`, 'm'));
  return line === null ? undefined : { uid: Number(line[1]), gid: Number(line[2]) };
}

function run(command: string, words: readonly string[], spawnAs?: Owner): SpawnSyncReturns<Buffer> {
  return spawnSync(command, words, { stdio: 'ignore', timeout: 10_000, ...spawnAs });
}
