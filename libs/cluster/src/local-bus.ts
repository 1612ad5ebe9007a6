import type {
  Bus,
  BusHandler,
  BusMessage,
  BusSubscription,
  Clock,
  RequestOutcome,
  SubscribeOptions,
} from '@overworld/ports';
import { Deliveries, Subscriber } from './deliveries.ts';
import { LocalCalls } from './local-calls.ts';
import { type Route, SubjectTable } from './subjects.ts';
import { SystemClock } from './system-clock.ts';

const DEFAULT_CAPACITY = 65_536;

interface LocalBusOptions {
  readonly clock?: Clock;
  /** A subscriber's handler threw: a programmer error. By default it is thrown again outside of the delivery. */
  readonly onHandlerError?: (error: unknown, subject: string) => void;
}

/**
 * The bus of one process. Messages are delivered in batches from `setImmediate`, so sockets, timers and other
 * subscribers have their turn between batches however much is published. A message is lost only when a subscriber's
 * queue is full (counted) or the bus is closed; payloads are handed over without a copy.
 */
export class LocalBus implements Bus {
  readonly lastCalls = new LocalCalls();
  readonly #table = new SubjectTable<Subscriber>();
  readonly #clock: Clock;
  readonly #deliveries: Deliveries;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #requests = new Set<(outcome: RequestOutcome) => void>();
  #closing: Promise<void> | undefined;

  constructor(options: LocalBusOptions = {}) {
    this.#clock = options.clock ?? new SystemClock();
    this.#deliveries = new Deliveries(options);
  }

  get connected(): boolean {
    return this.#closing === undefined;
  }

  publish(subject: string, payload: Uint8Array): void {
    if (this.#closing !== undefined) return;
    this.#send(this.#table.route(subject), { subject, payload });
  }

  subscribe(subject: string, handler: BusHandler, options: SubscribeOptions = {}): BusSubscription {
    const subscriber = new Subscriber(handler, options.capacity ?? DEFAULT_CAPACITY, (gone) => {
      this.#table.remove(gone);
    });
    this.#table.add(subject, options.queue, subscriber);
    return subscriber;
  }

  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<RequestOutcome> {
    if (this.#closing !== undefined) return Promise.resolve({ kind: 'disconnected' });
    const route = this.#table.route(subject);
    if (route.plain.length === 0 && route.queues.length === 0)
      return Promise.resolve({ kind: 'no-responder' });
    return new Promise((resolve) => {
      const settle = (outcome: RequestOutcome) => {
        if (!this.#requests.delete(settle)) return;
        cancel();
        resolve(outcome);
      };
      this.#requests.add(settle);
      const cancel = this.#clock.after(timeoutMs, () => settle({ kind: 'timeout' }));
      this.#send(route, {
        subject,
        payload,
        reply: (answer) => settle({ kind: 'answered', payload: answer }),
      });
    });
  }

  onStatus(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told the subject of every message that found a full queue and pushed an older one out: for metrics. */
  onDrop(listener: (subject: string) => void): void {
    this.#deliveries.onDrop(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#deliveries.idle();
    for (const settle of [...this.#requests]) settle({ kind: 'disconnected' });
    for (const listener of [...this.#listeners]) listener(false);
  }

  #send(route: Route<Subscriber>, message: BusMessage): void {
    for (const subscriber of route.plain) this.#deliveries.enqueue(subscriber, message);
    for (const queue of route.queues) {
      queue.turn = (queue.turn + 1) % queue.members.length;
      this.#deliveries.enqueue(queue.members[queue.turn] as Subscriber, message);
    }
  }
}
