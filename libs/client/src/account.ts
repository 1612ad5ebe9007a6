import type { ClientPorts, HttpRequest } from './ports.ts';
import { OverworldError, refusalOf, textField, unreachable } from './refusal.ts';

const REQUEST_TIMEOUT_MS = 8_000;
/** A token that ends sooner than this is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000;

/** Who logged in; `player` is a pseudonym of 16 hex digits. */
export interface Login {
  readonly player: string;
  readonly name: string;
}

/** What a page may keep (in sessionStorage) to come back without logging in again. */
export interface SavedLogin extends Login {
  readonly refreshToken: string;
}

/** Where to play: a world, one zone of it, or a lobby by its code. */
export type Target = { readonly world: string } | { readonly zone: string } | { readonly lobby: string };

export interface JoinTicket {
  readonly ticket: string;
  /** The gateway's address; the client's own when the server names none. */
  readonly url: string;
  readonly zone: string;
  readonly world: string;
}

export interface World {
  readonly name: string;
  /** What to call it on a page. */
  readonly title?: string;
  readonly ruleset?: string;
  /** It is entered by a lobby code. */
  readonly lobbies?: boolean;
}

export interface Lobby {
  readonly code: string;
  readonly capacity?: number;
  readonly players?: number;
  /** Opened by this player. */
  readonly yours?: boolean;
}

interface Tokens extends SavedLogin {
  readonly accessToken: string;
  /** On the client's monotonic clock. */
  readonly expiresAtMs: number;
}

type Body = { readonly [key: string]: unknown };

function seconds(body: unknown, field: string, otherwise: number): number {
  const value = (body as Body | undefined)?.[field];
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : otherwise;
}

function required(body: unknown, field: string): string {
  const value = textField(body, field);
  if (value === undefined) throw new OverworldError('internal', `the server's answer lacks ${field}`);
  return value;
}

/** The REST side: accounts, tokens, worlds, lobbies and join tickets. Every call throws `OverworldError`. */
export class Account {
  readonly #url: string;
  readonly #ports: ClientPorts;
  readonly #changed: (saved: SavedLogin) => void;
  #tokens: Tokens | undefined;
  #renewing: Promise<void> | undefined;

  /** @param changed is told of every new refresh token: the one before it is void then. */
  constructor(url: string, ports: ClientPorts, changed: (saved: SavedLogin) => void = () => undefined) {
    this.#changed = changed;
    this.#url = url.replace(/\/+$/, '');
    this.#ports = ports;
  }

  get login(): Login | undefined {
    return this.#tokens;
  }

  get saved(): SavedLogin | undefined {
    if (this.#tokens === undefined) return undefined;
    const { player, name, refreshToken } = this.#tokens;
    return { player, name, refreshToken };
  }

  async logIn(username: string): Promise<Login> {
    const body = await this.#send('POST', '/login', { body: { username } });
    this.#tokens = this.#tokensFrom(body, required(body, 'player'), required(body, 'name'));
    return { player: this.#tokens.player, name: this.#tokens.name };
  }

  /** Goes on with a saved login; throws when its session has ended. */
  async restore(saved: SavedLogin): Promise<Login> {
    this.#tokens = { ...saved, accessToken: '', expiresAtMs: Number.NEGATIVE_INFINITY };
    await this.token();
    return { player: saved.player, name: saved.name };
  }

  /** Ends the session on the server, as far as that can be reached, and forgets it here. */
  async logOut(): Promise<void> {
    const tokens = this.#tokens;
    if (tokens === undefined) return;
    this.#tokens = undefined;
    const body = { refreshToken: tokens.refreshToken };
    await this.#send('POST', '/logout', { body, token: tokens.accessToken }).catch(() => undefined);
  }

  /** A valid access token; renews it first when it ends soon. */
  async token(): Promise<string> {
    const tokens = this.#signedIn();
    if (tokens.expiresAtMs - this.#ports.clock.now() < RENEW_BEFORE_MS) await this.renew();
    return this.#signedIn().accessToken;
  }

  /** Renews the tokens; calls at the same time share one request, for a refresh token may be used once only. */
  async renew(): Promise<void> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
    await this.#renewing;
  }

  async join(target: Target): Promise<JoinTicket> {
    const answer =
      'lobby' in target
        ? await this.#authorised('POST', `/lobbies/${encodeURIComponent(target.lobby)}/join`, {})
        : await this.#authorised('POST', '/join', target);
    return {
      ticket: required(answer, 'ticket'),
      url: textField(answer, 'url') || this.#url,
      zone: textField(answer, 'zone') ?? '',
      world: textField(answer, 'world') ?? '',
    };
  }

  async worlds(): Promise<readonly World[]> {
    const body = await this.#send('GET', '/worlds', {});
    const list = Array.isArray(body) ? body : (body as Body | undefined)?.worlds;
    return Array.isArray(list) ? list.filter((world) => textField(world, 'name') !== undefined) : [];
  }

  async createLobby(options: Body): Promise<Lobby> {
    const body = await this.#authorised('POST', '/lobbies', options);
    return { ...(body as Body), code: required(body, 'code') };
  }

  async lobby(code: string): Promise<Lobby> {
    const body = await this.#authorised('GET', `/lobbies/${encodeURIComponent(code)}`);
    return { ...(body as Body), code: textField(body, 'code') ?? code };
  }

  async deleteLobby(code: string): Promise<void> {
    await this.#authorised('DELETE', `/lobbies/${encodeURIComponent(code)}`);
  }

  #signedIn(): Tokens {
    if (this.#tokens !== undefined) return this.#tokens;
    throw new OverworldError('unauthorized', 'nobody is logged in', 'Log in first.');
  }

  async #renewOnce(): Promise<void> {
    const { player, name, refreshToken } = this.#signedIn();
    const body = await this.#send('POST', '/refresh', { body: { refreshToken } }).catch((error) => {
      // The session is over: only a new login helps.
      if (error instanceof OverworldError && SESSION_OVER.has(error.reason)) this.#tokens = undefined;
      throw error;
    });
    this.#tokens = this.#tokensFrom(body, player, name);
  }

  #tokensFrom(body: unknown, player: string, name: string): Tokens {
    const lastsMs = seconds(body, 'expiresInSeconds', 900) * 1000;
    const refreshToken = required(body, 'refreshToken');
    this.#changed({ player, name, refreshToken });
    const expiresAtMs = this.#ports.clock.now() + lastsMs;
    return { player, name, accessToken: required(body, 'accessToken'), refreshToken, expiresAtMs };
  }

  /** Sends with the access token, once more with a new one when the server says that it has ended. */
  async #authorised(method: HttpRequest['method'], path: string, body?: Body): Promise<unknown> {
    const token = await this.token();
    try {
      return await this.#send(method, path, { token, body });
    } catch (error) {
      const ended = error instanceof OverworldError && TOKEN_ENDED.has(error.reason);
      if (!ended) throw error;
      // Another call may have renewed it meanwhile.
      if (this.#tokens?.accessToken === token) await this.renew();
      return this.#send(method, path, { token: await this.token(), body });
    }
  }

  async #send(
    method: HttpRequest['method'],
    path: string,
    { body, token }: { body?: Body | undefined; token?: string | undefined },
  ): Promise<unknown> {
    const request = {
      method,
      url: `${this.#url}${path}`,
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    };
    const answer = await this.#ports.http.request(request).catch((error: unknown) => {
      throw unreachable(error instanceof Error ? error.message : String(error));
    });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    // A proxy in front of a server that is down answers with a page of its own.
    if (textField(answer.body, 'reason') === undefined && answer.status >= 500) {
      throw unreachable(`the server answered ${answer.status}`);
    }
    throw refusalOf(answer.body, `the server answered ${answer.status}`);
  }
}

const SESSION_OVER: ReadonlySet<string> = new Set(['unauthorized', 'session-expired', 'session-revoked']);

/** Refusals that a new access token may cure. */
export const TOKEN_ENDED: ReadonlySet<string> = new Set(['unauthorized', 'session-expired']);
