import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { NatsLink } from './link.ts';
import type { Reply } from './replies.ts';
import { type ApiError, ERROR_CODES, explain } from './stream-api.ts';

/*
 * A message that is stored only behind the one that its writer knows: the subject's last sequence goes with it as a header
 * (0 for none), and the leader of the stream compares and stores in one step. `Nats-Msg-Id` is never set: the server would
 * answer a second message of the same id with success, whatever it holds.
 */
const EXPECTED = 'Nats-Expected-Last-Subject-Sequence';
const decoder = new TextDecoder();
const QUOTE = 0x22;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;

export type WriteOutcome =
  | { readonly kind: 'written'; readonly sequence: number }
  /** Another message stands, or is about to stand, where this one should have gone. This one was not stored. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly detail: string };

const CONFLICT: WriteOutcome = { kind: 'conflict' };

export class ConditionalWriter {
  readonly #link: NatsLink;
  readonly #timeoutMs: number;

  constructor(link: NatsLink, timeoutMs: number) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
  }

  write(
    subject: string,
    payload: Uint8Array,
    expectedSequence: number,
    more?: Readonly<Record<string, string>>,
  ): Promise<WriteOutcome> {
    const header = expected(expectedSequence, more);
    return new Promise((resolve) => {
      const settle = (reply: Reply) => resolve(toOutcome(reply));
      this.#link.request(subject, payload, this.#timeoutMs, settle, header);
    });
  }
}

function expected(sequence: number, more: Readonly<Record<string, string>> | undefined): MsgHdrs {
  const header = headers();
  header.set(EXPECTED, String(sequence));
  if (more !== undefined) for (const [name, value] of Object.entries(more)) header.set(name, value);
  return header;
}

function toOutcome(reply: Reply): WriteOutcome {
  if (reply.kind !== 'answered') return { kind: 'unknown', detail: explain(reply) };
  const sequence = readSequence(reply.payload);
  return sequence > 0 ? { kind: 'written', sequence } : toRefusal(reply.payload);
}

/**
 * The number behind `"seq":` of `{"stream":"NAME", "seq":123}`; 0 when there is none. The first quoted name of a refusal is
 * `error`, so one that is not `stream` needs no further look.
 */
export function readSequence(bytes: Uint8Array): number {
  if (bytes[0] !== 0x7b || bytes[1] !== QUOTE || bytes[2] !== 0x73) return 0;
  for (let at = 3; at + 5 < bytes.length; at++) {
    if (bytes[at] !== QUOTE || bytes[at + 1] !== 0x73 || bytes[at + 2] !== 0x65 || bytes[at + 3] !== 0x71)
      continue;
    if (bytes[at + 4] === QUOTE && bytes[at + 5] === COLON) return readNumber(bytes, at + 6);
  }
  return 0;
}

function readNumber(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === SPACE) at++;
  let value = 0;
  for (; at < bytes.length; at++) {
    const digit = bytes[at] as number;
    if (digit < ZERO || digit > NINE) break;
    value = value * 10 + (digit - ZERO);
  }
  return Number.isSafeInteger(value) ? value : 0;
}

function toRefusal(payload: Uint8Array): WriteOutcome {
  const error = parseError(payload);
  if (error === undefined) return { kind: 'unknown', detail: 'an answer that is no acknowledgement' };
  const code = error.err_code;
  if (code === ERROR_CODES.WRONG_LAST_SEQUENCE || code === ERROR_CODES.WRONG_LAST_SEQUENCE_UNKNOWN)
    return CONFLICT;
  return { kind: 'unknown', detail: `${error.description} (${code})` };
}

function parseError(payload: Uint8Array): ApiError | undefined {
  try {
    return (JSON.parse(decoder.decode(payload)) as { readonly error?: ApiError }).error;
  } catch {
    return undefined;
  }
}
