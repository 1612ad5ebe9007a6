import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import { type AccessClaims, type AccessTokens, RefusalError } from '@overworld/platform';
import { ACCESS_TOKENS } from './options.ts';

interface AuthorizedRequest {
  readonly headers: { readonly authorization?: string };
  who?: AccessClaims;
}

/** Lets pass who shows a valid access token: `Authorization: Bearer <token>`. */
@Injectable()
export class AccessGuard implements CanActivate {
  readonly #tokens: AccessTokens;

  constructor(@Inject(ACCESS_TOKENS) tokens: AccessTokens) {
    this.#tokens = tokens;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthorizedRequest>();
    const token = /^Bearer (\S{1,2048})$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw new RefusalError('unauthorized', 'an access token is needed');
    const verified = await this.#tokens.verify(token);
    if (!verified.ok) throw new RefusalError('unauthorized', `the access token is ${verified.reason}`);
    request.who = verified.claims;
    return true;
  }
}

/** Who the access token names. Only behind `AccessGuard`. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext): AccessClaims => {
  const { who } = context.switchToHttp().getRequest<AuthorizedRequest>();
  if (who === undefined) throw new RefusalError('unauthorized');
  return who;
});
