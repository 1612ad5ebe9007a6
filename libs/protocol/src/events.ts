import type { RefusalReason, Refused } from './refusals.ts';
import type { WireSchema } from './schema.ts';

/** The `auth` object of the socket.io handshake. */
export interface Handshake {
  /** The access token. */
  readonly token: string;
  readonly protocol: number;
  /** `raw`: state frames come as bare binary messages; `event`: as `frame` events. */
  readonly frames: 'raw' | 'event';
  /** The longest message that the client can take. */
  readonly maxMessageBytes?: number;
}

/** The `data` of a `connect_error`. */
export interface RefusedHandshake {
  readonly reason: RefusalReason;
  readonly detail: string;
}

export type JoinRequest = { readonly ticket: string } | { readonly resume: string };

export interface ZoneInfo {
  /** Names the zone in frames on this connection. */
  readonly index: number;
  readonly zone: string;
  readonly world: string;
  readonly ruleset: string;
  readonly epoch: number;
  readonly tick: number;
  readonly tickHz: number;
  /** 16 hex digits. */
  readonly player: string;
  /** The player's entity, 16 hex digits; null while there is none. */
  readonly you: string | null;
  /** The last input sequence that was applied: the next one is one more. */
  readonly sequence: number;
  /** What the zone was created with, as far as clients may know it. */
  readonly params: unknown;
  readonly schema: WireSchema;
  /** To come back with within `LIMITS.resumeSeconds`. */
  readonly resume: string;
}

/**
 * The `zone` event. About the zone that the connection is in already it leaves out what cannot have changed: `params` and
 * `schema` are then those of the last ZoneInfo of this index.
 */
export type ZoneMessage = Omit<ZoneInfo, 'params' | 'schema'> & Partial<Pick<ZoneInfo, 'params' | 'schema'>>;

export type JoinAnswer = ({ readonly ok: true } & ZoneInfo) | Refused;
export type LeaveAnswer = { readonly ok: true } | Refused;

export interface InputMessage {
  readonly sequence: number;
  readonly name: string;
  readonly value: unknown;
  /** The tick that should execute it; absent or 0: the next one. */
  readonly tick?: number;
}

export interface AiRequest {
  readonly text: string;
}

export type AiAnswer = { readonly ok: true; readonly said: string; readonly inputs: number } | Refused;

export interface ClockRequest {
  /** The client's clock in ms; it comes back unchanged. */
  readonly t: number;
}

export interface ClockAnswer {
  readonly t: number;
  readonly tick: number;
  /** Since the zone's tick 0, by the zone's schedule. */
  readonly zoneTimeMs: number;
}

/** Who hears a line of chat: everybody in the world, or in the zone, on every gateway. */
export type ChatTo = 'world' | 'zone';

export interface ChatRequest {
  readonly to: ChatTo;
  readonly text: string;
}

export type ChatAnswer = { readonly ok: true } | Refused;

export interface ChatMessage {
  /** The name of the player who said it. */
  readonly from: string;
  readonly to: ChatTo;
  readonly text: string;
}

/** Who is in the world: as far as the gateway knows, which is up to some seconds behind. */
export type WhoAnswer =
  | { readonly ok: true; readonly world: string; readonly count: number; readonly names: readonly string[] }
  | Refused;

/** Players came to the world or went; some names, and how many are there now. */
export interface PresenceMessage {
  readonly world: string;
  readonly count: number;
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** Said by the operators to everybody. */
export interface NoticeMessage {
  readonly text: string;
}

export interface EventMessage {
  readonly zone: string;
  readonly tick: number;
  readonly name: string;
  readonly value: unknown;
}

export interface LeftMessage {
  readonly zone: string;
  readonly reason: string;
}

export interface RefusedMessage {
  readonly sequence?: number;
  readonly input?: string;
  readonly reason: RefusalReason;
  readonly detail: string;
}

export interface ClosingMessage {
  readonly reason: RefusalReason;
  readonly detail: string;
  /** 0 when connecting again is pointless before something has changed. */
  readonly reconnectAfterMs: number;
  /**
   * The connection stays open for so long: time to open another one and resume there before this one is closed. Absent or
   * 0: the disconnect follows at once.
   */
  readonly openForMs?: number;
}

/** For socket.io's own types: what a client emits. */
export interface ClientToServerEvents {
  join(request: JoinRequest, answer: (answer: JoinAnswer) => void): void;
  leave(request: Record<string, never>, answer: (answer: LeaveAnswer) => void): void;
  input(message: InputMessage): void;
  ai(request: AiRequest, answer: (answer: AiAnswer) => void): void;
  clock(request: ClockRequest, answer: (answer: ClockAnswer | Refused) => void): void;
  chat(request: ChatRequest, answer: (answer: ChatAnswer) => void): void;
  who(request: Record<string, never>, answer: (answer: WhoAnswer) => void): void;
}

/** For socket.io's own types: what the server emits. */
export interface ServerToClientEvents {
  zone(message: ZoneMessage): void;
  frame(frame: Uint8Array): void;
  event(message: EventMessage): void;
  left(message: LeftMessage): void;
  refused(message: RefusedMessage): void;
  closing(message: ClosingMessage): void;
  chat(message: ChatMessage): void;
  presence(message: PresenceMessage): void;
  notice(message: NoticeMessage): void;
}

/** Names of socket.io events. */
export const EVENTS = {
  join: 'join',
  leave: 'leave',
  input: 'input',
  ai: 'ai',
  clock: 'clock',
  zone: 'zone',
  frame: 'frame',
  event: 'event',
  left: 'left',
  refused: 'refused',
  closing: 'closing',
  chat: 'chat',
  who: 'who',
  presence: 'presence',
  notice: 'notice',
} as const;

export type EventName = keyof typeof EVENTS;

export interface EventNote {
  readonly from: 'client' | 'server' | 'both';
  /** True when socket.io's acknowledgement carries the answer. */
  readonly answered: boolean;
  readonly payload: string;
  readonly meaning: string;
}

/** What each event is for; exported as JSON for other languages. */
export const EVENT_NOTES: { readonly [E in EventName]: EventNote } = {
  join: {
    from: 'client',
    answered: true,
    payload: '{ticket} or {resume}',
    meaning:
      'Enter a zone with a ticket, or come back to it after a lost connection. The answer has the zone.',
  },
  leave: {
    from: 'client',
    answered: true,
    payload: '{}',
    meaning: 'Leave the zone for good; the connection stays.',
  },
  input: {
    from: 'client',
    answered: false,
    payload: '{sequence, name, value, tick?}',
    meaning: 'Ask the zone for something. Frames acknowledge it by its sequence; a refusal comes as refused.',
  },
  ai: {
    from: 'client',
    answered: true,
    payload: '{text}',
    meaning: 'Ask for something in plain words; what was understood is done as inputs of this player.',
  },
  clock: {
    from: 'client',
    answered: true,
    payload: '{t}',
    meaning: 'Measure the round trip and learn the tick of the zone. Times are milliseconds.',
  },
  zone: {
    from: 'server',
    answered: false,
    payload: 'ZoneInfo, without params and schema when the connection is in this zone already',
    meaning: 'The player is in another zone, or the zone is in a new epoch. A keyframe follows.',
  },
  frame: {
    from: 'server',
    answered: false,
    payload: 'binary: one state frame',
    meaning: 'State, for clients that asked for frames as events.',
  },
  event: {
    from: 'server',
    answered: false,
    payload: '{zone, tick, name, value}',
    meaning: 'Something happened once. It is not repeated for a client that was away.',
  },
  left: {
    from: 'server',
    answered: false,
    payload: '{zone, reason}',
    meaning: 'The player is not in the zone any more.',
  },
  refused: {
    from: 'server',
    answered: false,
    payload: '{sequence?, input?, reason, detail}',
    meaning: 'An input was not accepted and will not be applied.',
  },
  closing: {
    from: 'server',
    answered: false,
    payload: '{reason, detail, reconnectAfterMs, openForMs?}',
    meaning: 'The server is about to close the connection, and why.',
  },
  chat: {
    from: 'both',
    answered: true,
    payload: 'client: {to, text}; server: {from, to, text}',
    meaning: 'A line to everybody in the world or in the zone, on every gateway. `to` is world or zone.',
  },
  who: {
    from: 'client',
    answered: true,
    payload: '{}',
    meaning: 'Ask who is in the world: a count and some names.',
  },
  presence: {
    from: 'server',
    answered: false,
    payload: '{world, count, joined, left}',
    meaning: 'Players came to the world or went; the names are some of them.',
  },
  notice: {
    from: 'server',
    answered: false,
    payload: '{text}',
    meaning: 'Said by the operators to everybody.',
  },
};
