import { encodeJson } from '@overworld/platform';
import type { Clock, Lease, Leases } from '@overworld/ports';

const RENEW_MS = 450;
/** A leader whose last acknowledged renewal was sent longer ago acts no more; others wait longer before they take over. */
const LEADS_MS = 900;
const SILENT_MS = 1500;

/**
 * One leader among the session processes, by a lease. It decides where zones move and which lobbies end: work that two may
 * do at the same time without harm, but not without waste.
 */
export class Leadership {
  readonly #key: string;
  readonly #id: string;
  readonly #leases: Leases;
  readonly #clock: Clock;
  #acknowledgedAtMs = Number.NEGATIVE_INFINITY;
  #seen: { readonly revision: number; readonly atMs: number } | undefined;
  #revision = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(key: string, id: string, leases: Leases, clock: Clock) {
    this.#key = key;
    this.#id = id;
    this.#leases = leases;
    this.#clock = clock;
  }

  get isLeader(): boolean {
    return this.#clock.now() - this.#acknowledgedAtMs < LEADS_MS;
  }

  async start(): Promise<void> {
    await this.#turn();
    this.#later();
  }

  /** Lets another lead at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    if (this.isLeader) await this.#leases.delete(this.#key, this.#revision).catch(() => undefined);
    this.#acknowledgedAtMs = Number.NEGATIVE_INFINITY;
  }

  #later(): void {
    this.#cancel = this.#clock.after(RENEW_MS, () => {
      void this.#turn().then(() => {
        if (!this.#stopped) this.#later();
      });
    });
  }

  async #turn(): Promise<void> {
    try {
      await this.#tryToLead();
    } catch {
      // The leases are out of reach: whoever led leads no more once its last renewal is old.
    }
  }

  async #tryToLead(): Promise<void> {
    const sentAtMs = this.#clock.now();
    const value = encodeJson({ id: this.#id, at: sentAtMs });
    if (this.isLeader) {
      const outcome = await this.#leases.update(this.#key, value, this.#revision);
      if (outcome.kind === 'held') {
        this.#acknowledged(outcome.revision, sentAtMs);
        return;
      }
    }
    const held = await this.#leases.get(this.#key);
    if (!this.#mayTake(held, sentAtMs)) return;
    const outcome =
      held === undefined
        ? await this.#leases.create(this.#key, value)
        : await this.#leases.update(this.#key, value, held.revision);
    if (outcome.kind === 'held') this.#acknowledged(outcome.revision, sentAtMs);
  }

  #acknowledged(revision: number, sentAtMs: number): void {
    this.#revision = revision;
    this.#acknowledgedAtMs = sentAtMs;
  }

  /** Free, our own, or silent for long. */
  #mayTake(held: Lease | undefined, nowMs: number): boolean {
    if (held === undefined || held.revision === this.#revision) return true;
    if (held.revision !== this.#seen?.revision) this.#seen = { revision: held.revision, atMs: nowMs };
    return nowMs - this.#seen.atMs >= SILENT_MS;
  }
}
