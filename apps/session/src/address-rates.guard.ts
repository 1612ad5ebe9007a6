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
import { CLOCK, RefusalError, TokenBuckets } from '@overworld/platform';
import type { Clock } from '@overworld/ports';
import { SESSION_OPTIONS, type SessionOptions } from './options.ts';

type RateName = keyof SessionOptions['rates'];
const RATE = Symbol('rate');

@Injectable()
export class AddressRatesGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #clock: Clock;
  readonly #buckets: Readonly<Record<RateName, TokenBuckets>>;

  constructor(
    @Inject(Reflector) reflector: Reflector,
    @Inject(CLOCK) clock: Clock,
    @Inject(SESSION_OPTIONS) options: SessionOptions,
  ) {
    this.#reflector = reflector;
    this.#clock = clock;
    const { login, refresh, join, lobby, staff } = options.rates;
    this.#buckets = {
      login: new TokenBuckets(login),
      refresh: new TokenBuckets(refresh),
      join: new TokenBuckets(join),
      lobby: new TokenBuckets(lobby),
      staff: new TokenBuckets(staff),
    };
  }

  canActivate(context: ExecutionContext): boolean {
    const rate = this.#reflector.get<RateName | undefined>(RATE, context.getHandler());
    if (rate === undefined) return true;
    const { ip } = context.switchToHttp().getRequest<{ readonly ip?: string }>();
    if (this.#buckets[rate].take(ip ?? '', this.#clock.now())) return true;
    throw new RefusalError('rate-limited');
  }
}

/** Calls of this route are counted per address, together with the other routes of the same rate. */
export const Rated = (rate: RateName): MethodDecorator =>
  applyDecorators(SetMetadata(RATE, rate), UseGuards(AddressRatesGuard));
