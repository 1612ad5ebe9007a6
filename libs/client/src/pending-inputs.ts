export interface PendingInput {
  readonly sequence: number;
  readonly name: string;
  readonly value: unknown;
  /** The tick it asks to be executed at; 0 = as soon as possible. */
  tick: number;
  /** When it was given, on the client's clock. */
  readonly givenAtMs: number;
  /** The last sequence of the message that it was sent in. */
  sentThrough: number;
}

/** Inputs waiting for their acknowledgement; the oldest is dropped and counted beyond this. */
export const MAX_PENDING_INPUTS = 256;

/**
 * The inputs that the server has not acknowledged, in sequence. They outlive the connection: after a resume, a new epoch
 * or a handoff they are sent again, and the zone skips the ones that it knows.
 */
export class PendingInputs {
  #waiting: PendingInput[] = [];
  #lastSequence = 0;
  #acknowledged = 0;
  #dropped = 0;
  readonly #limit: number;

  constructor(limit = MAX_PENDING_INPUTS) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#waiting.length;
  }
  get lastSequence(): number {
    return this.#lastSequence;
  }
  get acknowledged(): number {
    return this.#acknowledged;
  }
  /** Inputs given up because too many were waiting. */
  get dropped(): number {
    return this.#dropped;
  }

  /** In sequence; valid until the next call. */
  all(): readonly PendingInput[] {
    return this.#waiting;
  }

  /** Takes a new input in and gives it the next sequence. `replaces`: older ones of that name need not be sent any more. */
  add(name: string, value: unknown, tick: number, nowMs: number, replaces: boolean): PendingInput {
    if (replaces) this.#waiting = this.#waiting.filter((waiting) => waiting.name !== name);
    this.#lastSequence += 1;
    const sequence = this.#lastSequence;
    const input = { sequence, name, value, tick, givenAtMs: nowMs, sentThrough: sequence };
    if (this.#waiting.length >= this.#limit) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#waiting.push(input);
    return input;
  }

  /** The server has everything up to `sequence`; `settled` is told of each input that this settles, oldest first. */
  acknowledge(sequence: number, settled?: (input: PendingInput) => void): void {
    if (sequence <= this.#acknowledged) return;
    this.#acknowledged = sequence;
    // A session that went on elsewhere has given inputs that this client knows nothing of.
    if (sequence > this.#lastSequence) this.#lastSequence = sequence;
    while (this.#waiting.length > 0 && (this.#waiting[0] as PendingInput).sequence <= sequence) {
      const input = this.#waiting.shift() as PendingInput;
      settled?.(input);
    }
  }

  /** The server will not execute this one; with `andBehind`, nor those behind it in its message. Returns them all. */
  refuse(sequence: number, andBehind: boolean): readonly PendingInput[] {
    const first = this.#waiting.find((waiting) => waiting.sequence === sequence);
    const through = andBehind && first !== undefined ? first.sentThrough : sequence;
    const isRefused = (waiting: PendingInput) => waiting.sequence >= sequence && waiting.sequence <= through;
    const refused = this.#waiting.filter(isRefused);
    this.#waiting = this.#waiting.filter((waiting) => !isRefused(waiting));
    return refused;
  }

  /** Forgets the ticks they asked for: those have passed by the time they are sent again. */
  forgetTicks(): void {
    for (const waiting of this.#waiting) waiting.tick = 0;
  }

  /** Starts over for another player. */
  clear(): void {
    this.#waiting = [];
    this.#lastSequence = 0;
    this.#acknowledged = 0;
  }
}
