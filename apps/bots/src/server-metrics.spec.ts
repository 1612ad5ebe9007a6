import { expect, it } from 'vitest';
import { growth, parseMetrics, percentile } from './server-metrics.ts';

const page = (fast: number, slow: number): string => `# HELP ticks_seconds Time of a tick.
# TYPE ticks_seconds histogram
ticks_seconds_bucket{le="0.001",ruleset="forest"} ${fast}
ticks_seconds_bucket{le="0.01",ruleset="forest"} ${fast + slow}
ticks_seconds_bucket{le="+Inf",ruleset="forest"} ${fast + slow}
ticks_seconds_sum{ruleset="forest"} 1.5
ticks_seconds_count{ruleset="forest"} ${fast + slow}
overruns_total{zone="a"} ${slow}
overruns_total{zone="b"} 3
`;

it('reads what grew between two pages, over all series of a name', () => {
  const [before, after] = [parseMetrics(page(10, 1)), parseMetrics(page(40, 5))];
  expect(growth(before, after, 'overruns_total')).toBe(4);
  expect(growth(before, after, 'ticks_seconds_count')).toBe(34);
  expect(growth(before, after, 'unknown')).toBe(0);
});

it('reads percentiles of what happened in between', () => {
  const [before, after] = [parseMetrics(page(10, 1)), parseMetrics(page(100, 5))];
  expect(percentile(before, after, 'ticks_seconds', 0.5)).toBe(0.001);
  expect(percentile(before, after, 'ticks_seconds', 0.99)).toBe(0.01);
  expect(percentile(before, before, 'ticks_seconds', 0.5)).toBeUndefined();
});
