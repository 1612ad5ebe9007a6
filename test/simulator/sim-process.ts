import type {
  AppendOutcome,
  Blobs,
  Bus,
  BusMessage,
  BusSubscription,
  Clock,
  Journal,
  JournalRecord,
  RequestOutcome,
  SubscribeOptions,
} from '@overworld/ports';
import type { FakeBus } from '@overworld/testkit';

export type ProcessState = 'running' | 'frozen' | 'dead';

/**
 * One process of the simulated cluster: whatever reaches it (a timer, a message, an answer) goes through `run`. Frozen, it
 * gets nothing until it thaws, and then everything at once, as a process does that was stopped and goes on. Dead, nothing.
 */
export class SimProcess {
  readonly name: string;
  #state: ProcessState = 'running';
  #waiting: (() => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get state(): ProcessState {
    return this.#state;
  }

  run(callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state === 'frozen') this.#waiting.push(callback);
  }

  /** The same promise as this process sees it: nothing while it is frozen, never once it is dead. */
  wait<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.run(() => resolve(value)),
        (cause) => this.run(() => reject(cause)),
      );
    });
  }

  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) this.run(callback);
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }
}

/** A process's clocks: the monotonic one starts anywhere, the wall's is a little wrong. */
export function processClock(base: Clock, process: SimProcess, originMs: number, skewMs: number): Clock {
  return {
    now: () => base.now() + originMs,
    wall: () => base.wall() + skewMs,
    after: (delayMs, callback) => base.after(delayMs, () => process.run(callback)),
  };
}

/** What a witness sees of a process's traffic. */
export interface Tap {
  published(subject: string, payload: Uint8Array): void;
  replied(subject: string, payload: Uint8Array): void;
}

/** A process's connection to the bus. */
export class ProcessBus implements Bus {
  readonly #process: SimProcess;
  readonly #port: FakeBus;
  readonly #tap: Tap | undefined;

  constructor(process: SimProcess, port: FakeBus, tap?: Tap) {
    this.#process = process;
    this.#port = port;
    this.#tap = tap;
  }

  get connected(): boolean {
    return this.#port.connected;
  }

  publish(subject: string, payload: Uint8Array): void {
    this.#tap?.published(subject, payload);
    this.#port.publish(subject, payload);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options?: SubscribeOptions,
  ): BusSubscription {
    const take = (message: BusMessage): void => this.#process.run(() => handler(this.#tapped(message)));
    return this.#port.subscribe(subject, take, options);
  }

  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<RequestOutcome> {
    this.#tap?.published(subject, payload);
    return this.#process.wait(this.#port.request(subject, payload, timeoutMs));
  }

  onStatus(listener: (connected: boolean) => void): () => void {
    return this.#port.onStatus((connected) => this.#process.run(() => listener(connected)));
  }

  close(): Promise<void> {
    return this.#port.close();
  }

  #tapped(message: BusMessage): BusMessage {
    const { reply, subject } = message;
    if (reply === undefined || this.#tap === undefined) return message;
    const answer = (payload: Uint8Array): void => {
      this.#tap?.replied(subject, payload);
      reply(payload);
    };
    return { ...message, reply: answer };
  }
}

/** What the journal's user sees of appends: for the witness, and for what goes wrong with them. */
export interface JournalTap {
  /** Before each append; tells whether the request is to arrive twice. */
  appending(zone: string, bytes: Uint8Array): { readonly twice: boolean };
}

/** A process's connection to the journal. */
export class ProcessJournal implements Journal {
  readonly #process: SimProcess;
  readonly #inner: Journal;
  readonly #tap: JournalTap;

  constructor(process: SimProcess, inner: Journal, tap: JournalTap) {
    this.#process = process;
    this.#inner = inner;
    this.#tap = tap;
  }

  append(zone: string, expectedSequence: number, bytes: Uint8Array): Promise<AppendOutcome> {
    const { twice } = this.#tap.appending(zone, bytes);
    const first = this.#inner.append(zone, expectedSequence, bytes);
    if (!twice) return this.#process.wait(first);
    // The request arrived twice, and the answer to the second one is the one that is heard.
    first.catch(() => {});
    return this.#process.wait(this.#inner.append(zone, expectedSequence, bytes));
  }

  read(zone: string, afterSequence: number, limit: number): Promise<readonly JournalRecord[]> {
    return this.#process.wait(this.#inner.read(zone, afterSequence, limit));
  }

  last(zone: string): Promise<JournalRecord | undefined> {
    return this.#process.wait(this.#inner.last(zone));
  }

  trim(zone: string, belowSequence: number): Promise<void> {
    return this.#process.wait(this.#inner.trim(zone, belowSequence));
  }

  zones(): Promise<readonly string[]> {
    return this.#process.wait(this.#inner.zones());
  }
}

/** A process's connection to the blob store; `broken` makes its calls fail, every so often. */
export function processBlobs(process: SimProcess, inner: Blobs, broken: () => boolean): Blobs {
  const call = <T>(run: () => Promise<T>): Promise<T> =>
    process.wait(broken() ? Promise.reject(new Error('the blob store is out of reach')) : run());
  return {
    put: (key, bytes) => call(() => inner.put(key, bytes)),
    get: (key) => call(() => inner.get(key)),
    delete: (key) => call(() => inner.delete(key)),
    list: (prefix) => call(() => inner.list(prefix)),
  };
}
