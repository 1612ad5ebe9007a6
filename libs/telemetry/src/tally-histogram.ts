import type { Metric, Registry } from 'prom-client';

export interface TallySpec {
  readonly name: string;
  readonly help: string;
  /** Upper bounds. */
  readonly buckets: readonly number[];
}

/**
 * A histogram without labels for what happens with every frame: to observe is one search among its bounds. The library's own
 * looks its labels up and copies objects for each value, which was a fortieth of a gateway's work.
 */
export class TallyHistogram {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  /** By bound; the last one holds what is above all of them. */
  readonly #tallies: number[];
  #sum = 0;

  constructor({ name, help, buckets }: TallySpec, registry: Registry) {
    this.name = name;
    this.help = help;
    this.#bounds = [...buckets].sort((a, b) => a - b);
    this.#tallies = new Array<number>(this.#bounds.length + 1).fill(0);
    // The registry asks a metric for its name and its values, and for nothing else.
    registry.registerMetric(this as unknown as Metric);
  }

  /** What is no number counts nowhere: it would spoil the sum for good. */
  observe(value: number): void {
    if (!Number.isFinite(value)) return;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    this.#tallies[bucket] = (this.#tallies[bucket] as number) + 1;
    this.#sum += value;
  }

  reset(): void {
    this.#tallies.fill(0);
    this.#sum = 0;
  }

  async get() {
    let count = 0;
    const buckets = this.#tallies.map((tally, index) => {
      count += tally;
      return this.#value('bucket', count, { le: this.#bounds[index] ?? '+Inf' });
    });
    const values = [...buckets, this.#value('sum', this.#sum), this.#value('count', count)];
    return { name: this.name, help: this.help, type: this.type, values, aggregator: 'sum' };
  }

  #value(part: string, value: number, labels: { readonly le?: number | string } = {}) {
    return { metricName: `${this.name}_${part}`, labels, value };
  }
}
