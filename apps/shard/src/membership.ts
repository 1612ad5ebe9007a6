import { leaseKeys, type ShardMember } from '@overworld/contracts';
import type { Clock, Leases } from '@overworld/ports';
import type { HostLoad } from './zone-host.ts';

const RENEW_MS = 450;
const encoder = new TextEncoder();

export interface Described extends HostLoad {
  readonly draining: boolean;
}

/** Tells the others, again and again, that this shard is there and how much it has to do. */
export class Membership {
  readonly #id: string;
  readonly #leases: Leases;
  readonly #clock: Clock;
  readonly #describe: () => Described;
  #heartbeat = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(id: string, leases: Leases, clock: Clock, describe: () => Described) {
    this.#id = id;
    this.#leases = leases;
    this.#clock = clock;
    this.#describe = describe;
  }

  /** Resolves when the others can know. */
  async start(): Promise<void> {
    await this.#renew();
    this.#renewLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    const held = await this.#leases.get(leaseKeys.shard(this.#id)).catch(() => undefined);
    if (held !== undefined) await this.#leases.delete(held.key, held.revision).catch(() => undefined);
  }

  #renewLater(): void {
    this.#cancel = this.#clock.after(RENEW_MS, () => {
      void this.#renew().then(() => {
        if (!this.#stopped) this.#renewLater();
      });
    });
  }

  async #renew(): Promise<void> {
    const key = leaseKeys.shard(this.#id);
    this.#heartbeat += 1;
    const { zones, players, load, draining } = this.#describe();
    const member: ShardMember = { id: this.#id, zones, players, load, draining, heartbeat: this.#heartbeat };
    const value = encoder.encode(JSON.stringify(member));
    try {
      const held = await this.#leases.get(key);
      if (this.#stopped) return;
      if (held === undefined) await this.#leases.create(key, value);
      else await this.#leases.update(key, value, held.revision);
    } catch {
      // Out of reach: the next renewal tries again, and the others see the silence.
    }
  }
}
