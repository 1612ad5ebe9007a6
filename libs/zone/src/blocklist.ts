import type { ZoneCommand } from '@overworld/contracts';
import type { Operation } from '@overworld/ruleset';

const STRIKES = 3;
const MOST_NAMES = 1_024;

interface Strikes {
  count: number;
  untilTick: number;
}

/** Whom to hold to account: players for what they ask, a handoff for itself (it comes again until it is answered). */
function nameOf(operation: Operation): string | undefined {
  switch (operation.kind) {
    case 'join':
    case 'input':
      return operation.player;
    case 'handoff-in':
      return `${operation.from}/${operation.handoff}`;
    case 'handoff-done':
      return `/${operation.handoff}`;
    default:
      return undefined;
  }
}

function nameOfCommand(command: ZoneCommand): string | undefined {
  switch (command.kind) {
    case 'join':
    case 'input':
      return command.player;
    case 'handoff':
      return `${command.from}/${command.handoff}`;
    case 'handoff-receipt':
      return `/${command.handoff}`;
    default:
      return undefined;
  }
}

/**
 * Whose operations made the ruleset throw. Each one costs a rebuild of the state, so after three of them within a window
 * nothing more is taken from there until the window is over. Bounded; drops and leaves are never blocked.
 */
export class Blocklist {
  readonly #windowTicks: number;
  readonly #strikes = new Map<string, Strikes>();

  constructor(windowTicks: number) {
    this.#windowTicks = windowTicks;
  }

  strike(operation: Operation, tick: number): void {
    const name = nameOf(operation);
    if (name === undefined) return;
    const known = this.#strikes.get(name);
    const count = known !== undefined && known.untilTick > tick ? known.count + 1 : 1;
    if (known === undefined && this.#strikes.size >= MOST_NAMES) this.#strikes.clear();
    this.#strikes.set(name, { count, untilTick: tick + this.#windowTicks });
  }

  isBlocked(command: ZoneCommand, tick: number): boolean {
    if (this.#strikes.size === 0) return false;
    const strikes = this.#strikes.get(nameOfCommand(command) ?? '');
    return strikes !== undefined && strikes.count >= STRIKES && strikes.untilTick > tick;
  }
}
