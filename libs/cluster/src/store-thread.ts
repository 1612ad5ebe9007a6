import { Worker } from 'node:worker_threads';
import type { StoreAnswer, StoreRequest, StoreWorkerData } from './store-worker.ts';

type Value = Uint8Array | readonly string[] | undefined;

interface Waiting {
  resolve(value: Value): void;
  reject(error: Error): void;
}

/**
 * The parent's end of the store worker. Requests are answered in order. When the thread ends unexpectedly, what waits
 * rejects, and the next request starts another.
 */
export class StoreThread {
  readonly #files: StoreWorkerData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closing: Promise<void> | undefined;

  constructor(files: StoreWorkerData) {
    this.#files = files;
    this.#worker = this.#start();
  }

  request(request: StoreRequest): Promise<Value> {
    if (this.#closing !== undefined) return Promise.reject(new Error('the store thread is closed'));
    this.#worker ??= this.#start();
    return this.#ask(this.#worker, request);
  }

  /** Finishes what was requested, closes the files and ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  /** Ends the thread at once, as a crash would. For tests. */
  async crash(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./store-worker.ts', import.meta.url), {
      workerData: this.#files,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    worker.on('message', (answer: StoreAnswer) => this.#settle(worker, answer));
    worker.on('error', (error: Error) => this.#end(worker, error));
    worker.on('exit', () => this.#end(worker, new Error('the store thread ended')));
    // It keeps the process alive while it has work, and not otherwise.
    worker.unref();
    return worker;
  }

  #ask(worker: Worker, request: StoreRequest): Promise<Value> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, request });
    });
  }

  async #finish(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    await this.#ask(worker, { kind: 'close' }).catch(() => undefined);
    await exited;
  }

  #settle(worker: Worker, answer: StoreAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0 && this.#closing === undefined) worker.unref();
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(new Error(answer.detail));
  }

  #end(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
