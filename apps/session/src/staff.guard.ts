import { createHash, timingSafeEqual } from 'node:crypto';
import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type AccessTokens, RefusalError } from '@overworld/platform';
import { ACCESS_TOKENS, SESSION_OPTIONS, type SessionOptions } from './options.ts';

/** Who may do what: each role may do what those before it may. */
const ROLES = ['player', 'moderator', 'operator'] as const;
export type Role = (typeof ROLES)[number];

const ROLE = Symbol('role');

interface StaffRequest {
  readonly headers: { readonly authorization?: string };
}

/**
 * Lets pass who shows the key of a role that is high enough: `Authorization: Bearer <key>`. Keys come from the configuration; a
 * role without a key has nobody. A player's access token is known as what it is, and refused.
 */
@Injectable()
export class StaffGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #tokens: AccessTokens;
  readonly #keys: readonly (readonly [Role, Buffer])[];

  constructor(
    @Inject(Reflector) reflector: Reflector,
    @Inject(ACCESS_TOKENS) tokens: AccessTokens,
    @Inject(SESSION_OPTIONS) { moderatorKey, operatorKey }: SessionOptions,
  ) {
    this.#reflector = reflector;
    this.#tokens = tokens;
    const given: readonly (readonly [Role, string])[] = [
      ['operator', operatorKey],
      ['moderator', moderatorKey],
    ];
    this.#keys = given.filter(([, key]) => key !== '').map(([role, key]) => [role, digest(key)]);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const needed = this.#reflector.get<Role>(ROLE, context.getHandler());
    const { headers } = context.switchToHttp().getRequest<StaffRequest>();
    const token = /^Bearer (\S{1,2048})$/.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) throw new RefusalError('unauthorized', `the key of a ${needed} is needed`);
    const role = await this.#roleOf(token);
    if (role === undefined) throw new RefusalError('unauthorized', 'this key is not known');
    if (ROLES.indexOf(role) >= ROLES.indexOf(needed)) return true;
    throw new RefusalError('forbidden', `this needs the role ${needed}; the caller is a ${role}`);
  }

  async #roleOf(token: string): Promise<Role | undefined> {
    const shown = digest(token);
    let role: Role | undefined;
    // Every key is compared, so that the time taken tells nothing.
    for (const [candidate, key] of this.#keys) if (timingSafeEqual(key, shown)) role ??= candidate;
    if (role !== undefined) return role;
    return (await this.#tokens.verify(token)).ok ? 'player' : undefined;
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** This route is for that role and those above it. */
export const Needs = (role: Role): MethodDecorator =>
  applyDecorators(SetMetadata(ROLE, role), UseGuards(StaffGuard));
