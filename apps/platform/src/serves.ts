import { applyDecorators, UsePipes } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { Call, Notice } from '@overworld/contracts';
import { ContractPipe } from './zod.pipe.ts';

/** The method answers this call; its one parameter is the request, checked. Throwing answers with an error. */
export function Serves(call: Call): MethodDecorator {
  return applyDecorators(MessagePattern(call.pattern), UsePipes(new ContractPipe(call.request)));
}

/** The method hears this notice; its one parameter is the body, checked. */
export function Hears(notice: Notice): MethodDecorator {
  return applyDecorators(
    EventPattern(notice.pattern) as MethodDecorator,
    UsePipes(new ContractPipe(notice.body)),
  );
}
