import type { Clock } from './clock.ts';

/** Resolves once the time has passed on this clock. */
export function pause(clock: Pick<Clock, 'after'>, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}
