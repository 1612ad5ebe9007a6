import { OverworldError } from '@overworld/client';
import { Bot } from './bot.ts';
import { Latencies } from './latencies.ts';
import type { BotsOptions } from './options.ts';

const JOINING_AT_ONCE = 12;
const DRAIN_MS = 5_000;
const LOOK_MS = 50;

/** What a crew has counted so far; sums of several are the sums of these. */
export interface Counts {
  players: number;
  joined: number;
  inputs: number;
  acknowledged: number;
  refused: number;
  pending: number;
  dropped: number;
  bytesIn: number;
  bytesOut: number;
  frames: number;
  badFrames: number;
  reconnects: number;
  closed: number;
  coins: number;
  crossings: number;
}

export const NO_COUNTS: Counts = {
  players: 0,
  joined: 0,
  inputs: 0,
  acknowledged: 0,
  refused: 0,
  pending: 0,
  dropped: 0,
  bytesIn: 0,
  bytesOut: 0,
  frames: 0,
  badFrames: 0,
  reconnects: 0,
  closed: 0,
  coins: 0,
  crossings: 0,
};

export function sumOf(all: readonly Counts[]): Counts {
  const sum = { ...NO_COUNTS };
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key];
  }
  return sum;
}

/** The bots of one process: numbers `first` up to `first + count`. */
export class Crew {
  readonly bots: readonly Bot[];
  readonly latencies = new Latencies();
  /** Why bots could not join, or were closed, with how many. */
  readonly failures = new Map<string, number>();
  readonly #acknowledged = { count: 0 };
  #joined = 0;

  constructor(options: BotsOptions, first: number, count: number) {
    const target = options.lobby === undefined ? { world: options.world } : { lobby: options.lobby };
    this.bots = Array.from({ length: count }, (_, index) => {
      const number = first + index;
      // Shifted, so that those who decode anyway are not all at the gate.
      const passesGate = isShare(number + 5, options.gate);
      const botOptions = {
        url: options.url,
        name: `${options.prefix}${number + 1}`,
        target,
        rate: options.rate,
        decode: number === 0 || passesGate || isShare(number, options.sample),
        passesGate,
      };
      return new Bot(botOptions, (latencyMs) => {
        this.#acknowledged.count += 1;
        this.latencies.add(latencyMs);
      });
    });
  }

  /** Joins all, some at a time. Those that cannot are counted with the reason. */
  async join(): Promise<void> {
    const waiting = [...this.bots];
    const one = async (): Promise<void> => {
      for (let bot = waiting.shift(); bot !== undefined; bot = waiting.shift()) await this.#joinOne(bot);
    };
    await Promise.all(Array.from({ length: JOINING_AT_ONCE }, one));
  }

  play(): void {
    for (const [index, bot] of this.bots.entries()) if (bot.zone) bot.play(index / this.bots.length);
  }

  /** Stops giving inputs and waits for the answers to those on their way. */
  async rest(): Promise<void> {
    for (const bot of this.bots) bot.rest();
    for (let waitedMs = 0; waitedMs < DRAIN_MS && this.counts().pending > 0; waitedMs += LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async leave(): Promise<void> {
    await Promise.all(this.bots.map((bot) => bot.leave()));
  }

  counts(): Counts {
    const counts = { ...NO_COUNTS, players: this.bots.length, joined: this.#joined };
    counts.acknowledged = this.#acknowledged.count;
    for (const bot of this.bots) addBot(counts, bot);
    return counts;
  }

  async #joinOne(bot: Bot): Promise<void> {
    try {
      await bot.join();
      this.#joined += 1;
    } catch (error) {
      const reason = error instanceof OverworldError ? `${error.reason} (${error.detail})` : String(error);
      this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
    }
  }
}

/** Spreads a share evenly over the numbers. */
function isShare(number: number, share: number): boolean {
  return Math.floor((number + 1) * share) > Math.floor(number * share);
}

function addBot(counts: Counts, bot: Bot): void {
  const stats = bot.game.stats();
  const { bytesIn, bytesOut } = bot.game.traffic;
  counts.inputs += bot.inputs;
  counts.refused += bot.refused;
  counts.pending += stats.pendingInputs;
  counts.dropped += stats.droppedInputs;
  counts.bytesIn += bytesIn;
  counts.bytesOut += bytesOut;
  counts.frames += stats.frames;
  counts.badFrames += stats.badFrames;
  counts.reconnects += stats.reconnects;
  counts.closed += bot.failure === undefined ? 0 : 1;
  counts.coins += bot.coins;
  counts.crossings += bot.crossings;
}
