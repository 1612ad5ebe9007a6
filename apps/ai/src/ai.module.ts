import { Module } from '@nestjs/common';
import { RULESETS } from '@overworld/platform';
import type { AnyRuleset } from '@overworld/ruleset';
import { AiMessagesController } from './ai-messages.controller.ts';
import { INTERPRETER } from './interpreter.ts';
import { LocalInterpreter } from './local-interpreter.ts';

/** Understands players' sentences. Needs `RULESETS` from a global module. */
@Module({
  controllers: [AiMessagesController],
  providers: [
    {
      provide: INTERPRETER,
      inject: [RULESETS],
      useFactory: (rulesets: ReadonlyMap<string, AnyRuleset>): LocalInterpreter =>
        new LocalInterpreter(rulesets),
    },
  ],
})
export class AiModule {}
