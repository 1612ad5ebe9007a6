/** What one series of a metrics page says. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A page in the format of Prometheus, as far as a table needs it. */
export class MetricsPage {
  readonly #samples = new Map<string, Sample[]>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const match = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) continue;
      const [, name = '', labels = '', value = ''] = match;
      const samples = this.#samples.get(name) ?? [];
      samples.push({ labels: labelsOf(labels), value: Number(value) });
      this.#samples.set(name, samples);
    }
  }

  sum(name: string): number {
    return this.all(name).reduce((sum, { value }) => sum + value, 0);
  }

  all(name: string): readonly Sample[] {
    return this.#samples.get(name) ?? [];
  }

  /** Counts by upper bound, over all series of a histogram. */
  buckets(name: string): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { labels, value } of this.all(`${name}_bucket`)) {
      const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
    return counts;
  }
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[name] = value;
  return labels;
}

/**
 * The bound below which a share of the values lies that came between two looks at a histogram; undefined when none came.
 */
export function quantile(
  now: ReadonlyMap<number, number>,
  before: ReadonlyMap<number, number>,
  share: number,
): number | undefined {
  const bounds = [...now.keys()].sort((a, b) => a - b);
  const since = (bound: number): number => Math.max(0, (now.get(bound) ?? 0) - (before.get(bound) ?? 0));
  const total = bounds.length === 0 ? 0 : since(bounds.at(-1) as number);
  if (total === 0) return undefined;
  return bounds.find((bound) => since(bound) >= total * share);
}
