import { type Clock, pause } from '@overworld/ports';
import type { Zones } from './zones.ts';

const PARALLEL = 8;
const AGAIN_MS = 500;
const MAX_ATTEMPTS = 20;

/**
 * Brings the zones of a shard that has gone back on other shards. Every session process does this for itself: the leases
 * let one of them win each zone. What could not be placed is tried again for ten seconds; after that it starts when somebody
 * needs it.
 */
export class Recovery {
  readonly #zones: Zones;
  readonly #clock: Clock;
  readonly #report: (shard: string, zones: number, error?: unknown) => void;
  readonly #isAlive: (shard: string) => boolean;
  #stopped = false;

  constructor(
    zones: Zones,
    clock: Clock,
    report: (shard: string, zones: number, error?: unknown) => void,
    isAlive: (shard: string) => boolean = () => false,
  ) {
    this.#zones = zones;
    this.#clock = clock;
    this.#report = report;
    this.#isAlive = isAlive;
  }

  stop(): void {
    this.#stopped = true;
  }

  async recover(shard: string): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.#stopped; attempt++) {
      try {
        const orphans = await this.#zones.placements.placed(shard);
        if (orphans.length === 0) return;
        if (attempt === 0) this.#report(shard, orphans.length);
        await this.#ensureAll(orphans.map(({ zone }) => zone));
        // A new process of the same id took them itself.
        if (this.#isAlive(shard)) return;
      } catch (error) {
        this.#report(shard, 0, error);
      }
      await pause(this.#clock, AGAIN_MS);
    }
  }

  async #ensureAll(zones: string[]): Promise<void> {
    const lanes = Array.from({ length: Math.min(PARALLEL, zones.length) }, async () => {
      for (let zone = zones.pop(); zone !== undefined && !this.#stopped; zone = zones.pop()) {
        await this.#zones.ensure(zone);
      }
    });
    await Promise.all(lanes);
  }
}
