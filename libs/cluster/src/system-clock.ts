import type { Clock } from '@overworld/ports';

/** The process's own time. Delays beyond what the platform's timers take (about 24.8 days) are cut to that. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  }
}

const MAX_TIMER_MS = 2_147_483_647;
