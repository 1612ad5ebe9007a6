import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, it } from 'vitest';
import { yieldToTicks } from './engine-threads.ts';

const TASKS = '/proc/self/task';

/** None where threads have no priority of their own. */
function engineThreads(): readonly string[] {
  const all = existsSync(TASKS) ? readdirSync(TASKS) : [];
  return all.filter((thread) => readFileSync(`${TASKS}/${thread}/comm`, 'utf8').trim() === 'V8Worker');
}

it('lets ticks go before the threads of V8, and leaves the process as it is', () => {
  const own = getPriority(process.pid);
  const threads = engineThreads();
  expect(threads.length > 0).toBe(process.platform === 'linux');
  expect(yieldToTicks()).toBe(threads.length);
  expect(threads.map((thread) => getPriority(Number(thread)))).toEqual(
    threads.map(() => Math.min(own + 10, 19)),
  );
  expect(getPriority(process.pid)).toBe(own);
  expect(yieldToTicks()).toBe(threads.length);
});
