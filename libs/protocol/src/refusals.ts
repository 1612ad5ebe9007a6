export interface Refusal {
  /** The HTTP status where the refusal answers a REST call. */
  readonly status: number;
  readonly meaning: string;
  /** What to do about it, for whoever writes or plays the client. */
  readonly next: string;
  /** True when the same request can succeed later without being changed. */
  readonly retry: boolean;
}

/** Every reason that a server gives for not doing something: a closed set, on all doors. */
export const REFUSALS = {
  'bad-request': {
    status: 400,
    meaning: 'The request does not have the form that its route or event asks for.',
    next: 'Correct the request; the detail names the part that is wrong.',
    retry: false,
  },
  'bad-input': {
    status: 400,
    meaning: 'The value of an input is not what the ruleset accepts.',
    next: 'Send a value that fits the schema of this input.',
    retry: false,
  },
  'unknown-input': {
    status: 404,
    meaning: 'The zone has no input of this name or number.',
    next: 'Use the inputs that the schema of the zone lists.',
    retry: false,
  },
  'too-large': {
    status: 413,
    meaning: 'The message is longer than its limit.',
    next: 'Send less at once; the limits stand in the protocol standard.',
    retry: false,
  },
  'rate-limited': {
    status: 429,
    meaning: 'More was sent in a short time than is allowed.',
    next: 'Wait a second, then send less often.',
    retry: true,
  },
  unauthorized: {
    status: 401,
    meaning: 'There is no valid access token with the request.',
    next: 'Refresh the access token, or log in again.',
    retry: false,
  },
  forbidden: {
    status: 403,
    meaning: 'The caller does not have the role that this needs.',
    next: 'Use the key of a role that may do this.',
    retry: false,
  },
  'session-expired': {
    status: 401,
    meaning: 'The session is over because its time has passed.',
    next: 'Log in again.',
    retry: false,
  },
  'session-revoked': {
    status: 401,
    meaning: 'The session was ended, by a logout or by an operator.',
    next: 'Log in again.',
    retry: false,
  },
  'ticket-invalid': {
    status: 403,
    meaning: 'The ticket or resume token is not one of this server.',
    next: 'Ask for a new ticket.',
    retry: false,
  },
  'ticket-expired': {
    status: 403,
    meaning: 'The ticket or resume token is too old.',
    next: 'Ask for a new ticket.',
    retry: false,
  },
  'ticket-used': {
    status: 403,
    meaning: 'The ticket was used before; each opens one door once.',
    next: 'Ask for a new ticket.',
    retry: false,
  },
  'origin-forbidden': {
    status: 403,
    meaning: 'The page that connects is not on the list of allowed origins.',
    next: 'Have the operator add the origin of the page.',
    retry: false,
  },
  'protocol-mismatch': {
    status: 426,
    meaning: 'Client and server speak different versions of the protocol.',
    next: 'Update the client; in a browser, load the page again.',
    retry: false,
  },
  'schema-mismatch': {
    status: 409,
    meaning: 'What was sent was made for another version of the ruleset.',
    next: 'Use the schema that came with the zone; in a browser, load the page again.',
    retry: false,
  },
  'not-joined': {
    status: 409,
    meaning: 'The connection is in no zone.',
    next: 'Join with a ticket or a resume token first.',
    retry: false,
  },
  'unknown-world': {
    status: 404,
    meaning: 'There is no world of this name.',
    next: 'Choose one from the list of worlds.',
    retry: false,
  },
  'unknown-zone': {
    status: 404,
    meaning: 'There is no zone of this name.',
    next: 'Join a world, which chooses the zone.',
    retry: false,
  },
  'zone-full': {
    status: 409,
    meaning: 'The zone has no free place.',
    next: 'Try again in a moment, or join another zone.',
    retry: true,
  },
  'zone-unavailable': {
    status: 503,
    meaning: 'The zone does not run at the moment, or is moving to another process.',
    next: 'Try again in a second; the state of the zone is kept.',
    retry: true,
  },
  'zone-failed': {
    status: 503,
    meaning: 'The zone cannot be opened until an operator has mended it; what it holds is kept.',
    next: 'Join another zone or world meanwhile; who was in this one last has to wait. Tell the operator.',
    retry: true,
  },
  'lobby-unknown': {
    status: 404,
    meaning: 'There is no lobby with this code.',
    next: 'Check the code with the one who gave it; a lobby that is empty for long is closed.',
    retry: false,
  },
  'lobby-full': {
    status: 409,
    meaning: 'The lobby has no free place.',
    next: 'Wait until somebody leaves, or open another lobby.',
    retry: true,
  },
  'lobby-not-owner': {
    status: 403,
    meaning: 'Only the one who opened the lobby can do this.',
    next: 'Ask the owner of the lobby.',
    retry: false,
  },
  'code-invalid': {
    status: 400,
    meaning: 'This cannot be a lobby code: it has the wrong length or characters that codes do not use.',
    next: 'Type the code again.',
    retry: false,
  },
  'name-invalid': {
    status: 400,
    meaning: 'The name is empty, too long, or has characters that cannot be shown.',
    next: 'Choose a name of 1 to 24 characters.',
    retry: false,
  },
  busy: {
    status: 503,
    meaning: 'The server has as much to do as it can take on.',
    next: 'Try again in a moment, waiting longer each time.',
    retry: true,
  },
  'slow-consumer': {
    status: 408,
    meaning: 'The client reads so slowly that too much waits for it.',
    next: 'Connect again; on a slow line, announce a smaller message size.',
    retry: true,
  },
  replaced: {
    status: 409,
    meaning: 'The same player has connected from somewhere else.',
    next: 'Go on there, or connect again to take over here.',
    retry: false,
  },
  kicked: {
    status: 403,
    meaning: 'The game or an operator has removed the player.',
    next: 'Read the detail, which says why.',
    retry: false,
  },
  draining: {
    status: 503,
    meaning: 'This server process is about to stop, and others take over.',
    next: 'Connect again after the time given, with the resume token.',
    retry: true,
  },
  'not-understood': {
    status: 422,
    meaning: 'The sentence could not be turned into something that the game can do.',
    next: 'Say it in other words, such as "walk north".',
    retry: false,
  },
  'chat-unavailable': {
    status: 503,
    meaning:
      'Lines of chat cannot reach the players of other server processes at the moment; the game goes on.',
    next: 'Try again in some seconds, or talk to those in your zone.',
    retry: true,
  },
  internal: {
    status: 500,
    meaning: 'The server failed in a way that it does not know.',
    next: 'Try again; if it stays, tell the operator what you did.',
    retry: true,
  },
} as const satisfies { readonly [reason: string]: Refusal };

export type RefusalReason = keyof typeof REFUSALS;

export function isRefusalReason(text: unknown): text is RefusalReason {
  return typeof text === 'string' && Object.hasOwn(REFUSALS, text);
}

/** What a refused request is answered with, over socket.io. */
export interface Refused {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly detail: string;
}
