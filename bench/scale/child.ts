import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/*
 * A process that is measured, and the process that asks it. Over IPC: the child says `ready` once, then answers questions.
 *
 *   asks: { id, question, value }     answers: { id, value } or { id, error }
 */

interface Question {
  readonly id: number;
  readonly question: string;
  readonly value: unknown;
}

type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

const READY = 'ready';
const STOP_MS = 20_000;

/** A part of a benchmark in a process of its own, so that its processor time and its memory are its own. */
export class Child {
  readonly #child: ChildProcess;
  readonly #open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: Answer) => this.#answered(message));
    child.once('exit', (code) => this.#gone(code));
  }

  /** Resolves when the child can be asked. */
  static async start(program: string, settings: object): Promise<Child> {
    const file = fileURLToPath(new URL(program, import.meta.url));
    const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc', '--import', 'tsx'];
    const child = fork(file, [JSON.stringify(settings)], { execArgv: flags });
    const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if (said !== READY) throw new Error(`${program} ended with ${String(said)} before it was ready`);
    return new Child(child);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  ask<T>(question: string, value: unknown = null): Promise<T> {
    const id = ++this.#asked;
    return new Promise<T>((resolve, reject) => {
      this.#open.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ id, question, value } satisfies Question);
    });
  }

  /** Ends it in an orderly way; it is killed when that takes too long. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    if (this.#child.connected) this.#child.send({ id: 0, question: 'stop', value: null } satisfies Question);
    await ended;
    clearTimeout(timer);
  }

  #answered(answer: Answer): void {
    const open = this.#open.get(answer.id);
    this.#open.delete(answer.id);
    if ('error' in answer) open?.reject(new Error(answer.error));
    else open?.resolve(answer.value);
  }

  #gone(code: number | null): void {
    for (const { reject } of this.#open.values())
      reject(new Error(`a process of the benchmark ended: ${code}`));
    this.#open.clear();
  }
}

/** What the child was started with. */
export function settingsOf<Settings>(): Settings {
  const [, , text] = process.argv;
  if (text === undefined || !process.connected)
    throw new Error('this is a part of a benchmark: npm run bench -- scale --help');
  return JSON.parse(text) as Settings;
}

export type Handlers = Readonly<Record<string, (value: never) => unknown>>;

/** Answers until it is told to stop, or until nobody is there to ask. */
export function answerWith(handlers: Handlers, stop: () => Promise<void> = async () => undefined): void {
  const end = (): void => {
    void stop().finally(() => process.exit(0));
  };
  process.on('disconnect', end);
  process.on('message', ({ id, question, value }: Question) => {
    if (question === 'stop') return end();
    void Promise.resolve()
      .then(() => handlers[question]?.(value as never))
      .then(
        (answer) => process.send?.({ id, value: answer ?? null }),
        (error: unknown) =>
          process.send?.({
            id,
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          }),
      );
  });
  process.send?.(READY);
}
