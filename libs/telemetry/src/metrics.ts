import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { HealthRegistry } from './health.ts';
import { type MetricSpec, metricSet } from './metric-set.ts';
import { TallyHistogram } from './tally-histogram.ts';

type Instrument<Spec extends MetricSpec> = Spec['kind'] extends 'gauge'
  ? Gauge<Spec['labels'][number]>
  : Spec['kind'] extends 'counter'
    ? Counter<Spec['labels'][number]>
    : Spec extends { readonly isTally: true }
      ? TallyHistogram
      : Histogram<Spec['labels'][number]>;

type Instruments = { readonly [Name in keyof typeof metricSet]: Instrument<(typeof metricSet)[Name]> };

/** The metrics of one process, by name: `metrics.refusals.inc({ reason })`. */
export interface Metrics extends Instruments {
  readonly registry: Registry;
  /** The page that Prometheus reads. */
  page(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Takes the series of a zone that left this process away, so that their number stays bounded. */
  forgetZone(zone: string): void;
}

export interface MetricsOptions {
  /** A label on every series: for processes that run one service. */
  readonly service?: string;
  /** Its components are shown as `overworld_live` whenever the page is read. */
  readonly health?: Pick<HealthRegistry, 'live'>;
  /** Those of the process, too; watching it costs something for as long as it lives. Default on. */
  readonly hasProcess?: boolean;
}

/**
 * The library would wake an idle process a hundred times a second to measure the event loop, which costs a hundredth of a core.
 */
const LOOP_DELAY_EVERY_MS = 100;

/** A registry with every metric of the project and those of the process. Each call makes one of its own. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (options.service !== undefined) registry.setDefaultLabels({ service: options.service });
  if (options.hasProcess ?? true) {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_DELAY_EVERY_MS });
  }
  const instruments = Object.fromEntries(
    Object.entries(metricSet).map(([key, spec]) => [key, create(spec, registry)]),
  ) as unknown as Instruments;
  const zoneMetrics = Object.entries(metricSet)
    .filter(([, spec]) => (spec.labels as readonly string[]).includes('zone'))
    .map(([key]) => instruments[key as keyof Instruments] as Gauge<'zone'> | Counter<'zone'>);
  return {
    ...instruments,
    registry,
    page: async () => {
      instruments.live.reset();
      for (const { name, isLive } of options.health?.live().components ?? []) {
        instruments.live.set({ component: name }, isLive ? 1 : 0);
      }
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    forgetZone: (zone) => {
      for (const metric of zoneMetrics) metric.remove({ zone });
    },
  };
}

function create(spec: MetricSpec, registry: Registry): Gauge | Counter | Histogram | TallyHistogram {
  const shared = { name: spec.name, help: spec.help, labelNames: spec.labels, registers: [registry] };
  if (spec.kind === 'gauge') return new Gauge(shared);
  if (spec.kind === 'counter') return new Counter(shared);
  const buckets = [...(spec.buckets ?? [])];
  if (spec.isTally) return new TallyHistogram({ ...spec, buckets }, registry);
  return new Histogram({ ...shared, buckets });
}

/** The table of docs/metrics.md. */
export function metricsTable(): string {
  const rows = Object.values(metricSet as Record<string, MetricSpec>).map((spec) => {
    const labels = spec.labels.length === 0 ? '' : spec.labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${spec.name}\` | ${spec.kind} | ${labels} | ${spec.help} |`;
  });
  return ['| name | kind | labels | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
