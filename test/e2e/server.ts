import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The first start makes a database and builds the page. */
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;
const KEPT_OUTPUT = 20_000;

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

type Variables = { readonly [name: string]: string };

/** The whole server as a process of its own, with its own data folder. */
export class TestServer {
  readonly port: number;
  readonly dataFolder: string;
  #child: ChildProcess | undefined;
  readonly #variables: Variables;
  #output = '';

  private constructor(port: number, dataFolder: string, variables: Variables) {
    this.port = port;
    this.dataFolder = dataFolder;
    this.#variables = variables;
  }

  /** Starts a server on an empty data folder; `variables` are those of its environment that are not the usual ones. */
  static async create(variables: Variables = {}): Promise<TestServer> {
    const dataFolder = await mkdtemp(join(tmpdir(), 'overworld-e2e-'));
    const server = new TestServer(await freePort(), dataFolder, variables);
    await server.start();
    return server;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** What the process has written, for when something fails. */
  get output(): string {
    return this.#output;
  }

  /** Starts the process and waits until it serves; throws with its output when it does not. */
  async start(): Promise<void> {
    const words = ['--import', 'tsx', 'apps/overworld/src/main.ts', '--host', '127.0.0.1'];
    words.push('--port', String(this.port), '--data', this.dataFolder);
    const child = spawn(process.execPath, words, {
      cwd: ROOT,
      env: { ...process.env, ...this.#variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        this.#output = (this.#output + data.toString()).slice(-KEPT_OUTPUT);
      });
    }
    const exited = new Promise<never>((_, reject) => {
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.#output}`)));
    });
    exited.catch(() => undefined);
    await Promise.race([this.#answers(child), exited]);
  }

  /** Ends the process the hard way, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops the process as Ctrl-C does; its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Stops and removes the data folder. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #answers(child: ChildProcess): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (performance.now() < deadlineMs && child.exitCode === null) {
      const response = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the server did not answer within ${START_TIMEOUT_MS} ms:\n${this.#output}`);
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const tooLong = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    const code = await ended;
    clearTimeout(tooLong);
    return code;
  }
}
