import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { inheritedEnvironment } from '@overworld/config';
import type { ChildGuard } from './child-guard.ts';

export const SERVICE_KINDS = ['persistence', 'ai', 'session', 'shard', 'gateway'] as const;
export type ServiceKind = (typeof SERVICE_KINDS)[number];

export interface ServiceSpec {
  readonly kind: ServiceKind;
  /** `shard-2` */
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Of health and metrics, on this machine. */
  readonly opsPort: number;
  /** What it says is appended here. */
  readonly logFile: string;
  /** What node runs. */
  readonly entry: string;
  /** Modules that are loaded before the service. */
  readonly preloads?: readonly string[] | undefined;
}

export type ServiceState = 'stopped' | 'starting' | 'ready' | 'unready' | 'frozen' | 'waiting';

/** What happened to a process, for who watches the cluster. */
export interface ServiceEvent {
  readonly name: string;
  readonly kind: 'started' | 'ready' | 'ended' | 'restarting';
  readonly detail: string;
}

const READY_POLL_MS = 50;
const START_TIMEOUT_MS = 90_000;
const HEALTH_TIMEOUT_MS = 800;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;
/** Who lived for so long did not die of how it was started. */
const SOUND_AFTER_MS = 30_000;
const STOP_TIMEOUT_MS = 70_000;
const MOST_SAID = 300;

export interface ServiceProcessOptions {
  readonly guard: ChildGuard;
  /** Starts it again when it ends by itself. */
  readonly restarts: boolean;
  readonly observe: (event: ServiceEvent) => void;
  /** The folder in which the process runs: that of the checkout. */
  readonly folder: string;
}

/** One service as a process, started, watched and started again as an operator's scheduler would. */
export class ServiceProcess {
  readonly spec: ServiceSpec;
  readonly #options: ServiceProcessOptions;
  #child: ChildProcess | undefined;
  #isWanted = false;
  #isFrozen = false;
  #wasReady = false;
  #restartTimer: NodeJS.Timeout | undefined;
  #backoffMs = FIRST_BACKOFF_MS;
  #startedMs = 0;
  /** How often it ended without being asked to. */
  deaths = 0;

  constructor(spec: ServiceSpec, options: ServiceProcessOptions) {
    this.spec = spec;
    this.#options = options;
  }

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get state(): ServiceState {
    if (!this.isRunning) return this.#restartTimer === undefined ? 'stopped' : 'waiting';
    if (this.#isFrozen) return 'frozen';
    return this.#wasReady ? 'ready' : 'starting';
  }

  /** Resolves when the service is ready. Rejects when it ends before or takes too long. */
  async start(): Promise<void> {
    this.#isWanted = true;
    this.#launch();
    const child = this.#child as ChildProcess;
    await this.#awaitReady(child);
    this.#options.observe({ name: this.name, kind: 'ready', detail: `pid ${child.pid}` });
  }

  /** Asks it to hand over its work and end. Resolves with how it ended, killed when it took too long. */
  async stop(
    signal: NodeJS.Signals = 'SIGTERM',
  ): Promise<{ readonly code: number | null; readonly tookMs: number }> {
    this.#isWanted = false;
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    const child = this.#child;
    const startedMs = performance.now();
    if (child === undefined || !this.isRunning) return { code: 0, tookMs: 0 };
    const exited = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const [code] = (await exited) as [number | null];
    clearTimeout(timer);
    return { code, tookMs: performance.now() - startedMs };
  }

  /** Sends a signal, as somebody from outside would: what follows from it is up to the process and its restarts. */
  kill(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    if (signal === 'SIGSTOP') this.#isFrozen = true;
    if (signal === 'SIGCONT') this.#isFrozen = false;
    this.#child?.kill(signal);
  }

  /** Resolves when the process that runs now, or is about to run, says that it is ready. Rejects when time is over. */
  async ready(timeoutMs = START_TIMEOUT_MS): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!(this.isRunning && (await isReady(this.spec.opsPort)))) {
      if (performance.now() > deadlineMs) throw new Error(`${this.name} was not ready in time`);
      await pause(READY_POLL_MS);
    }
  }

  isReady(): Promise<boolean> {
    return this.isRunning ? isReady(this.spec.opsPort) : Promise.resolve(false);
  }

  #launch(): void {
    const { entry, environment, logFile, preloads = [] } = this.spec;
    const log = openSync(logFile, 'a');
    const imports = preloads.flatMap((module) => ['--import', module]);
    const flags = ['--disable-warning=ExperimentalWarning', '--enable-source-maps', ...imports];
    const child = spawn(process.execPath, [...flags, entry], {
      cwd: this.#options.folder,
      stdio: ['ignore', log, log],
      // Settings of Overworld come from the spec alone.
      env: { ...inheritedEnvironment(), ...environment },
      // Of its own group: a Ctrl-C in the terminal is for the launcher, which stops things in order.
      detached: true,
    });
    closeSync(log);
    this.#options.guard.watch(child);
    this.#child = child;
    this.#wasReady = false;
    this.#isFrozen = false;
    this.#startedMs = performance.now();
    child.once('error', () => undefined);
    child.once('exit', (code, signal) => this.#ended(child, signal ?? `code ${code}`));
    this.#options.observe({ name: this.name, kind: 'started', detail: `pid ${child.pid}` });
  }

  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#isFrozen = false;
    this.#options.observe({ name: this.name, kind: 'ended', detail: how });
    if (!this.#isWanted) return;
    this.deaths += 1;
    if (!this.#options.restarts) return;
    if (performance.now() - this.#startedMs > SOUND_AFTER_MS || this.#wasReady)
      this.#backoffMs = FIRST_BACKOFF_MS;
    const delayMs = this.#backoffMs;
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, delayMs * 2);
    this.#options.observe({ name: this.name, kind: 'restarting', detail: `in ${delayMs} ms` });
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      this.#launch();
      const next = this.#child as ChildProcess;
      this.#awaitReady(next).then(
        () => this.#options.observe({ name: this.name, kind: 'ready', detail: `pid ${next.pid}` }),
        () => undefined,
      );
    }, delayMs);
  }

  async #awaitReady(child: ChildProcess): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadlineMs) {
      if (child.exitCode !== null || child.signalCode !== null) {
        const how = child.signalCode ?? `code ${child.exitCode}`;
        throw new Error(
          `${this.name} ended with ${how}: ${lastLine(this.spec.logFile)} (${this.spec.logFile})`,
        );
      }
      if (await isReady(this.spec.opsPort)) {
        if (child === this.#child) this.#wasReady = true;
        return;
      }
      await pause(READY_POLL_MS);
    }
    throw new Error(`${this.name} was not ready in time: see ${this.spec.logFile}`);
  }
}

/** What a process had to say at last, which usually is why it ended. */
function lastLine(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  return (lines.at(-1) ?? '').slice(0, MOST_SAID);
}

/** Each service is asked four times a second: a connection for each question would cost both ends more than the answer. */
const askers = new Agent({ keepAlive: true });

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(
      { host: '127.0.0.1', port, path: '/health/ready', agent: askers, timeout: HEALTH_TIMEOUT_MS },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
