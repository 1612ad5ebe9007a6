import type { Lease, LeaseOutcome, LeasePage, Leases } from '@overworld/ports';

interface Watcher {
  readonly prefix: string;
  readonly listener: (key: string, lease: Lease | undefined) => void;
}

/**
 * Leases in memory. `port()` is another process's view of the same leases; a port that is `away` reaches nothing: its calls
 * reject, its writes are unknown (and not done), its watchers hear nothing until it is back.
 */
export class FakeLeases implements Leases {
  readonly #entries: Map<string, Lease>;
  readonly #ports: Set<FakeLeases>;
  readonly #watchers = new Set<Watcher>();
  readonly #revision: { last: number };
  #away = false;

  constructor(origin?: FakeLeases) {
    this.#entries = origin === undefined ? new Map() : origin.#entries;
    this.#ports = origin === undefined ? new Set() : origin.#ports;
    this.#revision = origin === undefined ? { last: 0 } : origin.#revision;
    this.#ports.add(this);
  }

  port(): FakeLeases {
    return new FakeLeases(this);
  }

  set away(away: boolean) {
    const isBack = this.#away && !away;
    this.#away = away;
    if (isBack) for (const watcher of this.#watchers) this.#tellAll(watcher);
  }

  async get(key: string): Promise<Lease | undefined> {
    this.#reach();
    return this.#entries.get(key);
  }

  async create(key: string, value: Uint8Array): Promise<LeaseOutcome> {
    return this.#change(key, value, (held) => held === undefined);
  }

  async update(key: string, value: Uint8Array, expectedRevision: number): Promise<LeaseOutcome> {
    return this.#change(key, value, (held) => held?.revision === expectedRevision);
  }

  async delete(key: string, expectedRevision: number): Promise<LeaseOutcome> {
    return this.#change(key, undefined, (held) => held?.revision === expectedRevision);
  }

  async list(prefix: string, page?: LeasePage): Promise<readonly Lease[]> {
    this.#reach();
    const behind = page?.after ?? '';
    return [...this.#entries.values()]
      .filter(({ key }) => key.startsWith(prefix) && key > behind)
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .slice(0, page?.limit);
  }

  watch(prefix: string, listener: Watcher['listener']): () => void {
    const watcher = { prefix, listener };
    this.#watchers.add(watcher);
    queueMicrotask(() => this.#tellAll(watcher));
    return () => this.#watchers.delete(watcher);
  }

  #reach(): void {
    if (this.#away) throw new Error('the leases are out of reach');
  }

  #change(
    key: string,
    value: Uint8Array | undefined,
    fits: (held: Lease | undefined) => boolean,
  ): LeaseOutcome {
    if (this.#away) return { kind: 'unknown', detail: 'the leases are out of reach' };
    if (!fits(this.#entries.get(key))) return { kind: 'conflict' };
    this.#revision.last += 1;
    const revision = this.#revision.last;
    const lease = value === undefined ? undefined : { key, value: value.slice(), revision };
    if (lease === undefined) this.#entries.delete(key);
    else this.#entries.set(key, lease);
    for (const port of this.#ports) port.#tell(key, lease);
    return { kind: 'held', revision };
  }

  #tell(key: string, lease: Lease | undefined): void {
    if (this.#away) return;
    for (const watcher of this.#watchers) {
      if (key.startsWith(watcher.prefix)) queueMicrotask(() => watcher.listener(key, lease));
    }
  }

  #tellAll(watcher: Watcher): void {
    if (this.#away || !this.#watchers.has(watcher)) return;
    for (const lease of this.#entries.values()) {
      if (lease.key.startsWith(watcher.prefix)) watcher.listener(lease.key, lease);
    }
  }
}
