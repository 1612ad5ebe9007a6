import type { HealthComponent, HealthRegistry, Metrics } from '@overworld/telemetry';
import type { RefusalReason } from '@overworld/protocol';
import type { HubObserver } from './hub.ts';

const STREAM_DEADLINE_MS = 5000;

/** What happens at this gateway, as metrics and signs of life. */
export class HubMetrics implements HubObserver {
  readonly #metrics: Metrics;
  readonly #views: HealthComponent;
  /** Since they were told last: a counter of the library costs more than what is counted here. */
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
    this.#metrics.frames.inc(this.#frames);
    this.#frames = 0;
    if (players === 0 || !isConnected) this.#views.rest();
    else if (isHeard) this.#views.beat();
  }

  redis(isUp: boolean): void {
    this.#metrics.redisUp.set(isUp ? 1 : 0);
  }

  inputs(ruleset: string, count: number): void {
    this.#metrics.inputs.inc({ ruleset }, count);
  }

  batches(ruleset: string, count: number): void {
    this.#metrics.batches.inc({ ruleset }, count);
  }
}
