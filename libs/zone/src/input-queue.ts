import type { InputPolicy } from '@overworld/ruleset';

/** One input on its way. `target` is the tick that is to execute it at the earliest; 0 is the next one. */
export interface QueuedInput {
  readonly sequence: number;
  readonly target: number;
  readonly input: number;
  readonly policy: InputPolicy;
  readonly value: Uint8Array;
}

export type PushOutcome = 'queued' | 'duplicate' | 'superseded' | 'full';

/**
 * One player's inputs, in the order of their sequences whatever the order of their arrival. Sequences are executed
 * ascending, since the state ignores one that is not above the last: an input that has to wait holds back those after it.
 */
export class InputQueue {
  readonly #capacity: number;
  #inputs: QueuedInput[] = [];
  /** Older inputs of kind `latest` that a newer one replaced; they count as executed. */
  superseded = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#inputs.length;
  }

  /** A full queue gives up its oldest `latest` input that a newer one replaces anyway, and refuses otherwise. */
  push(input: QueuedInput): PushOutcome {
    let at = this.#inputs.length;
    while (at > 0 && (this.#inputs[at - 1] as QueuedInput).sequence > input.sequence) at -= 1;
    if (at > 0 && this.#inputs[at - 1]?.sequence === input.sequence) return 'duplicate';
    const makesRoom = this.#inputs.length >= this.#capacity;
    if (makesRoom && !this.#giveUpOldest(input)) return 'full';
    const place = makesRoom ? Math.max(0, at - 1) : at;
    if (place === this.#inputs.length) this.#inputs.push(input);
    else this.#inputs.splice(place, 0, input);
    return makesRoom ? 'superseded' : 'queued';
  }

  /**
   * Takes what is to be executed at `tick`, ascending. `last` is the player's last executed sequence; while `waits` is
   * true, a sequence that is missing holds back those after it (it is expected to be sent again).
   */
  take(tick: number, last: number, waits: boolean, into: QueuedInput[]): void {
    const first = into.length;
    let count = 0;
    let expected = last + 1;
    for (const input of this.#inputs) {
      if (input.sequence > last) {
        if (waits && input.sequence > expected) break;
        if (input.target > tick) break;
        if (input.policy === 'perTick' && includesKind(into, first, input.input)) break;
        if (input.policy === 'latest') this.#supersede(into, first, input.input);
        into.push(input);
        expected = input.sequence + 1;
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

  #giveUpOldest(newer: QueuedInput): boolean {
    const isReplaced = (input: QueuedInput): boolean =>
      input.policy === 'latest' && input.input === newer.input && input.sequence < newer.sequence;
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
