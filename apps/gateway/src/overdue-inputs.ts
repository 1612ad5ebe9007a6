import type { InputChain } from './input-chain.ts';

/** The zone executes an input within ten ticks: what it has not executed after so many beats of a second was lost. */
const OVERDUE_BEATS = 2;
/** A client that has been asked so often, and has sent new inputs each time but none again, never will. */
const UNANSWERED = 3;

/** fine: nothing to do. ask: the client has to send again what was not acknowledged. give-up: it does not do so. */
export type Overdue = 'fine' | 'ask' | 'give-up';

/** Whether inputs of a player have got lost on the way to a zone, whichever it is at the moment. */
export class OverdueInputs {
  readonly #chain: InputChain;
  #executed = -1;
  #beats = 0;
  /** As the chain was when the client was asked last, since something was executed; -1 when it was not. */
  #askedReturns = -1;
  #askedLast = 0;
  #unanswered = 0;

  constructor(chain: InputChain) {
    this.#chain = chain;
  }

  /** Each second, while the zone speaks: the last sequence that it has executed. */
  beat(executed: number): Overdue {
    if (executed >= this.#chain.highest || executed !== this.#executed) {
      this.#executed = executed;
      this.#beats = this.#unanswered = 0;
      this.#askedReturns = -1;
      this.#chain.answered();
      return 'fine';
    }
    this.#beats += 1;
    if (this.#beats < OVERDUE_BEATS) return 'fine';
    this.#beats = 0;
    return this.#ask();
  }

  #ask(): Overdue {
    const { last, returns } = this.#chain;
    const isFirst = this.#askedReturns < 0;
    const hasAnswered = !isFirst && returns !== this.#askedReturns;
    const hasIgnored = !isFirst && !hasAnswered && last > this.#askedLast;
    this.#chain.asked(hasAnswered);
    this.#askedReturns = returns;
    this.#askedLast = last;
    this.#unanswered = hasIgnored ? this.#unanswered + 1 : 0;
    return this.#unanswered < UNANSWERED ? 'ask' : 'give-up';
  }
}
