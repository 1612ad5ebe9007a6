const STRIKES = 3;
const MOST_PLAYERS = 1_024;

/**
 * Players whose inputs made the ruleset throw. Each such input costs a rebuild of the state, so after three of them
 * within a window no more inputs of that player are taken until the window is over.
 */
export class Blocklist {
  readonly #windowTicks: number;
  readonly #strikes = new Map<string, { count: number; untilTick: number }>();

  constructor(windowTicks: number) {
    this.#windowTicks = windowTicks;
  }

  strike(player: string, tick: number): void {
    const known = this.#strikes.get(player);
    const count = known !== undefined && known.untilTick > tick ? known.count + 1 : 1;
    if (known === undefined && this.#strikes.size >= MOST_PLAYERS) this.#strikes.clear();
    this.#strikes.set(player, { count, untilTick: tick + this.#windowTicks });
  }

  isBlocked(player: string, tick: number): boolean {
    if (this.#strikes.size === 0) return false;
    const strikes = this.#strikes.get(player);
    return strikes !== undefined && strikes.count >= STRIKES && strikes.untilTick > tick;
  }
}
