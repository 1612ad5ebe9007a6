import { Body, Controller, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { isRefusal, playerName } from '@overworld/contracts';
import { type AccessClaims, RefusalError, ZodPipe } from '@overworld/platform';
import type { z } from 'zod';
import { AccessGuard, Who } from './access.guard.ts';
import { Rated } from './address-rates.guard.ts';
import { Documented } from './documented.ts';
import type { Logins } from './logins.ts';
import { LOGINS } from './options.ts';
import { loginBody, okAnswer, refreshBody, type Tokens, tokensAnswer } from './rest-schemas.ts';

@ApiTags('account')
@Controller()
export class AccountController {
  readonly #logins: Logins;

  constructor(@Inject(LOGINS) logins: Logins) {
    this.#logins = logins;
  }

  @Post('login')
  @Rated('login')
  @Documented({
    summary: 'Log in as a guest: the same name is the same player',
    body: loginBody,
    answer: tokensAnswer,
    refusals: ['bad-request', 'name-invalid', 'rate-limited', 'busy'],
  })
  async login(@Body(new ZodPipe(loginBody)) { username }: z.output<typeof loginBody>): Promise<Tokens> {
    const name = playerName.safeParse(username);
    if (!name.success)
      throw new RefusalError('name-invalid', 'a name is 1 to 24 letters, digits and marks between them');
    const tokens = await this.#logins.login(name.data);
    if (isRefusal(tokens)) throw RefusalError.from(tokens);
    return tokens;
  }

  @Post('refresh')
  @Rated('refresh')
  @Documented({
    summary: 'Get a new access token, and the next refresh token, for the last refresh token',
    body: refreshBody,
    answer: tokensAnswer,
    refusals: ['bad-request', 'unauthorized', 'session-expired', 'session-revoked', 'rate-limited', 'busy'],
  })
  async refresh(@Body(new ZodPipe(refreshBody)) body: z.output<typeof refreshBody>): Promise<Tokens> {
    const tokens = await this.#logins.refresh(body.refreshToken);
    if (isRefusal(tokens)) throw RefusalError.from(tokens);
    return tokens;
  }

  @Post('logout')
  @UseGuards(AccessGuard)
  @Documented({
    summary: 'End the session; its connections are closed',
    answer: okAnswer,
    refusals: ['unauthorized', 'busy'],
    needsToken: true,
  })
  async logout(@Who() who: AccessClaims): Promise<{ ok: true }> {
    const refused = await this.#logins.logout(who.sessionId);
    if (refused !== undefined) throw RefusalError.from(refused);
    return { ok: true };
  }
}
