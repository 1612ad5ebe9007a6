import type {
  Bus,
  BusHandler,
  BusMessage,
  BusSubscription,
  Clock,
  RequestOutcome,
  SubscribeOptions,
} from '@overworld/ports';
import { Fifo } from './fifo.ts';
import { type Route, SubjectTable } from './subjects.ts';
import { SystemClock } from './system-clock.ts';

const DEFAULT_CAPACITY = 65_536;
/** Messages that one subscriber gets before others and the sockets have their turn. */
const BATCH = 1_024;

interface LocalBusOptions {
  readonly clock?: Clock;
  /** A subscriber's handler threw: a programmer error. By default it is thrown again outside of the delivery. */
  readonly onHandlerError?: (error: unknown, subject: string) => void;
}

class Subscriber implements BusSubscription {
  readonly handler: BusHandler;
  readonly queue: Fifo<BusMessage>;
  readonly onUnsubscribe: (subscriber: Subscriber) => void;
  isReady = false;
  isActive = true;

  constructor(handler: BusHandler, capacity: number, onUnsubscribe: (subscriber: Subscriber) => void) {
    this.handler = handler;
    this.queue = new Fifo(capacity);
    this.onUnsubscribe = onUnsubscribe;
  }

  get dropped(): number {
    return this.queue.dropped;
  }

  unsubscribe(): void {
    if (!this.isActive) return;
    this.isActive = false;
    this.queue.clear();
    this.onUnsubscribe(this);
  }
}

/**
 * The bus of one process. Messages are delivered in batches from `setImmediate`, so sockets, timers and other
 * subscribers have their turn between batches however much is published. A message is lost only when a subscriber's
 * queue is full (counted) or the bus is closed; payloads are handed over without a copy.
 */
export class LocalBus implements Bus {
  readonly #table = new SubjectTable<Subscriber>();
  readonly #clock: Clock;
  readonly #onHandlerError: (error: unknown, subject: string) => void;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #requests = new Set<(outcome: RequestOutcome) => void>();
  #onDrop: (subject: string) => void = () => {};
  #ready: Subscriber[] = [];
  #delivering: Subscriber[] = [];
  #isScheduled = false;
  #closing: Promise<void> | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: LocalBusOptions = {}) {
    this.#clock = options.clock ?? new SystemClock();
    this.#onHandlerError = options.onHandlerError ?? rethrowLater;
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
    this.#onDrop = listener;
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    if (this.#isScheduled) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    for (const settle of [...this.#requests]) settle({ kind: 'disconnected' });
    for (const listener of [...this.#listeners]) listener(false);
  }

  #send(route: Route<Subscriber>, message: BusMessage): void {
    for (const subscriber of route.plain) this.#enqueue(subscriber, message);
    for (const queue of route.queues) {
      queue.turn = (queue.turn + 1) % queue.members.length;
      this.#enqueue(queue.members[queue.turn] as Subscriber, message);
    }
  }

  #enqueue(subscriber: Subscriber, message: BusMessage): void {
    if (!subscriber.queue.push(message)) this.#onDrop(message.subject);
    if (subscriber.isReady) return;
    subscriber.isReady = true;
    this.#ready.push(subscriber);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#drain);
  }

  readonly #drain = (): void => {
    this.#isScheduled = false;
    const delivering = this.#ready;
    this.#ready = this.#delivering;
    this.#delivering = delivering;
    for (let index = 0; index < delivering.length; index++) this.#deliver(delivering[index] as Subscriber);
    delivering.length = 0;
    if (!this.#isScheduled) this.#onIdle?.();
  };

  #deliver(subscriber: Subscriber): void {
    const count = Math.min(subscriber.queue.length, BATCH);
    for (let index = 0; index < count; index++) {
      const message = subscriber.queue.shift();
      if (message === undefined) break;
      try {
        subscriber.handler(message);
      } catch (error) {
        this.#onHandlerError(error, message.subject);
      }
    }
    subscriber.isReady = subscriber.queue.length > 0;
    if (!subscriber.isReady) return;
    this.#ready.push(subscriber);
    this.#schedule();
  }
}

function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
