import { Controller, Inject } from '@nestjs/common';
import { type AnswerOf, persistenceCalls, type RequestOf } from '@overworld/contracts';
import { Serves } from '@overworld/platform';
import { orBusy } from './database-errors.ts';
import type { Sessions } from './sessions.ts';
import { SESSIONS } from './tokens.ts';

const calls = persistenceCalls.session;

@Controller()
export class SessionsController {
  readonly #sessions: Sessions;

  constructor(@Inject(SESSIONS) sessions: Sessions) {
    this.#sessions = sessions;
  }

  @Serves(calls.create)
  create(session: RequestOf<typeof calls.create>): Promise<AnswerOf<typeof calls.create>> {
    return orBusy(() => this.#sessions.create(session));
  }

  @Serves(calls.find)
  find({ sessionId }: RequestOf<typeof calls.find>): Promise<AnswerOf<typeof calls.find>> {
    return orBusy(async () => ({ session: await this.#sessions.find(sessionId) }));
  }

  @Serves(calls.rotate)
  rotate(request: RequestOf<typeof calls.rotate>): Promise<AnswerOf<typeof calls.rotate>> {
    const { sessionId, oldHash, newHash } = request;
    return orBusy(async () => ({ outcome: await this.#sessions.rotate(sessionId, oldHash, newHash) }));
  }

  @Serves(calls.revoke)
  revoke({ sessionId, reason }: RequestOf<typeof calls.revoke>): Promise<AnswerOf<typeof calls.revoke>> {
    return orBusy(async () => ({ revoked: await this.#sessions.revoke(sessionId, reason) }));
  }
}
