import { setTimeout as wait } from 'node:timers/promises';
import { plain } from './bytes.ts';
import type { NatsLink } from './link.ts';
import { NatsError } from './nats-error.ts';
import type { Reply } from './replies.ts';

/*
 * The part of JetStream's JSON interface that the ports need: requests to `$JS.API.<what>.<stream>`, each answered by the
 * leader of the stream (or of the servers) with an object that has an `error` when it did not succeed.
 */
const API = '$JS.API';
/** A question that meets an election is lost; what may be done twice is asked again after so long. */
const READ_TRY_MS = 1_000;
const READ_PAUSE_MS = 100;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const ERROR_CODES = {
  NO_MESSAGE: 10_037,
  NOT_ENABLED_FOR_ACCOUNT: 10_039,
  NAME_IN_USE: 10_058,
  STREAM_NOT_FOUND: 10_059,
  WRONG_LAST_SEQUENCE: 10_071,
  REPLICAS_NEED_A_CLUSTER: 10_074,
  NO_PEERS: 10_005,
  NOT_ENABLED: 10_076,
  /** As `WRONG_LAST_SEQUENCE`, while another record for the subject is on its way through the servers. */
  WRONG_LAST_SEQUENCE_UNKNOWN: 10_164,
} as const;

export interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

export type ApiAnswer =
  | { readonly kind: 'answered'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly error: ApiError }
  /** Nobody answered, which is what an election looks like; it may be tried again. */
  | { readonly kind: 'unreachable'; readonly detail: string };

/** A message as the leader of its stream has it. */
export interface StoredMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** The header block as text; empty without headers. */
  readonly headers: string;
}

interface MessageJson {
  readonly subject: string;
  readonly seq: number;
  readonly data?: string;
  readonly hdrs?: string;
}

export class StreamApi {
  readonly #link: NatsLink;
  readonly #timeoutMs: number;

  constructor(link: NatsLink, timeoutMs: number) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
  }

  async ask(what: string, body?: unknown, timeoutMs = this.#timeoutMs): Promise<ApiAnswer> {
    const payload = body === undefined ? new Uint8Array(0) : encoder.encode(JSON.stringify(body));
    const reply = await this.#link.ask(`${API}.${what}`, payload, timeoutMs);
    if (reply.kind !== 'answered') return { kind: 'unreachable', detail: explain(reply) };
    const answer = JSON.parse(decoder.decode(reply.payload)) as { readonly error?: ApiError };
    if (answer.error !== undefined) return { kind: 'refused', error: answer.error };
    return { kind: 'answered', body: answer as Readonly<Record<string, unknown>> };
  }

  /** @throws NatsError when nobody answers, or with a refusal. */
  async demand(what: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.ask(what, body);
    if (answer.kind === 'answered') return answer.body;
    throw refusal(what, answer);
  }

  /** The newest message of a subject. */
  last(stream: string, subject: string): Promise<StoredMessage | undefined> {
    return this.#message(stream, { last_by_subj: subject });
  }

  /** The first message of a subject at or above a sequence. */
  next(stream: string, subject: string, sequence: number): Promise<StoredMessage | undefined> {
    return this.#message(stream, { seq: sequence, next_by_subj: subject });
  }

  /** The subjects that have messages. */
  async subjects(stream: string, filter: string): Promise<readonly string[]> {
    const subjects: string[] = [];
    for (;;) {
      const info = await this.demand(`STREAM.INFO.${stream}`, {
        subjects_filter: filter,
        offset: subjects.length,
      });
      const page = Object.keys((info.state as { readonly subjects?: object }).subjects ?? {});
      subjects.push(...page);
      if (page.length === 0 || subjects.length >= Number(info.total ?? 0)) return subjects;
    }
  }

  /** Removes messages of a subject, those below a sequence alone when one is given. */
  async purge(stream: string, subject: string, belowSequence?: number): Promise<void> {
    const range = belowSequence === undefined ? {} : { seq: belowSequence };
    const what = `STREAM.PURGE.${stream}`;
    const answer = await this.#askAgain(what, { filter: subject, ...range });
    if (answer.kind !== 'answered') throw refusal(what, answer);
  }

  async #askAgain(what: string, body: unknown): Promise<ApiAnswer> {
    const deadlineMs = performance.now() + this.#timeoutMs;
    for (;;) {
      const leftMs = deadlineMs - performance.now();
      const answer = await this.ask(what, body, Math.max(READ_PAUSE_MS, Math.min(READ_TRY_MS, leftMs)));
      const isOver = performance.now() + READ_PAUSE_MS >= deadlineMs || !this.#link.connected;
      if (answer.kind !== 'unreachable' || isOver) return answer;
      await wait(READ_PAUSE_MS);
    }
  }

  async #message(stream: string, query: object): Promise<StoredMessage | undefined> {
    const what = `STREAM.MSG.GET.${stream}`;
    const answer = await this.#askAgain(what, query);
    if (answer.kind === 'refused' && answer.error.err_code === ERROR_CODES.NO_MESSAGE) return undefined;
    if (answer.kind !== 'answered') throw refusal(what, answer);
    const { subject, seq, data, hdrs } = answer.body.message as MessageJson;
    return {
      subject,
      sequence: seq,
      bytes: fromBase64(data),
      headers: hdrs === undefined ? '' : Buffer.from(hdrs, 'base64').toString('latin1'),
    };
  }
}

function fromBase64(text: string | undefined): Uint8Array {
  return text === undefined ? new Uint8Array(0) : plain(Buffer.from(text, 'base64'));
}

function refusal(what: string, answer: Exclude<ApiAnswer, { readonly kind: 'answered' }>): NatsError {
  const detail = answer.kind === 'refused' ? answer.error.description : answer.detail;
  return new NatsError(`JetStream ${what}: ${detail}`);
}

/** Why there is no answer. */
export function explain(reply: Exclude<Reply, { readonly kind: 'answered' }>): string {
  switch (reply.kind) {
    case 'no-responder':
      return 'nobody answers (an election, or JetStream is not enabled)';
    case 'timeout':
      return 'no answer in time';
    case 'disconnected':
      return 'not connected';
    case 'unsendable':
      return reply.detail;
  }
}
