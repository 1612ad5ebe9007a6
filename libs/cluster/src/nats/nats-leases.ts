import type { Lease, LeaseOutcome, LeasePage, Leases } from '@overworld/ports';
import type { ConditionalWriter, WriteOutcome } from './conditional-write.ts';
import { DELETION_HEADER, LeaseWatch } from './lease-watch.ts';
import type { NatsLink } from './link.ts';
import type { StoredMessage, StreamApi } from './stream-api.ts';
import { fromToken, toToken } from './token.ts';

export interface NatsLeasesOptions {
  readonly link: NatsLink;
  readonly api: StreamApi;
  readonly writer: ConditionalWriter;
  readonly stream: string;
  /** `<subject>.<key>` is the subject of a key, whose last message is its value. */
  readonly subject: string;
}

/** How a key-value bucket marks a key that was deleted. */
const DELETED = { [DELETION_HEADER]: 'DEL' } as const;
const CREATE_ATTEMPTS = 3;

/**
 * Leases in a JetStream key-value bucket of their own, which the tools of NATS show as such. Changes go to the leader of the
 * bucket's stream and reads come from it; a revision is the stream's sequence, so it grows over all keys and never repeats.
 *
 * Watchers get what is there and then the changes, within a third of a second of one that this process makes itself, or of
 * its next one: whoever counts the silence of others can rely on it while it writes, whichever server dies. When a key changes faster than they are told, and after a connection was
 * lost, they get its newest state alone; they never end with an older one.
 */
export class NatsLeases implements Leases {
  readonly #options: NatsLeasesOptions;
  readonly #watches = new Set<LeaseWatch>();

  constructor(options: NatsLeasesOptions) {
    this.#options = options;
  }

  async get(key: string): Promise<Lease | undefined> {
    const message = await this.#options.api.last(this.#options.stream, this.#subject(key));
    return message === undefined || isDeletion(message) ? undefined : toLease(key, message);
  }

  async create(key: string, value: Uint8Array): Promise<LeaseOutcome> {
    let expected = 0;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.update(key, value, expected);
      if (outcome.kind !== 'conflict' || attempt === CREATE_ATTEMPTS) return outcome;
      const present = await this.#lastOf(key);
      if ('kind' in present) return present;
      // What a deletion leaves is a message like any other: the new value goes behind it.
      if (present.message === undefined || !isDeletion(present.message)) return outcome;
      expected = present.message.sequence;
    }
  }

  async update(key: string, value: Uint8Array, expectedRevision: number): Promise<LeaseOutcome> {
    return this.#wrote(await this.#options.writer.write(this.#subject(key), value, expectedRevision));
  }

  async delete(key: string, expectedRevision: number): Promise<LeaseOutcome> {
    const nothing = new Uint8Array(0);
    const { writer } = this.#options;
    return this.#wrote(await writer.write(this.#subject(key), nothing, expectedRevision, DELETED));
  }

  /** The stream still names keys that were deleted: a page is read on until it is full. */
  async list(prefix: string, page?: LeasePage): Promise<readonly Lease[]> {
    const keys = (await this.#keys(prefix)).filter((key) => key > (page?.after ?? ''));
    const limit = page?.limit ?? keys.length;
    const found: Lease[] = [];
    for (let next = 0; next < keys.length && found.length < limit; ) {
      const asked = keys.slice(next, next + limit - found.length);
      next += asked.length;
      const leases = await Promise.all(asked.map((key) => this.get(key)));
      found.push(...leases.filter((lease) => lease !== undefined));
    }
    return found;
  }

  watch(prefix: string, listener: (key: string, lease: Lease | undefined) => void): () => void {
    const get = (key: string) => this.get(key);
    const list = (each: string) => this.list(each);
    const watch = new LeaseWatch({ ...this.#options, prefix, listener, get, list });
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.stop();
    };
  }

  close(): void {
    for (const watch of this.#watches) watch.stop();
    this.#watches.clear();
  }

  async #keys(prefix: string): Promise<readonly string[]> {
    const { api, stream, subject } = this.#options;
    const subjects = await api.subjects(stream, `${subject}.>`);
    return subjects
      .map((each) => fromToken(each.slice(subject.length + 1)))
      .filter((key): key is string => key?.startsWith(prefix) === true)
      .sort();
  }

  async #lastOf(key: string): Promise<{ readonly message: StoredMessage | undefined } | LeaseOutcome> {
    try {
      return { message: await this.#options.api.last(this.#options.stream, this.#subject(key)) };
    } catch (error) {
      return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  #wrote(outcome: WriteOutcome): LeaseOutcome {
    if (outcome.kind !== 'written') return outcome;
    for (const watch of this.#watches) watch.expect(outcome.sequence);
    return { kind: 'held', revision: outcome.sequence };
  }

  #subject(key: string): string {
    return `${this.#options.subject}.${toToken(key)}`;
  }
}

function isDeletion(message: StoredMessage): boolean {
  return message.headers.includes(`${DELETION_HEADER}:`);
}

function toLease(key: string, message: StoredMessage): Lease {
  return { key, value: message.bytes, revision: message.sequence };
}
