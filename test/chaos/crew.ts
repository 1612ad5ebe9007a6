import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BotLine, ChaosBot } from './chaos-bot.ts';
import { HistoryWriter } from './history.ts';

const FRESH_MS = 1_000;
const MAX_PENDING = 20;
const START_AT_ONCE = 4;

export interface CrewOptions {
  readonly url: string;
  readonly count: number;
  readonly rate: number;
  readonly seed: string;
  readonly folder: string;
}

/** The players of a run. */
export class Crew {
  readonly bots: readonly ChaosBot[];
  readonly #history: HistoryWriter<BotLine & { readonly bot: string }>;

  constructor({ url, count, rate, seed, folder }: CrewOptions) {
    mkdirSync(join(folder, 'histories'), { recursive: true });
    this.#history = new HistoryWriter(join(folder, 'histories', 'bots.jsonl'));
    this.bots = Array.from({ length: count }, (_, index) => {
      const roles = { passesGate: index % 2 === 0, leaves: index % 5 === 1 };
      return new ChaosBot({ url, index, seed, rate, ...roles, history: this.#history });
    });
  }

  /** One after the other until the first is near the gate: players come out where others are. */
  async start(): Promise<void> {
    const ordered = [...this.bots].sort((one, other) => Number(other.passesGate) - Number(one.passesGate));
    await ordered[0]?.start();
    for (let first = 1; first < ordered.length; first += START_AT_ONCE) {
      await Promise.all(ordered.slice(first, first + START_AT_ONCE).map((bot) => bot.start()));
    }
  }

  /** Those who do not play as they should, and why. */
  unsettled(): string[] {
    return this.bots.flatMap((bot) => {
      const { state, pendingInputs } = bot.game.stats();
      if (!bot.isPlaying) return [`${bot.name} is ${state}`];
      if (bot.silenceMs > FRESH_MS)
        return [`${bot.name} has heard nothing for ${Math.round(bot.silenceMs)} ms in ${bot.zone}`];
      return pendingInputs > MAX_PENDING ? [`${bot.name} waits for ${pendingInputs} inputs`] : [];
    });
  }

  sum(of: (bot: ChaosBot) => number): number {
    return this.bots.reduce((sum, bot) => sum + of(bot), 0);
  }

  close(): void {
    for (const bot of this.bots) bot.close();
    this.#history.close();
  }
}
