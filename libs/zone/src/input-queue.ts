import type { InputPolicy } from '@overworld/ruleset';

/** One input on its way. `target` is the tick that is to execute it at the earliest; 0 is the next one. */
export interface QueuedInput {
  readonly sequence: number;
  readonly target: number;
  readonly input: number;
  readonly policy: InputPolicy;
  readonly value: Uint8Array;
}

export type PushOutcome = 'queued' | 'duplicate' | 'superseded' | 'full' | 'gap';

/**
 * One player's inputs, ascending and without a gap: one is taken only behind the one that its gateway had before it. What was
 * lost on the way comes again, and those behind it with it. Sequences are executed ascending, since the state ignores one that is
 * not above the last: an input that has to wait holds back those after it.
 */
export class InputQueue {
  readonly #capacity: number;
  #inputs: QueuedInput[] = [];
  /** Up to here every input has been executed, waits here, or will never be. */
  #settled: number;
  /** Older inputs of kind `latest` that a newer one replaced; they count as executed. */
  superseded = 0;

  /** `last` is the sequence that was executed last. */
  constructor(capacity: number, last: number) {
    this.#capacity = capacity;
    this.#settled = last;
  }

  get length(): number {
    return this.#inputs.length;
  }

  /** False: before this input is pushed, the queue has to be told what was executed last. */
  expects(sequence: number, after: number): boolean {
    return sequence > this.#settled && after <= this.#settled;
  }

  /** What was executed last: by another owner or in another zone, or in an earlier stay of the player, whose sequences were others. */
  learn(last: number): void {
    if (this.#inputs.length === 0 || last > this.#settled) this.#settled = last;
  }

  /** `after` is the sequence that has to be settled before it. */
  push(input: QueuedInput, after: number): PushOutcome {
    const { sequence } = input;
    if (sequence <= this.#settled) return 'duplicate';
    if (after > this.#settled) return 'gap';
    const makesRoom = this.#inputs.length >= this.#capacity;
    if (makesRoom && !this.#giveUpReplaced(input)) return 'full';
    this.#settled = sequence;
    this.#inputs.push(input);
    return makesRoom ? 'superseded' : 'queued';
  }

  /** One that will never be executed: those behind it do not wait for it. */
  skip(sequence: number, after: number): void {
    if (this.expects(sequence, after)) this.#settled = sequence;
  }

  /** Takes what is to be executed at `tick`, ascending. `last` is the sequence that the player has executed last. */
  take(tick: number, last: number, into: QueuedInput[]): void {
    const first = into.length;
    let count = 0;
    for (const input of this.#inputs) {
      if (input.sequence > last) {
        if (input.target > tick) break;
        if (input.policy === 'perTick' && includesKind(into, first, input.input)) break;
        if (input.policy === 'latest') this.#supersede(into, first, input.input);
        into.push(input);
      }
      count += 1;
    }
    this.#drop(count);
  }

  /** The first ones. Nearly always they are all there is, and an array that was cut would be made anew for the next one. */
  #drop(count: number): void {
    if (count < this.#inputs.length) this.#inputs.splice(0, count);
    else for (let left = count; left > 0; left--) this.#inputs.pop();
  }

  /** Puts back what was taken but found no room in the record. */
  putBack(inputs: readonly QueuedInput[]): void {
    this.#inputs.unshift(...inputs);
  }

  /** Of the inputs of kind `latest` the oldest that a newer one replaces anyway; `newest` is about to come. */
  #giveUpReplaced(newest: QueuedInput): boolean {
    const isReplaced = ({ policy, input }: QueuedInput, index: number): boolean =>
      policy === 'latest' && (newest.input === input || includesKind(this.#inputs, index + 1, input));
    const at = this.#inputs.findIndex(isReplaced);
    if (at < 0) return false;
    this.#inputs.splice(at, 1);
    this.superseded += 1;
    return true;
  }

  #supersede(taken: QueuedInput[], first: number, kind: number): void {
    for (let index = taken.length - 1; index >= first; index -= 1) {
      if (taken[index]?.input !== kind) continue;
      taken.splice(index, 1);
      this.superseded += 1;
    }
  }
}

function includesKind(inputs: readonly QueuedInput[], first: number, kind: number): boolean {
  for (let index = first; index < inputs.length; index += 1) if (inputs[index]?.input === kind) return true;
  return false;
}
