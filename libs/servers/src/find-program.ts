import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Where servers are put, which is not on every user's PATH. */
const MORE_FOLDERS = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];
const PATIENCE_MS = 10_000;

export interface FoundProgram {
  /** A path, or the bare name for one that is on the PATH. */
  readonly program: string;
  /** Major, minor and patch. */
  readonly version: readonly number[];
}

/** The first program of this name that runs and says its version. */
export function findProgram(name: string): FoundProgram | undefined {
  for (const program of [name, ...MORE_FOLDERS.map((folder) => join(folder, name))]) {
    const version = versionOf(program);
    if (version !== undefined) return { program, version };
  }
  return undefined;
}

/** What a program says of itself; undefined when it does not run. */
export function versionOf(program: string): readonly number[] | undefined {
  const { stdout, status } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: PATIENCE_MS });
  const parts = status === 0 ? /(\d+)\.(\d+)(?:\.(\d+))?/.exec(stdout) : null;
  return parts === null ? undefined : parts.slice(1).map((part) => Number(part ?? 0));
}
