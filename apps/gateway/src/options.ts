import type { Rate } from '@overworld/platform';
import type { RedisAddress } from './redis-link.ts';

export interface GatewayOptions {
  /** New at every start: zones tell by it that a gateway is another one. */
  readonly id: string;
  /** The one of the session service: access tokens are checked here. */
  readonly secret: Uint8Array;
  /** Pages of other origins that may connect; `*` for all. Pages of the own host may always. */
  readonly origins: readonly string[];
  readonly maxConnections: number;
  readonly viewBytesPerSecond: number;
  /** Per player. */
  readonly inputRate: Rate;
  readonly controlRate: Rate;
  /** Lines of chat, which go out to everybody in the zone. */
  readonly chatRate: Rate;
  /** Everything that a connection says, whatever it is: beyond it the connection is closed. */
  readonly messageRate: Rate;
  readonly joinTimeoutMs: number;
  /** Carries chat and presence to other gateways; absent: this one is the only one. */
  readonly redis?: RedisAddress | undefined;
  /** Over how long a drain sends the players to other gateways; 0 closes all connections at once. */
  readonly drainSeconds: number;
}

export const GATEWAY_OPTIONS = Symbol('GatewayOptions');
export const HUB = Symbol('Hub');
export const REACH = Symbol('Reach');
export const TALK = Symbol('Talk');
export const PRESENCE = Symbol('Presence');
export const ADMISSION = Symbol('Admission');
export const INPUT_DOOR = Symbol('InputDoor');
export const AI_DESK = Symbol('AiDesk');
export const HUB_OBSERVER = Symbol('HubObserver');

export const GATEWAY_DEFAULTS = {
  maxConnections: 5000,
  viewBytesPerSecond: 5_000,
  // After an outage a client sends everything again that was not acknowledged: up to 256 inputs at once.
  inputRate: { perSecond: 60, burst: 320 },
  controlRate: { perSecond: 5, burst: 20 },
  chatRate: { perSecond: 2, burst: 10 },
  messageRate: { perSecond: 200, burst: 1000 },
  joinTimeoutMs: 6000,
  drainSeconds: 0,
} as const;
