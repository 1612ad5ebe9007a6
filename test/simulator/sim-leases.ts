import type { Clock, Lease, LeaseOutcome, LeasePage, Leases } from '@overworld/ports';
import type { FakeLeases } from '@overworld/testkit';
import type { SimProcess } from './sim-process.ts';

const LATENCY_MS = 0.6;

/** A process's connection to the leases: what it has sent arrives even when it dies; an answer may be lost. */
export class ProcessLeases implements Leases {
  readonly #process: SimProcess;
  readonly #inner: FakeLeases;
  readonly #clock: Clock;
  readonly #isAnswerLost: () => boolean;

  /** `clock` is the world's: what is under way does not stop with a process. */
  constructor(process: SimProcess, inner: FakeLeases, clock: Clock, isAnswerLost: () => boolean) {
    this.#process = process;
    this.#inner = inner;
    this.#clock = clock;
    this.#isAnswerLost = isAnswerLost;
  }

  get(key: string): Promise<Lease | undefined> {
    return this.#call(() => this.#inner.get(key));
  }

  create(key: string, value: Uint8Array): Promise<LeaseOutcome> {
    return this.#write(() => this.#inner.create(key, value));
  }

  update(key: string, value: Uint8Array, expectedRevision: number): Promise<LeaseOutcome> {
    return this.#write(() => this.#inner.update(key, value, expectedRevision));
  }

  delete(key: string, expectedRevision: number): Promise<LeaseOutcome> {
    return this.#write(() => this.#inner.delete(key, expectedRevision));
  }

  list(prefix: string, page?: LeasePage): Promise<readonly Lease[]> {
    return this.#call(() => this.#inner.list(prefix, page));
  }

  watch(prefix: string, listener: (key: string, lease: Lease | undefined) => void): () => void {
    return this.#inner.watch(prefix, (key, lease) => this.#process.run(() => listener(key, lease)));
  }

  #write(run: () => Promise<LeaseOutcome>): Promise<LeaseOutcome> {
    return this.#call(async () => {
      const outcome = await run();
      return this.#isAnswerLost() ? { kind: 'unknown', detail: 'the answer was lost' } : outcome;
    });
  }

  #call<T>(run: () => Promise<T>): Promise<T> {
    const arrived = new Promise<void>((resolve) => this.#clock.after(LATENCY_MS, resolve));
    return this.#process.wait(arrived.then(run));
  }
}
