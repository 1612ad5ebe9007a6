import type { Clock } from '@overworld/ports';

const MOST_LINES = 20_000;

/** What happened in a run, in simulated milliseconds; and what must not happen anywhere (a throw). */
export class SimLog {
  readonly lines: string[] = [];
  readonly failures: string[] = [];
  readonly #clock: Clock;
  readonly #isKept: boolean;

  constructor(clock: Clock, isKept: boolean) {
    this.#clock = clock;
    this.#isKept = isKept;
  }

  say(text: string): void {
    if (!this.#isKept || this.lines.length >= MOST_LINES) return;
    this.lines.push(`${this.#clock.now().toFixed(1).padStart(9)}  ${text}`);
  }

  fail(text: string): void {
    this.failures.push(text);
    this.say(`FAILED ${text}`);
  }
}
