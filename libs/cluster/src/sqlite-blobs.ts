import type { Blobs } from '@overworld/ports';
import type { StoreThread } from './store-thread.ts';

/** Blobs in one SQLite file, compressed and written by a thread of their own: a put costs the caller one copy. */
export class SqliteBlobs implements Blobs {
  readonly #thread: StoreThread;

  /** Takes a thread that has a blob file; whoever made the thread closes it. */
  constructor(thread: StoreThread) {
    this.#thread = thread;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#thread.request({ kind: 'put', key, bytes });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.#thread.request({ kind: 'get', key })) as Uint8Array | undefined;
  }

  async delete(key: string): Promise<void> {
    await this.#thread.request({ kind: 'delete', key });
  }

  async list(prefix: string): Promise<readonly string[]> {
    return (await this.#thread.request({ kind: 'list', prefix })) as readonly string[];
  }
}
