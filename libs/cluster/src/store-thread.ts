import { Worker } from 'node:worker_threads';
import type { StoreAnswer, StoreRequest, StoreWorkerData } from './store-worker.ts';

type Value = Uint8Array | readonly string[] | undefined;

interface Waiting {
  resolve(value: Value): void;
  reject(error: Error): void;
}

/** The parent's end of the store worker. Requests are answered in order; when the thread ends, what waits rejects. */
export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #ended: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(files: StoreWorkerData) {
    this.#worker = new Worker(new URL('./store-worker.ts', import.meta.url), {
      workerData: files,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    this.#worker.on('message', (answer: StoreAnswer) => this.#settle(answer));
    this.#worker.on('error', (error: Error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('the store thread ended')));
    this.#worker.unref();
  }

  get isRunning(): boolean {
    return this.#ended === undefined && this.#closing === undefined;
  }

  request(request: StoreRequest): Promise<Value> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, request });
    });
  }

  /** Finishes what was requested, closes the files and ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#worker.ref();
    const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    await this.request({ kind: 'close' }).catch(() => undefined);
    await exited;
  }

  #settle(answer: StoreAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0 && this.#closing === undefined) this.#worker.unref();
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(new Error(answer.detail));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}
