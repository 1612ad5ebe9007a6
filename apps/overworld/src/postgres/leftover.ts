import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PostgresError } from './postgres-error.ts';

const POLL_MS = 20;
/** A guard whose parent just died is stopping the server by itself. */
const PATIENCE_MS = 1_500;
const FAST_MS = 2_000;
const IMMEDIATE_MS = 5_000;

/**
 * Makes sure that no server of an earlier process runs on this folder any more: waits for its guard to stop it, then stops
 * it. The lock on the data folder has proved that the process it served is gone.
 *
 * @throws PostgresError when it does not end.
 */
export async function stopLeftover(folder: string): Promise<void> {
  const pid = readServerPid(folder);
  if (pid === undefined) return;
  if (isServerOf(pid, folder) && !(await ends(pid, folder, PATIENCE_MS))) {
    signal(pid, 'SIGINT');
    if (!(await ends(pid, folder, FAST_MS))) signal(pid, 'SIGQUIT');
    if (!(await ends(pid, folder, IMMEDIATE_MS))) {
      throw new PostgresError(
        `an earlier PostgreSQL (process ${pid}) still runs on ${folder} and does not stop`,
      );
    }
  }
  // The number may belong to some other program by now, for which PostgreSQL would take it as a running server.
  if (readServerPid(folder) === pid) rmSync(join(folder, 'postmaster.pid'), { force: true });
}

function readServerPid(folder: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(folder, 'postmaster.pid'), 'utf8'), 10);
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function ends(pid: number, folder: string, timeoutMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += POLL_MS) {
    if (!isServerOf(pid, folder)) return true;
    await wait(POLL_MS);
  }
  return false;
}

function isServerOf(pid: number, folder: string): boolean {
  const words = commandOf(pid);
  return words.includes('postgres') && words.includes(folder);
}

/** What a process was started as; empty when there is none, or only its remains. */
function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in between, or belongs to somebody else: what follows finds out.
  }
}
