import type { Refusal, ZoneSpecMessage } from '@overworld/contracts';
import type { Preparation, ZoneRefusal } from '@overworld/zone';

/** A move takes well under a second; what nobody has come for by then, nobody will. */
export const PREPARED_MS = 5_000;
/** Zones that are prepared at a time: each is held in memory whole. */
const MOST_PREPARED = 8;

type Attempt = Promise<Preparation | ZoneRefusal>;

/** What this shard has ready of zones that others run, by zone: a bounded number, for a bounded time. */
export class Preparations {
  readonly #make: (spec: ZoneSpecMessage) => Attempt;
  readonly #attempts = new Map<string, Attempt>();
  /** Those that stand. */
  readonly #ready = new Map<string, Preparation>();

  constructor(make: (spec: ZoneSpecMessage) => Attempt) {
    this.#make = make;
  }

  get size(): number {
    return this.#attempts.size;
  }

  /** Calls at the same time share one attempt; one that stands already is kept for longer. */
  async prepare(spec: ZoneSpecMessage): Promise<{ readonly sequence: number } | Refusal> {
    const known = this.#attempts.get(spec.id);
    if (known === undefined && this.#attempts.size >= MOST_PREPARED)
      return { refused: 'busy', detail: `this shard prepares ${MOST_PREPARED} zones already` };
    const prepared = await (known ?? this.#begin(spec));
    if ('refused' in prepared) return { refused: 'zone-unavailable', detail: prepared.detail };
    if (this.#ready.get(spec.id) !== prepared)
      return { refused: 'zone-unavailable', detail: `what was prepared of ${spec.id} is forgotten` };
    prepared.keep(PREPARED_MS);
    return { sequence: prepared.sequence };
  }

  /** Hands over what is ready, for a takeover that uses it up. What is not ready yet is no help, and is forgotten. */
  take(zone: string): Preparation | undefined {
    const ready = this.#ready.get(zone);
    this.#attempts.delete(zone);
    this.#ready.delete(zone);
    return ready;
  }

  forget(zone: string): void {
    this.take(zone)?.release();
  }

  forgetAll(): void {
    for (const zone of [...this.#attempts.keys()]) this.forget(zone);
  }

  #begin(spec: ZoneSpecMessage): Attempt {
    const attempt: Attempt = this.#attempt(spec, () => this.#attempts.get(spec.id) === attempt);
    this.#attempts.set(spec.id, attempt);
    return attempt;
  }

  async #attempt(spec: ZoneSpecMessage, isWanted: () => boolean): Attempt {
    let isReady = false;
    const forgetIt = (): void => {
      if (isWanted()) this.forget(spec.id);
    };
    try {
      const prepared = await this.#make(spec);
      if ('refused' in prepared) return prepared;
      isReady = isWanted() && !prepared.isOver;
      if (isReady) this.#ready.set(spec.id, prepared);
      else prepared.release();
      prepared.onOver(forgetIt);
      return prepared;
    } finally {
      if (!isReady) forgetIt();
    }
  }
}
