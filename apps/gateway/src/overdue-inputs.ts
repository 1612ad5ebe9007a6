import type { InputChain } from './input-chain.ts';

/** The zone executes an input within ten ticks: what it has not executed after so many beats of a second may be lost. */
const OVERDUE_BEATS = 2;
/** A client that is asked in vain is asked less and less often. */
const MOST_BEATS = 8;
/** A client that has sent new inputs, and none again, each of so many times that it was asked and did not keep silent, never will. */
const IGNORED = 3;

/** fine: nothing to do. ask: the client has to send again what was not acknowledged. give-up: it does not do so. */
export type Overdue = 'fine' | 'ask' | 'give-up';

/** Whether inputs of a player have got lost on the way to a zone, whichever it is at the moment. */
export class OverdueInputs {
  readonly #chain: InputChain;
  #executed = -1;
  #beats = 0;
  /** Since something was executed. */
  #asks = 0;
  #ignored = 0;
  /** As the chain was when the client was asked last. */
  #askedReturns = 0;
  #askedLast = 0;

  constructor(chain: InputChain) {
    this.#chain = chain;
  }

  /** Each second, while the zone speaks: the last sequence that it has executed. */
  beat(executed: number): Overdue {
    if (executed >= this.#chain.highest || executed !== this.#executed) {
      this.#executed = executed;
      this.#beats = this.#asks = this.#ignored = 0;
      this.#chain.answered();
      return 'fine';
    }
    this.#beats += 1;
    if (this.#beats < Math.min(MOST_BEATS, OVERDUE_BEATS * Math.max(1, this.#asks - 1))) return 'fine';
    this.asked();
    return this.#ignored < IGNORED ? 'ask' : 'give-up';
  }

  /** The client is asked, for this reason or another one. */
  asked(): void {
    const { last, returns } = this.#chain;
    const hasAnswered = this.#asks > 0 && returns !== this.#askedReturns;
    const hasIgnored = this.#asks > 0 && !hasAnswered && last > this.#askedLast;
    if (hasAnswered) this.#ignored = 0;
    else if (hasIgnored) this.#ignored += 1;
    this.#chain.asked(hasAnswered);
    this.#beats = 0;
    this.#asks += 1;
    this.#askedReturns = returns;
    this.#askedLast = last;
  }
}
