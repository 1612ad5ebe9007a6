import type { aiCalls, AnswerOf, RequestOf } from '@overworld/contracts';

export type Command = RequestOf<typeof aiCalls.command>;
export type Interpretation = AnswerOf<typeof aiCalls.command>;

/**
 * Turns a player's sentence into inputs. It may be wrong, slow or away: what it answers is checked by the ruleset's own
 * schemas and enters the zone like any other input, through the journal.
 */
export interface Interpreter {
  interpret(command: Command): Promise<Interpretation>;
}

export const INTERPRETER = Symbol('Interpreter');
