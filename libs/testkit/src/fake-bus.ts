import type {
  Bus,
  BusHandler,
  BusMessage,
  BusSubscription,
  Clock,
  RequestOutcome,
  SubscribeOptions,
} from '@overworld/ports';
import { hostClock } from './fake-clock.ts';
import { FakeRandom } from './fake-random.ts';

export interface FakeBusOptions {
  /** Without one, the host's timers deliver. */
  clock?: Clock;
  seed?: number;
  /** Chance that one delivery is lost, in [0, 1]. */
  lossChance?: number;
  /** Chance that one delivery comes twice: worse than the port promises, to show what a reader withstands. */
  duplicateChance?: number;
  /** Delay of a delivery. With a spread, messages of one publisher on one subject still keep their order. */
  latencyMs?: readonly [low: number, high: number];
}

interface Delivery {
  run(): void;
  cancel(): void;
}

interface Subscriber {
  readonly port: FakeBus;
  readonly tokens: readonly string[];
  readonly queue: string | undefined;
  readonly capacity: number;
  readonly handler: BusHandler;
  /** Deliveries under way, the oldest first. */
  readonly waiting: Set<Delivery>;
  dropped: number;
  active: boolean;
}

function matches(pattern: readonly string[], subject: readonly string[]): boolean {
  for (let index = 0; index < pattern.length; index += 1) {
    if (pattern[index] === '>') return subject.length > index;
    if (subject[index] === undefined) return false;
    if (pattern[index] !== '*' && pattern[index] !== subject[index]) return false;
  }
  return pattern.length === subject.length;
}

/** The wire between the ports: subscribers, seeded faults, and the order per publisher and subject. */
class BusHub {
  readonly subscribers: Subscriber[] = [];
  readonly options: FakeBusOptions;
  readonly clock: Clock;
  readonly random: FakeRandom;
  readonly #lastDueMs = new Map<string, number>();
  inbox = 0;

  constructor(options: FakeBusOptions) {
    this.options = options;
    this.clock = options.clock ?? hostClock();
    this.random = new FakeRandom(options.seed ?? 1);
  }

  /** Who gets a message: every plain subscriber, and one of each queue. */
  receivers(subject: string): Subscriber[] {
    const tokens = subject.split('.');
    const found = this.subscribers.filter(
      (each) => each.active && each.port.connected && matches(each.tokens, tokens),
    );
    const queues = new Set(found.map((each) => each.queue).filter((queue) => queue !== undefined));
    const plain = found.filter((each) => each.queue === undefined);
    for (const queue of queues) {
      const members = found.filter((each) => each.queue === queue);
      plain.push(members[this.random.int(members.length)] as Subscriber);
    }
    return plain;
  }

  deliver(subscriber: Subscriber, publisher: string, message: BusMessage): void {
    if (this.random.chance(this.options.lossChance ?? 0)) return;
    const copies = this.random.chance(this.options.duplicateChance ?? 0) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) this.#schedule(subscriber, publisher, message);
  }

  #schedule(subscriber: Subscriber, publisher: string, message: BusMessage): void {
    if (subscriber.waiting.size >= subscriber.capacity) {
      const [oldest] = subscriber.waiting;
      oldest?.cancel();
      subscriber.dropped += 1;
    }
    const key = `${publisher} ${message.subject}`;
    const [low, high] = this.options.latencyMs ?? [0, 0];
    const dueMs = Math.max(this.clock.now() + this.random.between(low, high), this.#lastDueMs.get(key) ?? 0);
    this.#lastDueMs.set(key, dueMs);
    this.#await(subscriber, message, dueMs);
  }

  #await(subscriber: Subscriber, message: BusMessage, dueMs: number): void {
    const delivery: Delivery = {
      run: () => {
        delivery.cancel();
        if (subscriber.active && subscriber.port.connected) subscriber.handler(message);
      },
      cancel: () => {
        stop();
        subscriber.waiting.delete(delivery);
      },
    };
    subscriber.waiting.add(delivery);
    const stop = this.clock.after(Math.max(0, dueMs - this.clock.now()), delivery.run);
  }
}

/**
 * A bus in memory with seeded loss, duplication and delay. `port(name)` gives another process's connection to the same
 * wire; each can be cut off on its own with `disconnect()` and `connect()`.
 */
export class FakeBus implements Bus {
  readonly name: string;
  readonly #hub: BusHub;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #pending = new Set<(outcome: RequestOutcome) => void>();
  #connected = true;
  /** Every publish of this connection that reached the wire: for assertions. */
  published = 0;

  constructor(options: FakeBusOptions = {}, name = 'bus', hub: BusHub = new BusHub(options)) {
    this.name = name;
    this.#hub = hub;
  }

  port(name: string): FakeBus {
    return new FakeBus(this.#hub.options, name, this.#hub);
  }

  /** Changes the faults of the whole wire from now on. */
  set faults(faults: Pick<FakeBusOptions, 'lossChance' | 'duplicateChance' | 'latencyMs'>) {
    Object.assign(this.#hub.options, faults);
  }

  get connected(): boolean {
    return this.#connected;
  }

  disconnect(): void {
    this.#become(false);
  }

  connect(): void {
    this.#become(true);
  }

  publish(subject: string, payload: Uint8Array): void {
    if (!this.#connected) return;
    this.published += 1;
    for (const receiver of this.#hub.receivers(subject)) {
      this.#hub.deliver(receiver, this.name, { subject, payload });
    }
  }

  subscribe(subject: string, handler: BusHandler, options: SubscribeOptions = {}): BusSubscription {
    const subscriber: Subscriber = {
      port: this,
      tokens: subject.split('.'),
      queue: options.queue,
      capacity: options.capacity ?? 65_536,
      handler,
      waiting: new Set(),
      dropped: 0,
      active: true,
    };
    this.#hub.subscribers.push(subscriber);
    return {
      get dropped() {
        return subscriber.dropped;
      },
      unsubscribe: () => this.#remove(subscriber),
    };
  }

  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<RequestOutcome> {
    if (!this.#connected) return Promise.resolve({ kind: 'disconnected' });
    const receivers = this.#hub.receivers(subject);
    if (receivers.length === 0) return Promise.resolve({ kind: 'no-responder' });
    return new Promise((resolve) => {
      const settle = (outcome: RequestOutcome): void => {
        cancel();
        this.#pending.delete(settle);
        resolve(outcome);
      };
      this.#pending.add(settle);
      const cancel = this.#hub.clock.after(timeoutMs, () => settle({ kind: 'timeout' }));
      const reply = (answer: Uint8Array): void => this.#answer(answer, settle);
      for (const receiver of receivers) this.#hub.deliver(receiver, this.name, { subject, payload, reply });
    });
  }

  onStatus(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (!this.#connected) return;
    const own = this.#hub.subscribers.filter((each) => each.port === this);
    for (const subscriber of own) for (const delivery of [...subscriber.waiting]) delivery.run();
    for (const subscriber of own) this.#remove(subscriber);
    this.#become(false);
    for (const settle of [...this.#pending]) settle({ kind: 'disconnected' });
  }

  #answer(payload: Uint8Array, settle: (outcome: RequestOutcome) => void): void {
    if (this.#hub.random.chance(this.#hub.options.lossChance ?? 0)) return;
    const [low, high] = this.#hub.options.latencyMs ?? [0, 0];
    this.#hub.clock.after(this.#hub.random.between(low, high), () => {
      if (this.#connected) settle({ kind: 'answered', payload });
    });
  }

  #become(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  #remove(subscriber: Subscriber): void {
    subscriber.active = false;
    const index = this.#hub.subscribers.indexOf(subscriber);
    if (index >= 0) this.#hub.subscribers.splice(index, 1);
  }
}
