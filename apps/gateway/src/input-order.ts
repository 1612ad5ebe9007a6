import type { ZoneCommand } from '@overworld/contracts';

export type InputCommand = ZoneCommand & { readonly kind: 'input' };

/** More than a client may keep unacknowledged: beyond it the gap is given up. */
const MAX_HELD = 512;

/**
 * The order of a player's inputs right after a handoff. What was sent to the zone before is lost and comes again, but later
 * inputs may come first: they are held until the ones before them are there, for a while at most, because a zone passes over
 * what is older than what it has executed.
 */
export class InputOrder {
  readonly #push: (command: InputCommand) => void;
  /** By sequence; undefined for one that was refused and will not come again. */
  readonly #held = new Map<number, InputCommand | undefined>();
  readonly #cancel: () => void;
  #next: number;
  #isOver = false;

  /** `sequence` is the last one that the zone knows; `later` calls back when the patience ends, and returns its cancel. */
  constructor(
    sequence: number,
    push: (command: InputCommand) => void,
    later: (over: () => void) => () => void,
  ) {
    this.#next = sequence + 1;
    this.#push = push;
    this.#cancel = later(() => this.end());
  }

  take(command: InputCommand): void {
    if (this.#isOver || command.sequence < this.#next) {
      this.#push(command);
      return;
    }
    this.#held.set(command.sequence, command);
    this.#flush();
    if (this.#held.size > MAX_HELD) this.end();
  }

  /** An input that was refused: nobody waits for it. */
  skip(sequence: number): void {
    if (this.#isOver || sequence < this.#next) return;
    this.#held.set(sequence, undefined);
    this.#flush();
  }

  /** Whatever is held goes out, in order, and from now on everything as it comes. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel();
    for (const sequence of [...this.#held.keys()].sort((a, b) => a - b)) this.#pushHeld(sequence);
    this.#held.clear();
  }

  #flush(): void {
    while (this.#held.has(this.#next)) {
      this.#pushHeld(this.#next);
      this.#held.delete(this.#next);
      this.#next += 1;
    }
  }

  #pushHeld(sequence: number): void {
    const command = this.#held.get(sequence);
    if (command !== undefined) this.#push(command);
  }
}
