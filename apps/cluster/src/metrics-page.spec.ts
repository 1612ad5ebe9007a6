import { describe, expect, it } from 'vitest';
import { MetricsPage, quantile } from './metrics-page.ts';

const PAGE = `# HELP overworld_players Players in a zone.
# TYPE overworld_players gauge
overworld_players{zone="forest-1"} 3
overworld_players{zone="forest-2"} 4
overworld_zones 2
overworld_tick_duration_seconds_bucket{le="0.001",ruleset="forest"} 90
overworld_tick_duration_seconds_bucket{le="0.01",ruleset="forest"} 100
overworld_tick_duration_seconds_bucket{le="+Inf",ruleset="forest"} 100
`;

describe('a metrics page', () => {
  it('[MP1] gives sums, labels and buckets', () => {
    const page = new MetricsPage(PAGE);
    expect(page.sum('overworld_players')).toBe(7);
    expect(page.all('overworld_players').map(({ labels }) => labels.zone)).toEqual(['forest-1', 'forest-2']);
    expect(page.sum('nothing')).toBe(0);
    expect(page.buckets('overworld_tick_duration_seconds').get(0.001)).toBe(90);
  });

  it('[MP2] gives quantiles of what came since the last look', () => {
    const now = new MetricsPage(PAGE).buckets('overworld_tick_duration_seconds');
    expect(quantile(now, new Map(), 0.5)).toBe(0.001);
    expect(quantile(now, new Map(), 0.99)).toBe(0.01);
    expect(quantile(now, now, 0.99)).toBeUndefined();
    const before = new Map([
      [0.001, 90],
      [0.01, 99],
      [Number.POSITIVE_INFINITY, 99],
    ]);
    expect(quantile(now, before, 0.5)).toBe(0.01);
  });
});
