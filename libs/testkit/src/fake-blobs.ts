import type { Blobs, Clock } from '@overworld/ports';

/** Blobs in memory. `failing` makes every call reject, as an unreachable store does. Bytes are copied in and out. */
export class FakeBlobs implements Blobs {
  readonly entries = new Map<string, Uint8Array>();
  failing = false;
  latencyMs = 0;
  readonly #clock: Clock | undefined;

  constructor(options: { clock?: Clock; latencyMs?: number } = {}) {
    this.#clock = options.clock;
    this.latencyMs = options.latencyMs ?? 0;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    await this.#reach();
    this.entries.set(key, copy);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.#reach();
    return this.entries.get(key)?.slice();
  }

  async delete(key: string): Promise<void> {
    await this.#reach();
    this.entries.delete(key);
  }

  async list(prefix: string): Promise<readonly string[]> {
    await this.#reach();
    return [...this.entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  #reach(): Promise<void> {
    if (this.failing) return Promise.reject(new Error('the blob store is out of reach'));
    const clock = this.#clock;
    if (!clock || this.latencyMs <= 0) return Promise.resolve();
    return new Promise((resolve) => clock.after(this.latencyMs, resolve));
  }
}
