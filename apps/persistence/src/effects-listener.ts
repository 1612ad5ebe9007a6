import { decodeEffects, type EffectBatch, encodeEffectsAnswer, subjects } from '@overworld/contracts';
import type { Bus, BusMessage, BusSubscription } from '@overworld/ports';
import type { Logger, Metrics } from '@overworld/telemetry';
import type { Effects } from './effects.ts';

const QUEUE = 'persistence';

/**
 * Answers `effects.apply`. One batch per zone is in work at a time: a zone that asks again before its answer is left
 * without one, and asks again later, so nothing queues up here while the database is slow.
 */
export class EffectsListener {
  readonly #bus: Bus;
  readonly #effects: Effects;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #inWork = new Map<string, Promise<void>>();
  #subscription: BusSubscription | undefined;

  constructor(bus: Bus, effects: Effects, metrics: Metrics, logger: Logger) {
    this.#bus = bus;
    this.#effects = effects;
    this.#metrics = metrics;
    this.#logger = logger;
  }

  start(): void {
    this.#subscription ??= this.#bus.subscribe(subjects.effects, (message) => this.#receive(message), {
      queue: QUEUE,
    });
  }

  /** Takes no more, and finishes what is in work. */
  async stop(): Promise<void> {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    await Promise.all(this.#inWork.values());
  }

  #receive(message: BusMessage): void {
    const batch = decodeEffects(message.payload);
    if (batch === undefined) {
      this.#logger.warn({ sizeBytes: message.payload.length }, 'effects that are none were left out');
      message.reply?.(encodeEffectsAnswer({ upTo: 0, detail: 'these bytes are no effects' }));
      return;
    }
    if (this.#inWork.has(batch.zone)) return;
    const work = this.#apply(batch, message).finally(() => this.#inWork.delete(batch.zone));
    this.#inWork.set(batch.zone, work);
  }

  async #apply(batch: EffectBatch, message: BusMessage): Promise<void> {
    const done = this.#metrics.effectsDuration.startTimer();
    try {
      const { upTo, counts } = await this.#effects.apply(batch);
      for (const [outcome, count] of Object.entries(counts)) {
        if (count > 0) this.#metrics.effectsApplied.inc({ outcome }, count);
      }
      if (counts.refused > 0) {
        this.#logger.error(
          { zone: batch.zone, refused: counts.refused },
          'effects were refused: see applied_effects',
        );
      }
      message.reply?.(encodeEffectsAnswer({ upTo, detail: '' }));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#logger.warn(
        { zone: batch.zone, detail },
        'effects could not be applied; the zone will send them again',
      );
      message.reply?.(encodeEffectsAnswer({ upTo: 0, detail: 'the database is out of reach' }));
    } finally {
      done();
    }
  }
}
