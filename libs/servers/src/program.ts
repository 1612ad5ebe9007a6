import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ServersError } from './servers-error.ts';
import { type ProgramTask, warden } from './warden.ts';

const READY_POLL_MS = 20;
const READY_TIMEOUT_MS = 30_000;
const LOG_TAIL_LINES = 5;
const HOLD_MS = 60_000;

export interface ProgramOptions extends ProgramTask {
  readonly name: string;
  /** True once the program serves. A rejection counts as false. */
  ready(): Promise<boolean>;
}

interface Run {
  readonly id: number;
  readonly exited: Promise<void>;
  pid: number | undefined;
  ending: string | undefined;
}

/** One server program, which can be ended in any way and started again with the same words, port and folder. */
export class Program {
  readonly #options: ProgramOptions;
  #run: Run | undefined;

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The process id, while it runs. */
  get pid(): number | undefined {
    return this.isRunning ? this.#run?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#run !== undefined && this.#run.ending === undefined;
  }

  /**
   * Resolves when it serves; does nothing more when it runs already.
   *
   * @throws ServersError with the end of its log when it ends, or does not serve in time.
   */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Starts it without waiting until it serves. */
  launch(): void {
    if (this.isRunning) return;
    mkdirSync(this.#options.folder, { recursive: true });
    let resolve = () => {};
    const exited = new Promise<void>((done) => {
      resolve = done;
    });
    const { command, words, folder, logFile, environment } = this.#options;
    const id = warden.start(
      { command, words, folder, logFile, environment },
      {
        started: (pid) => {
          run.pid = pid;
        },
        exited: (detail) => {
          run.ending = detail;
          resolve();
        },
      },
    );
    const run: Run = { id, exited, pid: undefined, ending: undefined };
    this.#run = run;
  }

  async ready(timeoutMs = READY_TIMEOUT_MS): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!(await this.#options.ready().catch(() => false))) {
      const ending =
        this.#run?.ending ?? (performance.now() > deadlineMs ? 'it was not ready in time' : undefined);
      if (ending !== undefined)
        throw new ServersError(`${this.name} does not serve: ${ending}\n${this.#logTail()}`);
      await wait(READY_POLL_MS);
    }
  }

  /** Resolves when it has ended. A program that is stopped (SIGSTOP) ends by SIGKILL alone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    // What holds the programs does not keep this process alive by itself.
    const hold = setInterval(() => {}, HOLD_MS);
    warden.signal(run.id, signal);
    await run.exited.finally(() => clearInterval(hold));
  }

  kill(): Promise<void> {
    return this.stop('SIGKILL');
  }

  /** For signals that do not end it, such as SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    if (this.#run !== undefined) warden.signal(this.#run.id, signal);
  }

  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  #logTail(): string {
    const { logFile } = this.#options;
    if (!existsSync(logFile)) return '';
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  }
}
