import { readFileSync } from 'node:fs';
import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { HealthRegistry } from './health.ts';
import { createMetrics, metricsTable } from './metrics.ts';
import { subjectKind } from './subject-kind.ts';
import { TallyHistogram } from './tally-histogram.ts';

const documentation = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

describe('metrics', () => {
  it('[TM1] are documented, every one of them, as they are', () => {
    expect(documentation).toContain(metricsTable());
    const documented = new Set([...documentation.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name));
    for (const { name } of createMetrics().registry.getMetricsAsArray()) expect(documented).toContain(name);
  });

  it('[TM2] exist, every one that is documented', () => {
    const names = new Set(
      createMetrics()
        .registry.getMetricsAsArray()
        .map(({ name }) => name),
    );
    const mentioned = [...documentation.matchAll(/overworld_\w+/g)].map(([name]) => name);
    expect(mentioned.length).toBeGreaterThan(40);
    for (const name of mentioned) expect(names).toContain(name);
  });

  it('[TM9] of the process are left out where they are not asked for', () => {
    const names = createMetrics({ hasProcess: false })
      .registry.getMetricsAsArray()
      .map(({ name }) => name);
    expect(names).toContain('overworld_connections');
    expect(names.filter((name) => !name.startsWith('overworld_'))).toEqual([]);
  });

  it('[TM3] of a zone that left are gone, those of others stay', async () => {
    const metrics = createMetrics();
    for (const zone of ['forest-1', 'forest-2']) {
      metrics.players.set({ zone }, 3);
      metrics.tickOverruns.inc({ zone });
    }
    metrics.forgetZone('forest-1');
    const { text } = await metrics.page();
    expect(text).not.toContain('forest-1');
    expect(text).toContain('overworld_players{zone="forest-2"} 3');
    expect(text).toContain('overworld_tick_overruns_total{zone="forest-2"} 1');
  });

  it('[TM4] show the health of the components', async () => {
    let nowMs = 0;
    const health = new HealthRegistry({ now: () => nowMs });
    const metrics = createMetrics({ service: 'shard', health });
    const zones = health.component('zones', 1_000);
    zones.beat();
    nowMs = 1_001;
    expect((await metrics.page()).text).toContain('overworld_live{component="zones",service="shard"} 0');
    zones.end();
    expect((await metrics.page()).text).not.toContain('overworld_live{');
  });

  it('[TM6] of every frame are told as the library would tell them', async () => {
    const [bounds, sizes] = [
      [16, 64, 256],
      [0, 16, 17, 64, 65, 300, 300, Number.NaN],
    ];
    const [ours, theirs] = [new Registry(), new Registry()];
    const spec = { name: 'sizes', help: 'Sizes.', buckets: bounds };
    const tally = new TallyHistogram(spec, ours);
    const histogram = new Histogram({ ...spec, registers: [theirs] });
    for (const size of sizes) {
      tally.observe(size);
      if (Number.isFinite(size)) histogram.observe(size);
    }
    for (const registry of [ours, theirs]) registry.setDefaultLabels({ service: 'gateway' });
    expect(await ours.metrics()).toBe(await theirs.metrics());
    tally.reset();
    expect(await ours.metrics()).toContain('sizes_count{service="gateway"} 0');
  });

  it.each([
    ['zone.forest-1.in', 'zone.*.in'],
    ['effects.apply', 'effects.apply'],
    ['service.shard.a1b2.zone.activate', 'service.shard'],
    ['plain', 'plain'],
  ])('[TM5] labels the subject %s as %s', (subject, kind) => {
    expect(subjectKind(subject)).toBe(kind);
  });
});
