/*
 *            open          joined
 *   idle ─────────▶ connecting ─────────▶ playing
 *                     │  ▲                   │
 *             dropped │  │ retry             │ dropped
 *                     ▼  │                   │
 *                    waiting ◀───────────────┘
 *
 *   refused and close lead to `closed` from everywhere; `open` leads out of it again.
 */

export type ConnectionState = 'idle' | 'connecting' | 'playing' | 'waiting' | 'closed';
export type ConnectionEvent = 'open' | 'joined' | 'dropped' | 'retry' | 'refused' | 'close';

/** `undefined`: the event has come too late to mean anything and is ignored. */
const TRANSITIONS: {
  readonly [State in ConnectionState]: { readonly [Event in ConnectionEvent]: ConnectionState | undefined };
} = {
  idle: {
    open: 'connecting',
    joined: undefined,
    dropped: undefined,
    retry: undefined,
    refused: 'closed',
    close: 'closed',
  },
  connecting: {
    open: undefined,
    joined: 'playing',
    dropped: 'waiting',
    retry: undefined,
    refused: 'closed',
    close: 'closed',
  },
  playing: {
    open: undefined,
    joined: undefined,
    dropped: 'waiting',
    retry: undefined,
    refused: 'closed',
    close: 'closed',
  },
  waiting: {
    open: undefined,
    joined: undefined,
    dropped: undefined,
    retry: 'connecting',
    refused: 'closed',
    close: 'closed',
  },
  closed: {
    open: 'connecting',
    joined: undefined,
    dropped: undefined,
    retry: undefined,
    refused: undefined,
    close: undefined,
  },
};

export function nextState(state: ConnectionState, event: ConnectionEvent): ConnectionState | undefined {
  return TRANSITIONS[state][event];
}

/** What a game shows of its connection. */
export interface Status {
  readonly state: ConnectionState;
  /** Attempts since the connection was lost; 0 while it stands. */
  readonly attempt: number;
  /** Until the next attempt, when `waiting`. */
  readonly retryInMs: number;
  /** Why the connection was lost or closed; empty while it stands. */
  readonly reason: string;
  readonly detail: string;
  /** A sentence for the player: what to do next. Empty when there is nothing to do. */
  readonly next: string;
}
