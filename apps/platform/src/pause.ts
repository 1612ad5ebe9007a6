import type { Clock } from '@overworld/ports';

/** Resolves once the time has passed on this clock. */
export function pause(clock: Pick<Clock, 'after'>, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}
