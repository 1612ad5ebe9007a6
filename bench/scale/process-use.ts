import { readFileSync } from 'node:fs';

/** The kernel counts processor time in steps of this length. */
const CLOCK_TICK_MS = 10;
const PAGE_BYTES = 4096;

export interface ProcessUse {
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** What these processes have used until now, added up; one that is gone counts as nothing. Linux alone: it reads /proc. */
export function useOf(pids: readonly number[]): ProcessUse {
  const uses = pids.map(useOfProcess);
  return {
    cpuMs: uses.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    residentBytes: uses.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}

function useOfProcess(pid: number): ProcessUse {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name of the program, which is in brackets and may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
    return { cpuMs, residentBytes: Number(fields[21]) * PAGE_BYTES };
  } catch {
    return { cpuMs: 0, residentBytes: 0 };
  }
}
