import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** What V8's helpers for garbage collection and compilation are called in Node. */
const ENGINE_THREAD = 'V8Worker';
/** Beyond the niceness that the process was given; no thread has more than 19. */
const NICER_BY = 10;
const NICEST = 19;
const TASKS = '/proc/self/task';

/**
 * Lets the thread that runs ticks go before V8's own threads where both want one core: marking a large heap otherwise takes
 * half of it for most of a second. A core that is free serves them as before. Linux alone gives threads a priority of their
 * own; elsewhere, and where the system refuses, nothing happens. Returns how many threads it was. For the whole process and for good:
 * to be called where a process begins.
 */
export function yieldToTicks(): number {
  const niceness = Math.min(getPriority(process.pid) + NICER_BY, NICEST);
  let lowered = 0;
  for (const thread of threads()) {
    try {
      if (!readFileSync(`${TASKS}/${thread}/comm`, 'utf8').startsWith(ENGINE_THREAD)) continue;
      setPriority(Number(thread), niceness);
      lowered++;
    } catch {
      // A thread that has ended, or a system that does not let us: it keeps its priority.
    }
  }
  return lowered;
}

function threads(): readonly string[] {
  if (process.platform !== 'linux') return [];
  try {
    return readdirSync(TASKS);
  } catch {
    return [];
  }
}
