import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const READY = /Overworld runs at (\S+)/;
const START_MS = 60_000;

/** A program of this app as a process of its own, for tests. */
export class TestProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;

  constructor(script: string, words: readonly string[], environment: Record<string, string> = {}) {
    this.child = spawn(process.execPath, ['--import', 'tsx', `apps/overworld/src/${script}`, ...words], {
      cwd: ROOT,
      env: { ...process.env, OVERWORLD_LOG_LEVEL: 'error', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** The address that a server has printed; rejects when it ends before. */
  ready(): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready in time: ${this.stdout}`)), START_MS);
      const look = (): void => {
        const url = READY.exec(this.stdout)?.[1];
        if (url === undefined) return;
        clearTimeout(late);
        resolve(url);
      };
      this.child.stdout?.on('data', look);
      void this.exited.then(({ code }) => {
        clearTimeout(late);
        reject(new Error(`ended with ${code}: ${this.stderr}`));
      });
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
