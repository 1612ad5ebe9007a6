import type { Msg, Subscription } from '@nats-io/transport-node';
import type { Lease } from '@overworld/ports';
import { plain } from './bytes.ts';
import { type Delivery, makeConsumer, nanoseconds, parseDelivery, removeConsumer } from './consumers.ts';
import type { NatsLink } from './link.ts';
import type { StreamApi } from './stream-api.ts';
import { fromToken } from './token.ts';

export const DELETION_HEADER = 'KV-Operation';
const HEARTBEAT_MS = 1_000;
/** Heartbeats come from the server that has the consumer; it is given up when this many were missed. */
const MISSED_HEARTBEATS = 3;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 2_000;
/** A change that this process made itself has to come through within this time. */
const LAG_MS = 250;
/** How often the leader is asked while there is no consumer. */
const POLL_MS = 300;
/** A mark of a deletion that is older than this was seen by everybody who will. */
const MARK_LIFE_MS = 600_000;

type Listener = (key: string, lease: Lease | undefined) => void;

export interface LeaseWatchOptions {
  readonly link: NatsLink;
  readonly api: StreamApi;
  readonly stream: string;
  readonly subject: string;
  readonly prefix: string;
  readonly listener: Listener;
  /** What the leader has. */
  readonly get: (key: string) => Promise<Lease | undefined>;
  readonly list: (prefix: string) => Promise<readonly Lease[]>;
}

/** One consumer and what came through it. */
interface Session {
  readonly subscription: Subscription;
  readonly seen: Set<string>;
  name: string | undefined;
  /** How many messages tell what is there; known once the server has answered. */
  present: number;
  received: number;
  heardMs: number;
}

/*
 *              made                   gap, silence, lag, consumer gone
 *   making ----------> following ----------------------------------+
 *     ^  | refused, no answer                                      |
 *     |  +--> waiting (100 ms, doubled up to 2 s) <----------------+
 *     |           |
 *     +-----------+  or at once when the connection comes back
 *
 * Every session begins with the last message of each key. What differs from what the listener was told is told; a key that
 * is missing, or older than what is known, is asked for from the leader first, because the consumer's server may lag.
 *
 * A consumer dies with its server, while leases are renewed through the others. Whoever counts silence would then take
 * everybody for dead, so a watcher must not be silent while this process's own writes succeed: each of them has to come
 * through, and while none does, the leader is asked every 300 ms for what there is.
 */
export class LeaseWatch {
  readonly #options: LeaseWatchOptions;
  readonly #stopFollowing: () => void;
  /** The revision that the listener was told last. */
  readonly #known = new Map<string, number>();
  #session: Session | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #lagTimer: NodeJS.Timeout | undefined;
  /** The highest sequence that came through the consumer, and the one that has to. */
  #reached = 0;
  #expected = 0;
  #retryMs = RETRY_FIRST_MS;
  #isStopped = false;

  constructor(options: LeaseWatchOptions) {
    this.#options = options;
    const restart = (connected: boolean) => this.#restart(connected ? 0 : RETRY_MOST_MS);
    this.#stopFollowing = options.link.onStatus(restart);
    this.#pollLater();
    void this.#make();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopFollowing();
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#lagTimer);
    this.#end();
  }

  /** This process has made a change of this revision. */
  expect(revision: number): void {
    this.#expected = Math.max(this.#expected, revision);
    if (this.#session === undefined || this.#reached >= revision || this.#lagTimer !== undefined) return;
    this.#lagTimer = setTimeout(() => {
      this.#lagTimer = undefined;
      if (this.#session === undefined || this.#reached >= revision) return;
      void this.#poll();
      this.#retry();
    }, LAG_MS);
    this.#lagTimer.unref();
  }

  #restart(delayMs: number): void {
    if (this.#isStopped) return;
    this.#end();
    this.#pollLater();
    this.#timer = setTimeout(() => void this.#make(), delayMs);
  }

  #retry(): void {
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(RETRY_MOST_MS, delayMs * 2);
    this.#restart(delayMs);
  }

  #end(): void {
    clearTimeout(this.#timer);
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    const { link, api, stream } = this.#options;
    if (!link.connection.isClosed()) session.subscription.unsubscribe();
    if (session.name !== undefined) removeConsumer(api, stream, session.name);
  }

  async #make(): Promise<void> {
    const { link, api, stream, subject } = this.#options;
    if (this.#isStopped || !link.connected) return;
    const inbox = link.inbox();
    const subscription = link.subscribe(inbox, (message) => this.#take(session, message));
    const session = begin(subscription);
    this.#session = session;
    try {
      const config = {
        deliver_subject: inbox,
        deliver_policy: 'last_per_subject',
        idle_heartbeat: nanoseconds(HEARTBEAT_MS),
      };
      const consumer = await makeConsumer(api, { stream, filter: `${subject}.>`, config });
      this.#made(session, consumer.name, consumer.pending);
    } catch {
      if (this.#session === session) this.#retry();
    }
  }

  #made(session: Session, name: string, present: number): void {
    if (this.#session !== session) {
      removeConsumer(this.#options.api, this.#options.stream, name);
      return;
    }
    session.name = name;
    session.present = present;
    this.#listen(session);
    this.#compareWhenComplete(session);
  }

  #listen(session: Session): void {
    this.#timer = setTimeout(() => {
      const silenceMs = performance.now() - session.heardMs;
      if (silenceMs > HEARTBEAT_MS * MISSED_HEARTBEATS) this.#retry();
      else this.#listen(session);
    }, HEARTBEAT_MS);
    this.#timer.unref();
  }

  #take(session: Session, message: Msg): void {
    if (this.#session !== session) return;
    session.heardMs = performance.now();
    const delivery = parseDelivery(message.reply ?? '');
    if (delivery === undefined) {
      if (isSilence(message, session.received)) return;
      this.#retry();
    } else if (delivery.consumerSequence === session.received + 1) {
      session.received++;
      this.#reached = Math.max(this.#reached, delivery.streamSequence);
      this.#came(session, message, delivery);
      this.#compareWhenComplete(session);
    } else {
      this.#retry();
    }
  }

  #came(session: Session, message: Msg, delivery: Delivery): void {
    const key = fromToken(message.subject.slice(this.#options.subject.length + 1));
    const isDeletion = message.headers?.has(DELETION_HEADER) === true;
    if (isDeletion) this.#forgetOldMark(message.subject, delivery);
    if (key === undefined || !key.startsWith(this.#options.prefix)) return;
    session.seen.add(key);
    const revision = delivery.streamSequence;
    const known = this.#known.get(key);
    if (known !== undefined && revision < known) void this.#ask(session, key);
    else if (isDeletion) this.#tell(key, undefined);
    else this.#tell(key, { key, value: plain(message.data).slice(), revision });
  }

  #compareWhenComplete(session: Session): void {
    if (session.received < session.present) return;
    session.present = Number.POSITIVE_INFINITY;
    for (const key of this.#known.keys()) if (!session.seen.has(key)) void this.#ask(session, key);
    // A server that lags may have given less than there is: then this is not over.
    if (this.#reached < this.#expected) {
      this.expect(this.#expected);
      return;
    }
    this.#retryMs = RETRY_FIRST_MS;
    clearTimeout(this.#pollTimer);
    this.#pollTimer = undefined;
  }

  /** Tells what the leader has, unless something newer was told meanwhile. */
  async #ask(session: Session, key: string): Promise<void> {
    const known = this.#known.get(key);
    try {
      const lease = await this.#options.get(key);
      if (this.#session === session && this.#known.get(key) === known) this.#tell(key, lease);
    } catch {
      if (this.#session === session) this.#retry();
    }
  }

  #pollLater(): void {
    this.#pollTimer ??= setTimeout(() => {
      this.#pollTimer = undefined;
      if (this.#isStopped) return;
      this.#pollLater();
      void this.#poll();
    }, POLL_MS);
    this.#pollTimer.unref();
  }

  async #poll(): Promise<void> {
    if (!this.#options.link.connected) return;
    const before = new Map(this.#known);
    try {
      for (const lease of await this.#options.list(this.#options.prefix)) {
        before.delete(lease.key);
        if ((this.#known.get(lease.key) ?? 0) < lease.revision) this.#tell(lease.key, lease);
      }
      for (const [key, revision] of before) if (this.#known.get(key) === revision) this.#tell(key, undefined);
    } catch {
      // Nobody answers: asked again, until the consumer is back.
    }
  }

  #tell(key: string, lease: Lease | undefined): void {
    if (this.#known.get(key) === lease?.revision) return;
    if (lease === undefined) this.#known.delete(key);
    else this.#known.set(key, lease.revision);
    // Never from within the socket's callback, which an error would end.
    setImmediate(() => {
      if (!this.#isStopped) this.#options.listener(key, lease);
    });
  }

  #forgetOldMark(subject: string, delivery: Delivery): void {
    if (Date.now() - delivery.timestampMs < MARK_LIFE_MS) return;
    const { api, stream } = this.#options;
    api.purge(stream, subject, delivery.streamSequence + 1).catch(() => undefined);
  }
}

function begin(subscription: Subscription): Session {
  const present = Number.POSITIVE_INFINITY;
  return { subscription, seen: new Set(), name: undefined, present, received: 0, heardMs: performance.now() };
}

/** True for a heartbeat that has seen nothing more than we have. */
function isSilence(message: Msg, received: number): boolean {
  const last = message.headers?.get('Nats-Last-Consumer');
  return message.headers?.code === 100 && (last === undefined || last === '' || Number(last) <= received);
}
