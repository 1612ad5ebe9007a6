import type { Clock } from '@overworld/ports';
import { expect, it } from 'vitest';
import { SlowedClock } from './slowed-clock.ts';

it('[SL1] runs slower than the other clock, waits longer, and tells the same time of day', () => {
  let nowMs = 0;
  const asked: number[] = [];
  const clock: Clock = {
    now: () => nowMs,
    wall: () => 1_700_000_000_000 + nowMs,
    after: (delayMs) => {
      asked.push(delayMs);
      return () => asked.push(-delayMs);
    },
  };
  const slowed = new SlowedClock(clock, 20);
  nowMs = 5000;
  expect(slowed.now()).toBe(250);
  expect(slowed.wall()).toBe(1_700_000_005_000);
  slowed.after(250, () => {})();
  expect(asked).toEqual([5000, -5000]);
});
