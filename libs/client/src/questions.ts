import type { OpenSocket } from './ports.ts';
import { type OverworldError, unreachable } from './refusal.ts';

/** Questions to the server that have no answer yet. */
export class Questions {
  readonly #asking = new Set<(error: OverworldError) => void>();

  /** Calls `answered` before the promise settles; rejects when the socket ends or no answer comes in time. */
  ask(
    socket: OpenSocket | undefined,
    name: string,
    value: unknown,
    timeoutMs: number,
    answered?: (answer: unknown) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (socket === undefined) return reject(unreachable('there is no connection'));
      this.#asking.add(reject);
      socket.request(name, value, timeoutMs, (answer) => {
        if (!this.#asking.delete(reject)) return;
        if (answer === undefined) return reject(unreachable(`no answer to ${name} in time`));
        answered?.(answer);
        resolve(answer);
      });
    });
  }

  /** Nobody will answer any more. */
  fail(): void {
    for (const reject of this.#asking) reject(unreachable('the connection was lost'));
    this.#asking.clear();
  }
}
