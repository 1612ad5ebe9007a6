import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Backoff } from './backoff.ts';

const LIMITS = { baseMs: 100, capMs: 1_000 };

it('draws each delay between zero and a ceiling that doubles up to the cap', () => {
  const longest = new Backoff(() => 0.999, LIMITS);
  const delays = Array.from({ length: 8 }, () => Math.round(longest.next()));
  expect(delays).toEqual([100, 200, 400, 799, 999, 999, 999, 999]);
  const shortest = new Backoff(() => 0, LIMITS);
  expect(Array.from({ length: 5 }, () => shortest.next())).toEqual([0, 0, 0, 0, 0]);
});

it('waits at least as long as the server asked for', () => {
  expect(new Backoff(() => 0, LIMITS).next(3_000)).toBe(3_000);
});

it('starts over after a reset', () => {
  const backoff = new Backoff(() => 0.5, LIMITS);
  backoff.next();
  backoff.next();
  expect(backoff.attempts).toBe(2);
  backoff.reset();
  expect(backoff.next()).toBe(50);
});

it('stays within its cap for any number of attempts', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 0.9999, noNaN: true }), { maxLength: 100 }), (draws) => {
      let index = 0;
      const backoff = new Backoff(() => draws[index++] ?? 0, LIMITS);
      for (const _ of draws) {
        const delay = backoff.next();
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(LIMITS.capMs);
      }
    }),
  );
});
