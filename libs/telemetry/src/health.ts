import type { Clock } from '@overworld/ports';

export interface ComponentHealth {
  readonly name: string;
  readonly isLive: boolean;
  readonly isReady: boolean;
  /** What is wrong, in one line; empty when nothing is. */
  readonly detail: string;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly components: readonly ComponentHealth[];
}

/** One part of a process that has to show signs of life. */
export interface HealthComponent {
  /** It did its work just now: ticked its zones, streamed its views. The next beat is due within the deadline. */
  beat(): void;
  /** There is nothing to do, so silence is no sign of death until the next beat. */
  rest(): void;
  /** It cannot take work now; `undefined` when it can again. */
  unready(reason: string | undefined): void;
  /** It ended on purpose. */
  end(): void;
}

interface Entry {
  readonly name: string;
  readonly deadlineMs: number;
  beatAtMs: number | undefined;
  reason: string | undefined;
}

/**
 * Liveness means that the zones tick and the views stream, not that a port is open: components report beats, and one that
 * misses its deadline makes the process not live. Ready is live, with no component that cannot take work, and no drain.
 */
export class HealthRegistry {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #entries = new Set<Entry>();
  #isDraining = false;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** A component starts at rest. `deadlineMs` is the longest silence between beats that is still healthy. */
  component(name: string, deadlineMs: number): HealthComponent {
    const entry: Entry = { name, deadlineMs, beatAtMs: undefined, reason: undefined };
    this.#entries.add(entry);
    return {
      beat: () => {
        entry.beatAtMs = this.#clock.now();
      },
      rest: () => {
        entry.beatAtMs = undefined;
      },
      unready: (reason) => {
        entry.reason = reason;
      },
      end: () => {
        this.#entries.delete(entry);
      },
    };
  }

  /** From now on the process is not ready: it takes no new work. */
  drain(): void {
    this.#isDraining = true;
  }

  live(): HealthReport {
    const components = this.#report();
    return { ok: components.every(({ isLive }) => isLive), components };
  }

  ready(): HealthReport {
    const components = this.#report();
    const ok = !this.#isDraining && components.every(({ isLive, isReady }) => isLive && isReady);
    return { ok, components };
  }

  #report(): readonly ComponentHealth[] {
    const nowMs = this.#clock.now();
    return [...this.#entries].map((entry) => {
      const silentMs = entry.beatAtMs === undefined ? 0 : nowMs - entry.beatAtMs;
      const isLive = silentMs <= entry.deadlineMs;
      const silence = `silent for ${Math.round(silentMs)} ms, the deadline is ${entry.deadlineMs} ms`;
      const isReady = entry.reason === undefined;
      return { name: entry.name, isLive, isReady, detail: isLive ? (entry.reason ?? '') : silence };
    });
  }
}
