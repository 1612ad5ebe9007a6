import { assert } from '@overworld/kernel';
import type {
  Bus,
  BusHandler,
  BusMessage,
  BusSubscription,
  RequestOutcome,
  SubscribeOptions,
} from '@overworld/ports';
import type { Msg } from '@nats-io/transport-node';
import { Deliveries, Subscriber } from '../deliveries.ts';
import { isPattern } from '../subjects.ts';
import { plain } from './bytes.ts';
import type { NatsLink } from './link.ts';
import type { Reply } from './replies.ts';

const DEFAULT_CAPACITY = 65_536;

interface NatsBusOptions {
  /** A subscriber's handler threw: a programmer error. By default it is thrown again outside of the delivery. */
  readonly onHandlerError?: (error: unknown, subject: string) => void;
}

/**
 * The bus on core NATS: at most once. A message is lost when the publisher is not connected, when a subscriber is not, and
 * when a subscriber's queue is full; the connection comes back by itself, and subscriptions with it. Handlers are called
 * in batches from `setImmediate`, never from within the socket's own callback.
 *
 * A payload above `maxPayloadBytes` is dropped and told to `onDrop`; a request with one is answered `no-responder`.
 */
export class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #deliveries: Deliveries;
  readonly #subscribers = new Set<Subscriber>();
  readonly #requests = new Set<(outcome: RequestOutcome) => void>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #stopFollowing: () => void;
  #onDrop: (subject: string) => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(link: NatsLink, options: NatsBusOptions = {}) {
    this.#link = link;
    this.#deliveries = new Deliveries(options);
    this.#stopFollowing = link.onStatus((connected) => this.#tell(connected));
  }

  get connected(): boolean {
    return this.#link.connected && this.#closing === undefined;
  }

  /** The largest payload that the server takes. */
  get maxPayloadBytes(): number {
    return this.#link.maxPayloadBytes;
  }

  publish(subject: string, payload: Uint8Array): void {
    if (!this.connected) return;
    if (payload.length > this.maxPayloadBytes) this.#onDrop(subject);
    else this.#link.connection.publish(subject, payload);
  }

  subscribe(subject: string, handler: BusHandler, options: SubscribeOptions = {}): BusSubscription {
    assert(isPattern(subject), `a subscription names a subject: ${JSON.stringify(subject)}`);
    // Without wildcards every message has the subscription's own subject, which then need not be decoded.
    const exact = /[*>]/.test(subject) ? undefined : subject;
    const subscriber = new Subscriber(handler, options.capacity ?? DEFAULT_CAPACITY, (gone) => {
      this.#subscribers.delete(gone);
      if (!this.#link.connection.isClosed()) subscription.unsubscribe();
    });
    const take = (message: Msg) => {
      if (subscriber.isActive) this.#deliveries.enqueue(subscriber, this.#received(message, exact));
    };
    const subscription = this.#link.subscribe(subject, take, options.queue);
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<RequestOutcome> {
    if (!this.connected) return Promise.resolve({ kind: 'disconnected' });
    if (payload.length > this.maxPayloadBytes) {
      this.#onDrop(subject);
      return Promise.resolve({ kind: 'no-responder' });
    }
    return new Promise((resolve) => {
      const settle = (outcome: RequestOutcome) => {
        if (this.#requests.delete(settle)) resolve(outcome);
      };
      this.#requests.add(settle);
      this.#link.request(subject, payload, timeoutMs, (reply) => settle(toOutcome(reply)));
    });
  }

  onStatus(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told the subject of every message that was pushed out of a full queue, or was too large to be sent: for metrics. */
  onDrop(listener: (subject: string) => void): void {
    this.#onDrop = listener;
    this.#deliveries.onDrop(listener);
  }

  /** Resolves once the server knows every subscription that was made before, and has what was published. */
  flush(): Promise<void> {
    return this.#link.flush();
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish(this.#link.connected);
    return this.#closing;
  }

  async #finish(wasConnected: boolean): Promise<void> {
    // What this process published to itself comes before the answer to the flush.
    await this.#link.flush();
    await this.#deliveries.idle();
    for (const subscriber of [...this.#subscribers]) subscriber.unsubscribe();
    for (const settle of [...this.#requests]) settle({ kind: 'disconnected' });
    this.#stopFollowing();
    if (wasConnected) for (const listener of [...this.#listeners]) listener(false);
  }

  #tell(connected: boolean): void {
    if (this.#closing === undefined) for (const listener of [...this.#listeners]) listener(connected);
  }

  #received(message: Msg, exact: string | undefined): BusMessage {
    const subject = exact ?? message.subject;
    const payload = plain(message.data);
    const to = message.reply;
    if (to === undefined || to === '') return { subject, payload };
    return { subject, payload, reply: (answer) => this.#reply(to, subject, answer) };
  }

  #reply(to: string, subject: string, payload: Uint8Array): void {
    if (!this.#link.connected) return;
    if (payload.length > this.maxPayloadBytes) this.#onDrop(subject);
    else this.#link.connection.publish(to, payload);
  }
}

function toOutcome(reply: Reply): RequestOutcome {
  // Nothing was sent: a subject that cannot be, or a connection that ended in this very moment.
  return reply.kind === 'unsendable' ? { kind: 'disconnected' } : reply;
}
