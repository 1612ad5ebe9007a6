import type { SessionConfig } from '@overworld/config';
import type { Rate } from '@overworld/platform';

export interface SessionOptions {
  /** Unique among the session processes. */
  readonly id: string;
  /** Where clients find the gateway, such as `http://localhost:8080`; empty: where they found this service. */
  readonly gatewayUrl: string;
  /** Signs all tokens; at least 32 bytes. */
  readonly secret: Uint8Array;
  readonly accessMinutes: number;
  readonly sessionHours: number;
  readonly ticketSeconds: number;
  /** How long a join waits for a seat to be given up, or a character to be saved. */
  readonly settleTimeoutMs: number;
  /** A lobby without players is closed after this long. */
  readonly lobbyIdleMinutes: number;
  readonly lobbiesPerPlayer: number;
  /** Per address. */
  readonly rates: {
    readonly login: Rate;
    readonly refresh: Rate;
    readonly join: Rate;
    readonly lobby: Rate;
    readonly staff: Rate;
  };
  /** The keys of roles; empty: nobody has the role. */
  readonly moderatorKey: string;
  readonly operatorKey: string;
}

export const SESSION_OPTIONS = Symbol('SessionOptions');
export const STORES = Symbol('SessionStores');
export const ACCESS_TOKENS = Symbol('AccessTokens');
export const LOGINS = Symbol('Logins');
export const DOORS = Symbol('Doors');
export const ZONES = Symbol('Zones');
export const LOBBIES = Symbol('Lobbies');
export const MEMBERS = Symbol('Members');
export const SEATS = Symbol('Seats');

export const SESSION_DEFAULTS = {
  gatewayUrl: '',
  accessMinutes: 15,
  sessionHours: 4,
  ticketSeconds: 30,
  settleTimeoutMs: 4000,
  lobbyIdleMinutes: 30,
  lobbiesPerPlayer: 5,
  moderatorKey: '',
  operatorKey: '',
  rates: {
    // A school or an office shares one address: the burst is for its first minute.
    login: { perSecond: 10, burst: 400 },
    refresh: { perSecond: 10, burst: 400 },
    join: { perSecond: 20, burst: 500 },
    lobby: { perSecond: 1, burst: 30 },
    staff: { perSecond: 5, burst: 50 },
  },
} as const satisfies Omit<SessionOptions, 'secret' | 'id'>;

/** What the service is told, from the configuration of its process. */
export function sessionOptions(
  config: SessionConfig['session'],
  gatewayUrl: string,
  secret: Uint8Array,
  id: string,
): SessionOptions {
  const { accessMinutes, sessionHours, ticketSeconds, lobbyIdleMinutes, lobbiesPerPlayer } = config;
  const { moderatorKey, operatorKey } = config;
  const set = { accessMinutes, sessionHours, ticketSeconds, lobbyIdleMinutes, lobbiesPerPlayer };
  return { ...SESSION_DEFAULTS, ...set, id, secret, gatewayUrl, moderatorKey, operatorKey };
}
