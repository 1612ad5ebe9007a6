import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const GUARD = fileURLToPath(new URL('./guard.mjs', import.meta.url));

/** Sees to it that no child outlives this process, whatever ends it. */
export class ChildGuard {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = spawn(process.execPath, [GUARD], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      detached: true,
    });
    this.#process.on('error', () => undefined);
    this.#process.unref();
    this.#process.channel?.unref();
  }

  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#tell('watch', pid);
    child.once('exit', () => this.#tell('forget', pid));
  }

  /** Kills what is still watched. */
  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  #tell(kind: 'watch' | 'forget', pid: number): void {
    if (this.#process.connected) this.#process.send({ kind, pid }, () => undefined);
  }
}
