import type { WrittenInput } from '@overworld/contracts';

/** More than a client may keep unacknowledged: beyond it the gap is given up. */
const MAX_HELD = 512;

/**
 * The order of a player's inputs right after a handoff. What was sent to the zone before is lost and comes again, but later
 * inputs may come first: they are held until the ones before them are there, for a while at most, because a zone passes over
 * what is older than what it has executed.
 */
export class InputOrder {
  readonly #push: (input: WrittenInput) => void;
  /** By sequence; undefined for one that was refused and will not come again. */
  readonly #held = new Map<number, WrittenInput | undefined>();
  readonly #cancel: () => void;
  #next: number;
  #isOver = false;

  /** `sequence` is the last one that the zone knows; `later` calls back when the patience ends, and returns its cancel. */
  constructor(
    sequence: number,
    push: (input: WrittenInput) => void,
    later: (over: () => void) => () => void,
  ) {
    this.#next = sequence + 1;
    this.#push = push;
    this.#cancel = later(() => this.end());
  }

  /** Its value is borrowed until this returns. */
  take(input: WrittenInput): void {
    if (this.#isOver || input.sequence < this.#next) {
      this.#push(input);
      return;
    }
    const bytes = input.bytes.slice(input.from, input.to);
    this.#held.set(input.sequence, { ...input, bytes, from: 0, to: bytes.length });
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
    const input = this.#held.get(sequence);
    if (input !== undefined) this.#push(input);
  }
}
