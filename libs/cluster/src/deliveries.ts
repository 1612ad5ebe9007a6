import type { BusHandler, BusMessage, BusSubscription } from '@overworld/ports';
import { Fifo } from './fifo.ts';

/** Messages that one subscriber gets before others and the sockets have their turn. */
const BATCH = 1_024;

/** One subscriber: its handler, and the messages that wait for it. */
export class Subscriber implements BusSubscription {
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

interface DeliveriesOptions {
  /** A subscriber's handler threw: a programmer error. By default it is thrown again outside of the delivery. */
  readonly onHandlerError?: (error: unknown, subject: string) => void;
}

/**
 * Hands queued messages to subscribers in batches from `setImmediate`, so sockets, timers and other subscribers have their
 * turn between batches however much comes in. A full queue drops its oldest message.
 */
export class Deliveries {
  readonly #onHandlerError: (error: unknown, subject: string) => void;
  #onDrop: (subject: string) => void = () => {};
  #ready: Subscriber[] = [];
  #delivering: Subscriber[] = [];
  #isScheduled = false;
  #onIdle: (() => void) | undefined;

  constructor(options: DeliveriesOptions = {}) {
    this.#onHandlerError = options.onHandlerError ?? rethrowLater;
  }

  /** Told the subject of every message that found a full queue and pushed an older one out. */
  onDrop(listener: (subject: string) => void): void {
    this.#onDrop = listener;
  }

  enqueue(subscriber: Subscriber, message: BusMessage): void {
    if (!subscriber.queue.push(message)) this.#onDrop(message.subject);
    if (subscriber.isReady) return;
    subscriber.isReady = true;
    this.#ready.push(subscriber);
    this.#schedule();
  }

  /** Resolves once nothing waits. */
  async idle(): Promise<void> {
    if (this.#isScheduled) await new Promise<void>((resolve) => (this.#onIdle = resolve));
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
