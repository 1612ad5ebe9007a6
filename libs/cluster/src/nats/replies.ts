import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { plain } from './bytes.ts';

export type Reply =
  | { readonly kind: 'answered'; readonly payload: Uint8Array }
  | { readonly kind: 'no-responder' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'disconnected' }
  /** It was never sent: larger than the server takes, or the connection is closed. */
  | { readonly kind: 'unsendable'; readonly detail: string };

interface Pending {
  readonly settle: (reply: Reply) => void;
  readonly timer: NodeJS.Timeout;
}

const TIMEOUT: Reply = { kind: 'timeout' };
const DISCONNECTED: Reply = { kind: 'disconnected' };
const NO_RESPONDER: Reply = { kind: 'no-responder' };
const NO_RESPONDERS_CODE = 503;

/**
 * Requests over one subscription to an inbox, with a callback and a map by number. It costs a fraction of the library's own
 * `request`, and unlike that one settles at once when the connection is lost. An answer that comes after its request was
 * settled is ignored.
 */
export class Replies {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #pending = new Map<number, Pending>();
  #count = 0;

  constructor(connection: NatsConnection, inbox: string) {
    this.#connection = connection;
    this.#prefix = `${inbox}.`;
    connection.subscribe(`${inbox}.*`, { callback: (error, message) => this.#answer(error, message) });
  }

  /** Calls `settle` once, never within this call. */
  request(
    subject: string,
    payload: Uint8Array,
    timeoutMs: number,
    settle: (reply: Reply) => void,
    headers?: MsgHdrs,
  ): void {
    this.#count += 1;
    const id = this.#count;
    const timer = setTimeout(() => this.#settle(id, TIMEOUT), timeoutMs);
    this.#pending.set(id, { settle, timer });
    try {
      this.#connection.publish(subject, payload, { reply: `${this.#prefix}${id}`, headers });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      queueMicrotask(() => this.#settle(id, { kind: 'unsendable', detail }));
    }
  }

  /** The connection is gone, and with it every answer that was on its way. */
  disconnect(): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, DISCONNECTED);
  }

  #answer(error: Error | null, message: Msg): void {
    if (error !== null) return;
    const id = Number(message.subject.slice(this.#prefix.length));
    const payload = plain(message.data);
    const isNobody = payload.length === 0 && message.headers?.code === NO_RESPONDERS_CODE;
    this.#settle(id, isNobody ? NO_RESPONDER : { kind: 'answered', payload });
  }

  #settle(id: number, reply: Reply): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.settle(reply);
  }
}
