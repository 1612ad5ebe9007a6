import { readdirSync, readFileSync } from 'node:fs';

/** PostgreSQL has processes for as long as it runs, and others for single connections, which may be gone at any time. */
const LASTING_POSTGRES =
  /^postgres: (checkpointer|background writer|walwriter|autovacuum launcher|logical replication launcher|io worker)/;

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/**
 * This process and those that it has started, directly or through others, as long as they live for the whole of a trial.
 * Linux alone: it reads /proc.
 */
export function lastingProcesses(root: number): number[] {
  const all = runningProcesses();
  const found = [root];
  for (let index = 0; index < found.length; index++) {
    for (const { pid, parent } of all) if (parent === found[index]) found.push(pid);
  }
  return found.filter(isLasting);
}

function runningProcesses(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      // The name of the program is in brackets and may hold spaces; the parent is the second field behind it.
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return Number.isInteger(parent) ? [{ pid: Number(name), parent }] : [];
    });
}

function isLasting(pid: number): boolean {
  const words = read(`/proc/${pid}/cmdline`);
  return words !== '' && (!words.startsWith('postgres: ') || LASTING_POSTGRES.test(words));
}

/** Empty for a process that has gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
