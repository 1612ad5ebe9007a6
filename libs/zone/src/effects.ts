import {
  decodeEffectsAnswer,
  EFFECT_LIMITS,
  encodeEffects,
  subjects,
  type ZoneEffect,
} from '@overworld/contracts';
import { utf8Length } from '@overworld/kernel';
import type { Bus, RequestOutcome } from '@overworld/ports';
import type { PendingEffect } from '@overworld/ruleset';
import type { Observe } from './observation.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5_000;
const TIMEOUT_MS = 5_000;
const BATCH_EFFECTS = 64;
const BATCH_BYTES = 512 * 1024;

export interface EffectsOptions {
  readonly zone: string;
  readonly world: string;
  readonly bus: Bus;
  readonly observe: Observe;
  /** Name and value of an effect. */
  describe(effect: PendingEffect): { readonly name: string; readonly value: unknown };
  /** Every effect up to this one stands in the database. */
  settle(upTo: number): void;
}

/**
 * Asks persistence to apply what the state's outbox holds, from the lowest sequence on, one request at a time, until it
 * is settled: at least once from here, exactly once there (by zone and sequence).
 */
export class Effects {
  readonly #options: EffectsOptions;
  #pending: readonly PendingEffect[] = [];
  #isAsking = false;
  #failures = 0;
  #nextMs = 0;
  #stopped = false;
  /** Settled up to here, though the state may not know it yet. */
  #settledUpTo = 0;

  constructor(options: EffectsOptions) {
    this.#options = options;
  }

  /** Whether there is anything to ask for now. */
  isDue(nowMs: number): boolean {
    if (this.#isAsking || this.#stopped || nowMs < this.#nextMs) return false;
    return (this.#pending.at(-1)?.sequence ?? 0) > this.#settledUpTo;
  }

  get pending(): number {
    return this.#pending.length;
  }

  /** What the state's outbox holds now. */
  update(pending: readonly PendingEffect[]): void {
    this.#pending = pending;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Everything in the state may leave: asks for the next batch when none is under way. */
  release(nowMs: number): void {
    if (this.isDue(nowMs)) void this.#ask(this.#nextBatch(), nowMs);
  }

  #nextBatch(): ZoneEffect[] {
    const batch: ZoneEffect[] = [];
    let sizeBytes = 0;
    for (const effect of this.#pending) {
      if (effect.sequence <= this.#settledUpTo) continue;
      const described = this.#describe(effect);
      sizeBytes += described.payload.length;
      if (batch.length > 0 && (batch.length >= BATCH_EFFECTS || sizeBytes > BATCH_BYTES)) break;
      batch.push(described);
    }
    return batch;
  }

  #describe(effect: PendingEffect): ZoneEffect {
    const { name, value } = this.#options.describe(effect);
    const json = JSON.stringify(value ?? null);
    // An effect that is too large for a message could never be settled: it goes without its value, and is reported there.
    const payload = utf8Length(json) <= EFFECT_LIMITS.maxPayloadBytes ? json : 'null';
    return { sequence: effect.sequence, tick: effect.tick, kind: name, player: effect.player, payload };
  }

  async #ask(effects: readonly ZoneEffect[], nowMs: number): Promise<void> {
    this.#isAsking = true;
    const { zone, world, bus } = this.#options;
    const request = encodeEffects({ zone, world, effects });
    const outcome = await bus
      .request(subjects.effects, request, TIMEOUT_MS)
      .catch((): RequestOutcome => ({ kind: 'disconnected' }));
    this.#isAsking = false;
    if (!this.#stopped) this.#take(outcome, effects, nowMs);
  }

  #take(outcome: RequestOutcome, effects: readonly ZoneEffect[], nowMs: number): void {
    const answer = outcome.kind === 'answered' ? decodeEffectsAnswer(outcome.payload) : undefined;
    const first = effects[0]?.sequence ?? 0;
    const last = effects.at(-1)?.sequence ?? 0;
    const upTo = Math.min(answer?.upTo ?? 0, last);
    const settled = upTo >= first ? effects.filter((effect) => effect.sequence <= upTo).length : 0;
    this.#failures = settled > 0 ? 0 : this.#failures + 1;
    const pauseMs = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS << Math.max(0, Math.min(this.#failures - 1, 6)));
    this.#nextMs = settled > 0 ? 0 : nowMs + pauseMs;
    const detail = outcome.kind === 'answered' ? answer?.detail || 'applied' : outcome.kind;
    this.#options.observe({ kind: 'effects', pending: this.#pending.length, settled, outcome: detail });
    if (settled === 0) return;
    this.#settledUpTo = upTo;
    this.#options.settle(upTo);
  }
}
