import { Durations } from './durations.ts';
import type { Observe } from './observation.ts';
import type { TakeoverParts } from './source.ts';
import type { TickTimes, ZoneStatus } from './status.ts';

/** One executed tick. */
export interface MeasuredTick {
  readonly tick: number;
  readonly durationMs: number;
  readonly operations: number;
  readonly players: number;
  readonly mailboxDepth: number;
}

type Measured = Pick<ZoneStatus, 'load' | 'overruns' | 'dilatedTicks'>;

/** What the ticks of a zone cost, how long nobody has been in it, and how much of its time was given up. */
export class Meter {
  readonly #observe: Observe;
  readonly #tickMs: number;
  /** A tick that takes longer is an overrun. */
  readonly #budgetMs: number;
  readonly #durations = new Durations();
  #occupiedTick: number;
  #overruns = 0;
  #dilatedTicks = 0;

  constructor({ ruleset, options, observe }: TakeoverParts, tick: number) {
    this.#observe = observe;
    this.#tickMs = 1000 / ruleset.tickHz;
    this.#budgetMs = options.budgetMs;
    this.#occupiedTick = tick;
  }

  /** The last tick at which a player was in the zone, or the one it was opened at. */
  get occupiedTick(): number {
    return this.#occupiedTick;
  }

  ticked(measured: MeasuredTick): void {
    const { tick, durationMs } = measured;
    const budgetMs = this.#budgetMs;
    if (measured.players > 0) this.#occupiedTick = tick;
    this.#durations.add(durationMs);
    this.#observe({ kind: 'tick', ...measured });
    if (durationMs <= budgetMs) return;
    this.#overruns += 1;
    this.#observe({ kind: 'overrun', tick, durationMs, budgetMs });
  }

  /** So many ticks are given up; answers how much time that is. */
  dilated(tick: number, ticks: number): number {
    const lostMs = ticks * this.#tickMs;
    this.#dilatedTicks += ticks;
    this.#observe({ kind: 'dilated', tick, ticks, lostMs });
    return lostMs;
  }

  tickTimes(): TickTimes {
    return { tickMsP50: this.#durations.percentile(0.5), tickMsP99: this.#durations.percentile(0.99) };
  }

  status(): Measured {
    return {
      load: this.#durations.smoothedMs / this.#tickMs,
      overruns: this.#overruns,
      dilatedTicks: this.#dilatedTicks,
    };
  }
}
