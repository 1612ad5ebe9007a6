import { Controller, Inject } from '@nestjs/common';
import { aiCalls } from '@overworld/contracts';
import { Serves } from '@overworld/platform';
import { type Command, INTERPRETER, type Interpretation, type Interpreter } from './interpreter.ts';

/** What the gateway asks of the ai service. */
@Controller()
export class AiMessagesController {
  readonly #interpreter: Interpreter;

  constructor(@Inject(INTERPRETER) interpreter: Interpreter) {
    this.#interpreter = interpreter;
  }

  @Serves(aiCalls.command)
  command(command: Command): Promise<Interpretation> {
    return this.#interpreter.interpret(command);
  }
}
