import { Controller, Inject } from '@nestjs/common';
import { aiCalls, isRefusal } from '@overworld/contracts';
import { METRICS, Serves } from '@overworld/platform';
import type { Metrics } from '@overworld/telemetry';
import { type Command, INTERPRETER, type Interpretation, type Interpreter } from './interpreter.ts';

/** What the gateway asks of the ai service. */
@Controller()
export class AiMessagesController {
  readonly #interpreter: Interpreter;
  readonly #metrics: Metrics;

  constructor(@Inject(INTERPRETER) interpreter: Interpreter, @Inject(METRICS) metrics: Metrics) {
    this.#interpreter = interpreter;
    this.#metrics = metrics;
  }

  @Serves(aiCalls.command)
  async command(command: Command): Promise<Interpretation> {
    const done = this.#metrics.aiDuration.startTimer();
    const answer = await this.#interpreter.interpret(command);
    done();
    this.#metrics.aiCommands.inc({ outcome: isRefusal(answer) ? answer.refused : 'understood' });
    return answer;
  }
}
