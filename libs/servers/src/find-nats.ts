import { unpackedProgram } from './debian.ts';
import { findProgram, versionOf } from './find-program.ts';
import { ServersError } from './servers-error.ts';

/** Older clusters acknowledge two writers at once. */
const OLDEST = [2, 10, 23] as const;
const ADVICE = `nats-server ${OLDEST.join('.')} or newer is needed: install it (https://docs.nats.io/running-a-nats-service/introduction/installation) so that it is on the PATH`;

/**
 * The nats-server to run: from the PATH when that one is new enough, else the one that was fetched before, else fetched now
 * from Debian (unstable has a current one, which needs nothing but the C library) into `.cache/servers`, never installed.
 *
 * @throws ServersError that says what to install.
 */
export async function findNatsServer(onProgress?: (line: string) => void): Promise<string> {
  const present = findProgram('nats-server');
  if (present !== undefined && isNewEnough(present.version)) return present.program;
  const fetched = await unpackedProgram({
    name: 'nats-server',
    suite: 'unstable',
    packages: ['nats-server'],
    program: 'usr/sbin/nats-server',
    onProgress,
  });
  if (fetched !== undefined && isNewEnough(versionOf(fetched.program))) return fetched.program;
  throw new ServersError(ADVICE);
}

function isNewEnough(version: readonly number[] | undefined): boolean {
  if (version === undefined) return false;
  for (const [index, wanted] of OLDEST.entries()) {
    const found = version[index] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}
