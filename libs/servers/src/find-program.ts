import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts servers, which is not on every user's PATH. */
const MORE_FOLDERS = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];

export function findOnPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...MORE_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Major, minor and patch of what a program says of itself; undefined when it does not run. */
export function versionOf(program: string, words: readonly string[]): readonly number[] | undefined {
  const { stdout, status } = spawnSync(program, words, { encoding: 'utf8', timeout: 10_000 });
  const parts = status === 0 ? /(\d+)\.(\d+)\.(\d+)/.exec(stdout) : null;
  return parts === null ? undefined : parts.slice(1).map(Number);
}
