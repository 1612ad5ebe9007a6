import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket, TokenBuckets } from './token-bucket.ts';

describe('a token bucket', () => {
  it('lets a burst through, then its rate, then a burst again after a rest', () => {
    const bucket = new TokenBucket({ perSecond: 3, burst: 20 }, 1000.25);
    const taken = (nowMs: number, tries: number): number =>
      Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length;
    expect(taken(1000.25, 50)).toBe(20);
    expect(bucket.isFull(1000.25)).toBe(false);
    expect(taken(3000.25, 50)).toBe(6);
    expect(taken(9000.25, 50)).toBe(18);
    expect(bucket.isFull(15_600)).toBe(false);
    expect(bucket.isFull(15_700)).toBe(true);
    expect(taken(100_000, 50)).toBe(20);
  });

  it('never lets more through than burst and rate together, nor refuses what they allow', () => {
    const waits = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 30 }),
        waits,
        (perSecond, burst, gaps) => {
          const bucket = new TokenBucket({ perSecond, burst }, 5);
          let nowMs = 5;
          let tokens = burst;
          for (const gap of gaps) {
            nowMs += gap;
            tokens = Math.min(burst, tokens + (gap / 1000) * perSecond);
            const isTaken = bucket.take(nowMs);
            if (tokens > 1.01) expect(isTaken).toBe(true);
            if (tokens < 0.99) expect(isTaken).toBe(false);
            if (isTaken) tokens -= 1;
          }
        },
      ),
    );
  });

  it('is unmoved by a clock that goes back', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 10_000);
    expect(bucket.take(10_000)).toBe(true);
    expect(bucket.take(5000)).toBe(false);
    expect(bucket.take(11_000)).toBe(true);
  });
});

it('buckets are forgotten when they are full, and the oldest when none is', () => {
  const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, 2);
  expect(buckets.take('a', 0)).toBe(true);
  expect(buckets.take('b', 500)).toBe(true);
  expect(buckets.take('b', 600)).toBe(false);
  expect(buckets.take('c', 1200), 'in the place of a, which is full again').toBe(true);
  expect(buckets.take('b', 1200)).toBe(false);
  expect(buckets.take('d', 1300), 'in the place of b, the oldest').toBe(true);
  expect(buckets.size).toBe(2);
});
