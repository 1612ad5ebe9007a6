/** As many of a connection are remembered; a client may keep that many unacknowledged. */
const MAX_KNOWN = 512;

/**
 * Which input of a connection comes behind which, so that a zone can tell what was lost on the way. A client numbers its inputs
 * upwards; numbers of inputs that were refused, or that it gave up itself, are not let in, and nobody waits for them.
 */
export class InputChain {
  /** Let in and not known to be executed, ascending. */
  readonly #known: number[] = [];
  /** Of these, the lines of chat that were counted. Undefined until the first one: an empty set would be most of what a chain takes. */
  #counted: Set<number> | undefined;
  #last = 0;
  #returns = 0;
  /** What has not come again since the client was asked for all that it has; undefined when it was not asked. */
  #missing: Set<number> | undefined;
  /** The same when it was asked the time before. */
  #missed: ReadonlySet<number> | undefined;

  /** The highest one that is not known to be executed, or 0. */
  get highest(): number {
    return this.#known.at(-1) ?? 0;
  }

  /** The input that was let in last. */
  get last(): number {
    return this.#last;
  }

  /** How often one came that was not above the one before: so begins what a client sends again. */
  get returns(): number {
    return this.#returns;
  }

  /** Lets one in, and gives the one that it comes behind; 0 when all before it is settled. */
  letIn(sequence: number): number {
    const known = this.#known;
    if (sequence <= this.#last) this.#returns += 1;
    this.#last = sequence;
    this.#missing?.delete(sequence);
    let at = known.length;
    while (at > 0 && (known[at - 1] as number) >= sequence) at -= 1;
    if (at === known.length) known.push(sequence);
    else if (known[at] !== sequence) known.splice(at, 0, sequence);
    const after = at > 0 ? (known[at - 1] as number) : 0;
    if (known.length > MAX_KNOWN) this.refused(known[0] as number);
    return after;
  }

  /** Whether it was let in before and is not known to be executed. */
  isKnown(sequence: number): boolean {
    return this.#known.includes(sequence);
  }

  /** One that was let in before has come again, and is not handed on. */
  cameAgain(sequence: number): void {
    this.#returns += 1;
    this.#missing?.delete(sequence);
  }

  /** A line of chat that was let in counts once, however often it comes. */
  count(sequence: number): void {
    if (!this.isKnown(sequence)) return;
    this.#counted ??= new Set();
    this.#counted.add(sequence);
  }

  isCounted(sequence: number): boolean {
    return this.#counted?.has(sequence) ?? false;
  }

  /** One that the client was told not to wait for. */
  refused(sequence: number): void {
    this.#counted?.delete(sequence);
    const at = this.#known.indexOf(sequence);
    if (at >= 0) this.#known.splice(at, 1);
  }

  /** The zone has executed everything up to here. */
  executed(upTo: number): void {
    const known = this.#known;
    if (known.length === 0 || (known[0] as number) > upTo) return;
    let count = 1;
    while (count < known.length && (known[count] as number) <= upTo) count += 1;
    // Nearly always they are all there is, and an array that was cut would be made anew for the next one.
    if (count < known.length) known.splice(0, count);
    else for (let left = count; left > 0; left--) known.pop();
    if (this.#counted !== undefined) forget(this.#counted, upTo);
  }

  /**
   * The client is asked for everything that it has. What it did not send again the last two times, although it sent some, it does not
   * have any more: it has given it up, or has been told of a refusal.
   */
  asked(hasAnswered: boolean): void {
    if (this.#missing !== undefined && hasAnswered) {
      const missing = this.#missing;
      for (const sequence of missing) if (this.#missed?.has(sequence)) this.refused(sequence);
      this.#missed = missing;
    }
    this.#missing = new Set(this.#known);
  }

  /** Nothing is overdue: what the client does not have any more is of no interest. */
  answered(): void {
    if (this.#missing === undefined) return;
    this.#missing = undefined;
    this.#missed = undefined;
  }

  /** The next one waits for none before it. */
  restart(): void {
    this.#known.length = 0;
    this.#counted = undefined;
    this.#last = 0;
    this.answered();
  }
}

function forget(sequences: Set<number>, upTo: number): void {
  for (const sequence of sequences) if (sequence <= upTo) sequences.delete(sequence);
}
