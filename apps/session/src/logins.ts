import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { gatewayNotices, isRefusal, type Refusal } from '@overworld/contracts';
import type { AccessClaims, AccessTokens, ServiceCaller } from '@overworld/platform';
import type { Clock } from '@overworld/ports';
import type { SessionOptions } from './options.ts';
import type { SessionStores, StoredSession } from './stores.ts';

export interface Tokens {
  readonly player: string;
  readonly name: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  readonly sessionEndsInSeconds: number;
}

/**
 * Logins, and what follows from them: a short access token that every service can check by itself, and a refresh token
 * that works once. Using a refresh token again proves that two have it: the session ends at once.
 */
export class Logins {
  readonly #options: SessionOptions;
  readonly #stores: SessionStores;
  readonly #services: ServiceCaller;
  readonly #clock: Clock;
  readonly #tokens: AccessTokens;

  constructor(
    options: SessionOptions,
    stores: SessionStores,
    services: ServiceCaller,
    clock: Clock,
    tokens: AccessTokens,
  ) {
    this.#options = options;
    this.#stores = stores;
    this.#services = services;
    this.#clock = clock;
    this.#tokens = tokens;
  }

  async login(name: string): Promise<Tokens | Refusal> {
    const account = await this.#stores.guest(name);
    if (isRefusal(account)) return account;
    const sessionId = randomUUID();
    const refresh = newRefreshToken(sessionId);
    const endsAtMs = this.#clock.wall() + this.#options.sessionHours * 3_600_000;
    const { player } = account;
    const created = await this.#stores.createSession({
      sessionId,
      player,
      refreshHash: hashOf(refresh),
      endsAtMs,
    });
    if (isRefusal(created)) return created;
    return this.#tokensFor({ player, name: account.name, sessionId, sessionEndsAtMs: endsAtMs }, refresh);
  }

  async refresh(refreshToken: string): Promise<Tokens | Refusal> {
    const sessionId = sessionOf(refreshToken);
    if (sessionId === undefined) return refusedToken();
    const next = newRefreshToken(sessionId);
    const rotated = await this.#stores.rotate(sessionId, hashOf(refreshToken), hashOf(next));
    if (isRefusal(rotated)) return rotated;
    if (rotated.outcome === 'reused')
      this.#tellGateways(sessionId, await this.#stores.findSession(sessionId));
    if (rotated.outcome !== 'rotated') return REFUSED_ROTATION[rotated.outcome];
    const session = await this.#stores.findSession(sessionId);
    if (isRefusal(session)) return session;
    const { player, name, endsAtMs } = session;
    return this.#tokensFor({ player, name, sessionId, sessionEndsAtMs: endsAtMs }, next);
  }

  async logout(sessionId: string): Promise<Refusal | undefined> {
    const session = await this.#stores.findSession(sessionId);
    const revoked = await this.#stores.revoke(sessionId, 'logout');
    if (isRefusal(revoked)) return revoked;
    this.#tellGateways(sessionId, session);
    return undefined;
  }

  /** Whether the session still counts, as the database has it. */
  async check(sessionId: string): Promise<Refusal | undefined> {
    const session = await this.#stores.findSession(sessionId);
    if (isRefusal(session)) return session;
    if (session.revoked) return { refused: 'session-revoked', detail: 'this session was ended' };
    if (session.endsAtMs > this.#clock.wall()) return undefined;
    return { refused: 'session-expired', detail: 'this session has reached its end' };
  }

  #tellGateways(sessionId: string, session: StoredSession | Refusal): void {
    if (isRefusal(session)) return;
    const { player } = session;
    this.#services.notify(gatewayNotices.sessionRevoked, { sessionId, player, reason: 'session-revoked' });
  }

  async #tokensFor(claims: AccessClaims, refreshToken: string): Promise<Tokens> {
    const nowMs = this.#clock.wall();
    const expiresAtMs = Math.min(nowMs + this.#options.accessMinutes * 60_000, claims.sessionEndsAtMs);
    return {
      player: claims.player,
      name: claims.name,
      accessToken: await this.#tokens.sign(claims, randomUUID(), expiresAtMs),
      refreshToken,
      expiresInSeconds: Math.floor((expiresAtMs - nowMs) / 1000),
      sessionEndsInSeconds: Math.floor((claims.sessionEndsAtMs - nowMs) / 1000),
    };
  }
}

const REFUSED_ROTATION = {
  reused: {
    refused: 'session-revoked',
    detail: 'a refresh token was used twice: the session has been ended',
  },
  revoked: { refused: 'session-revoked', detail: 'this session was ended' },
  expired: { refused: 'session-expired', detail: 'this session has reached its end' },
  unknown: { refused: 'unauthorized', detail: 'the refresh token is not known' },
} as const;

function refusedToken(): Refusal {
  return { refused: 'unauthorized', detail: 'this is no refresh token' };
}

const REFRESH_TOKEN = /^([0-9a-f-]{36})\.[A-Za-z0-9_-]{43}$/;

function newRefreshToken(sessionId: string): string {
  return `${sessionId}.${randomBytes(32).toString('base64url')}`;
}

function sessionOf(refreshToken: string): string | undefined {
  return REFRESH_TOKEN.exec(refreshToken)?.[1];
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
