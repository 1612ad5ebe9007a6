import type { HealthComponent, HealthRegistry, Metrics } from '@overworld/telemetry';
import type { RefusalReason } from '@overworld/protocol';
import type { HubObserver } from './hub.ts';

const STREAM_DEADLINE_MS = 5000;

/** What happens at this gateway, as metrics and signs of life. */
export class HubMetrics implements HubObserver {
  readonly #metrics: Metrics;
  readonly #views: HealthComponent;
  /** Since they were told last. */
  readonly #inputs = new Map<string, { count: number }>();
  #frames = 0;

  constructor(metrics: Metrics, health: HealthRegistry) {
    this.#metrics = metrics;
    this.#views = health.component('views', STREAM_DEADLINE_MS);
  }

  refused(reason: RefusalReason): void {
    this.#metrics.refusals.inc({ reason });
  }

  measured(measure: 'frame' | 'latency' | 'skipped' | 'view', value: number): void {
    if (measure === 'frame') this.#frame(value);
    else if (measure === 'latency') this.#metrics.inputLatency.observe(value);
    else if (measure === 'view') this.#metrics.viewEntities.observe(value);
    else this.#metrics.framesSkipped.inc();
  }

  #frame(sizeBytes: number): void {
    this.#frames += 1;
    this.#metrics.frameBytes.observe(sizeBytes);
  }

  synced(reason: string): void {
    this.#metrics.syncs.inc({ reason });
  }

  connections(count: number): void {
    this.#metrics.connections.set(count);
  }

  streaming(players: number, isHeard: boolean, isConnected: boolean): void {
    this.#tellCounts();
    if (players === 0 || !isConnected) this.#views.rest();
    else if (isHeard) this.#views.beat();
  }

  redis(isUp: boolean): void {
    this.#metrics.redisUp.set(isUp ? 1 : 0);
  }

  input(ruleset: string): void {
    const known = this.#inputs.get(ruleset);
    if (known === undefined) this.#inputs.set(ruleset, { count: 1 });
    else known.count += 1;
  }

  /** Once a second: a counter of the library costs more than what is counted here. */
  #tellCounts(): void {
    this.#metrics.frames.inc(this.#frames);
    this.#frames = 0;
    for (const [ruleset, inputs] of this.#inputs) {
      this.#metrics.inputs.inc({ ruleset }, inputs.count);
      inputs.count = 0;
    }
  }
}
