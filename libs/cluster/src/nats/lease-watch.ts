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
/** A mark of a deletion that is older than this was seen by everybody who will. */
const MARK_LIFE_MS = 600_000;

interface Source {
  readonly link: NatsLink;
  readonly api: StreamApi;
  readonly stream: string;
  readonly subject: string;
}

type Listener = (key: string, lease: Lease | undefined) => void;

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
 *              made                   gap, silence, consumer gone
 *   making ----------> following ----------------------------------+
 *     ^  | refused, no answer                                      |
 *     |  +--> waiting (100 ms, doubled up to 2 s) <----------------+
 *     |           |
 *     +-----------+  or at once when the connection comes back
 *
 * Every session begins with the last message of each key. What differs from what the listener was told is told; a key that
 * is missing, or older than what is known, is asked for from the leader first, because the consumer's server may lag.
 */
export class LeaseWatch {
  readonly #source: Source;
  readonly #get: (key: string) => Promise<Lease | undefined>;
  readonly #prefix: string;
  readonly #listener: Listener;
  readonly #stopFollowing: () => void;
  /** The revision that the listener was told last. */
  readonly #known = new Map<string, number>();
  #session: Session | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = RETRY_FIRST_MS;
  #isStopped = false;

  constructor(
    source: Source,
    get: (key: string) => Promise<Lease | undefined>,
    prefix: string,
    listener: Listener,
  ) {
    this.#source = source;
    this.#get = get;
    this.#prefix = prefix;
    this.#listener = listener;
    this.#stopFollowing = source.link.onStatus((connected) => this.#restart(connected ? 0 : RETRY_MOST_MS));
    void this.#make();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopFollowing();
    this.#end();
  }

  #restart(delayMs: number): void {
    if (this.#isStopped) return;
    this.#end();
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
    if (!this.#source.link.connection.isClosed()) session.subscription.unsubscribe();
    if (session.name !== undefined) removeConsumer(this.#source.api, this.#source.stream, session.name);
  }

  async #make(): Promise<void> {
    const { link, api, stream, subject } = this.#source;
    if (this.#isStopped || !link.connected) return;
    const inbox = link.inbox();
    const subscription = link.subscribe(inbox, (message) => this.#take(session, message));
    const session: Session = {
      subscription,
      seen: new Set(),
      name: undefined,
      present: Number.POSITIVE_INFINITY,
      received: 0,
      heardMs: performance.now(),
    };
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
      removeConsumer(this.#source.api, this.#source.stream, name);
      return;
    }
    session.name = name;
    session.present = present;
    this.#retryMs = RETRY_FIRST_MS;
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
      this.#told(session, message, delivery);
      this.#compareWhenComplete(session);
    } else {
      this.#retry();
    }
  }

  #told(session: Session, message: Msg, delivery: Delivery): void {
    const key = fromToken(message.subject.slice(this.#source.subject.length + 1));
    const isDeletion = message.headers?.has(DELETION_HEADER) === true;
    if (isDeletion) this.#forgetOldMark(message.subject, delivery);
    if (key === undefined || !key.startsWith(this.#prefix)) return;
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
  }

  /** Tells what the leader has, unless something newer was told meanwhile. */
  async #ask(session: Session, key: string): Promise<void> {
    const known = this.#known.get(key);
    try {
      const lease = await this.#get(key);
      if (this.#session === session && this.#known.get(key) === known) this.#tell(key, lease);
    } catch {
      if (this.#session === session) this.#retry();
    }
  }

  #tell(key: string, lease: Lease | undefined): void {
    if (this.#known.get(key) === lease?.revision) return;
    if (lease === undefined) this.#known.delete(key);
    else this.#known.set(key, lease.revision);
    // Never from within the socket's callback, which an error would end.
    setImmediate(() => {
      if (!this.#isStopped) this.#listener(key, lease);
    });
  }

  #forgetOldMark(subject: string, delivery: Delivery): void {
    if (Date.now() - delivery.timestampMs < MARK_LIFE_MS) return;
    const { api, stream } = this.#source;
    api.purge(stream, subject, delivery.streamSequence + 1).catch(() => undefined);
  }
}

/** True for a heartbeat that has seen nothing more than we have. */
function isSilence(message: Msg, received: number): boolean {
  const last = message.headers?.get('Nats-Last-Consumer');
  return message.headers?.code === 100 && (last === undefined || last === '' || Number(last) <= received);
}
