import type { Clock, Leases } from '@overworld/ports';
import { encodeJson } from './rpc-message.ts';

const RENEW_MS = 250;
/** A renewal that was acknowledged longer ago than this says nothing about now. */
const FRESH_MS = 1000;

export interface PresenceLeasePorts {
  readonly key: string;
  readonly leases: Leases;
  readonly clock: Clock;
  /** What the lease says, as JSON; the heartbeat grows with every renewal. */
  readonly describe: (heartbeat: number) => object;
  /** Told when writes arrive again after a silence in which others may have taken this process for dead. */
  readonly returned?: () => void;
  /** Default 250. */
  readonly renewMs?: number;
}

export interface WritesArrived {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * This process's own lease, written again and again: it shows that the process lives, and shows the process that its writes
 * arrive.
 */
export class PresenceLease {
  readonly #ports: PresenceLeasePorts;
  #beat = 0;
  #revision = 0;
  #acknowledgedAtMs = Number.NEGATIVE_INFINITY;
  #sinceMs: number | undefined;
  #cancel: (() => void) | undefined;
  /** The renewal under way, if any: two at a time would stand in each other's way. */
  #renewal = Promise.resolve();
  #stopped = false;

  constructor(ports: PresenceLeasePorts) {
    this.#ports = ports;
  }

  /**
   * The stretch of time in which writes of this process are known to have arrived, up to the sending of the last one that was
   * acknowledged: who has not written within it is silent, who has not written after it may only be unheard.
   */
  writes(): WritesArrived | undefined {
    const nowMs = this.#ports.clock.now();
    if (this.#sinceMs === undefined || nowMs - this.#acknowledgedAtMs >= FRESH_MS) return undefined;
    return { sinceMs: this.#sinceMs, untilMs: this.#acknowledgedAtMs };
  }

  get heartbeat(): number {
    return this.#beat;
  }

  /** Resolves when the others can know. */
  async start(): Promise<void> {
    await this.renew();
    this.#renewLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    if (this.#revision > 0)
      await this.#ports.leases.delete(this.#ports.key, this.#revision).catch(() => undefined);
  }

  #renewLater(): void {
    this.#cancel = this.#ports.clock.after(this.#ports.renewMs ?? RENEW_MS, () => {
      void this.renew().then(() => {
        if (!this.#stopped) this.#renewLater();
      });
    });
  }

  /** Now, or behind the renewal under way, and not only when the time has come: what it says has changed, say. Never rejects. */
  renew(): Promise<void> {
    this.#renewal = this.#renewal.then(() => this.#renew());
    return this.#renewal;
  }

  async #renew(): Promise<void> {
    if (this.#stopped) return;
    const sentAtMs = this.#ports.clock.now();
    this.#beat += 1;
    const value = encodeJson(this.#ports.describe(this.#beat));
    try {
      const outcome =
        this.#revision === 0
          ? await this.#ports.leases.create(this.#ports.key, value)
          : await this.#ports.leases.update(this.#ports.key, value, this.#revision);
      if (outcome.kind === 'held') this.#acknowledged(outcome.revision, sentAtMs);
      else this.#revision = (await this.#ports.leases.get(this.#ports.key))?.revision ?? 0;
    } catch {
      // Out of reach: the next renewal tries again.
    }
  }

  #acknowledged(revision: number, sentAtMs: number): void {
    const isFirst = this.#revision === 0 && this.#acknowledgedAtMs === Number.NEGATIVE_INFINITY;
    this.#revision = revision;
    const wasFresh = sentAtMs - this.#acknowledgedAtMs < FRESH_MS;
    if (!wasFresh || this.#sinceMs === undefined) this.#sinceMs = this.#ports.clock.now();
    this.#acknowledgedAtMs = sentAtMs;
    if (!wasFresh && !isFirst) this.#ports.returned?.();
  }
}
