import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Latencies } from './latencies.ts';

it('gives percentiles within one step of the exact ones', () => {
  const samples = fc.array(fc.double({ min: 0, max: 1_900, noNaN: true }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(samples, fc.constantFrom(0.5, 0.95, 0.99), (values, share) => {
      const latencies = new Latencies();
      for (const value of values) latencies.add(value);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(values.length * share)) - 1]!;
      expect(Math.abs(latencies.percentile(share) - exact)).toBeLessThanOrEqual(0.5);
    }),
  );
});

it('adds up over processes, and keeps what is beyond its range', () => {
  const [first, second] = [new Latencies(), new Latencies()];
  for (let count = 0; count < 99; count++) first.add(10);
  second.add(1e9);
  first.merge(second.pack());
  expect(first.count).toBe(100);
  expect(first.percentile(0.99)).toBe(10.5);
  expect(first.percentile(1)).toBeGreaterThan(100_000);
});

it('says 0 when nothing was measured', () => {
  expect(new Latencies().percentile(0.5)).toBe(0);
});
