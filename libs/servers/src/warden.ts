import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./warden.mjs', import.meta.url));

export interface ProgramTask {
  readonly command: string;
  readonly words: readonly string[];
  readonly folder: string;
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Watcher {
  started(pid: number): void;
  exited(detail: string): void;
}

type Told =
  | { readonly kind: 'started'; readonly id: number; readonly pid: number }
  | { readonly kind: 'exited'; readonly id: number; readonly detail: string };

/** The process that holds this process's servers, started with the first of them. It does not keep this process alive. */
class Warden {
  readonly #watchers = new Map<number, Watcher>();
  #process: ChildProcess | undefined;
  #count = 0;

  start(task: ProgramTask, watcher: Watcher): number {
    this.#count += 1;
    this.#watchers.set(this.#count, watcher);
    this.#held().send({ kind: 'start', id: this.#count, ...task });
    return this.#count;
  }

  signal(id: number, signal: NodeJS.Signals): void {
    if (this.#watchers.has(id)) this.#held().send({ kind: 'signal', id, signal });
  }

  #held(): ChildProcess {
    if (this.#process !== undefined) return this.#process;
    const child = fork(PROGRAM, [], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    child.unref();
    child.channel?.unref();
    child.on('message', (message) => this.#told(message as Told));
    child.once('exit', () => this.#ended());
    this.#process = child;
    return child;
  }

  #told(message: Told): void {
    const watcher = this.#watchers.get(message.id);
    if (message.kind === 'started') {
      watcher?.started(message.pid);
      return;
    }
    this.#watchers.delete(message.id);
    watcher?.exited(message.detail);
  }

  #ended(): void {
    this.#process = undefined;
    const watchers = [...this.#watchers.values()];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.exited('the process that held it ended');
  }
}

export const warden = new Warden();
