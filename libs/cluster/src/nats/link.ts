import {
  createInbox,
  type MsgHdrs,
  type NatsConnection,
  type Status,
  type Subscription,
} from '@nats-io/transport-node';
import type { Msg } from '@nats-io/transport-node';
import { Replies, type Reply } from './replies.ts';
import { unfitness } from './server-version.ts';

const FLUSH_TIMEOUT_MS = 1_000;
const DISCONNECTED: Reply = { kind: 'disconnected' };

export interface LinkOptions {
  readonly inboxPrefix: string | undefined;
  readonly onNotice: (line: string) => void;
}

/**
 * One connection, shared by all ports. It reconnects for ever; while it is away nothing is sent, and what waited for an
 * answer is told so at once.
 */
export class NatsLink {
  readonly connection: NatsConnection;
  readonly #replies: Replies;
  readonly #inboxPrefix: string | undefined;
  readonly #onNotice: (line: string) => void;
  readonly #listeners = new Set<(connected: boolean) => void>();
  #isConnected = true;
  #lastNotice = '';
  #closing: Promise<void> | undefined;

  constructor(connection: NatsConnection, options: LinkOptions) {
    this.connection = connection;
    this.#inboxPrefix = options.inboxPrefix;
    this.#onNotice = options.onNotice;
    this.#replies = new Replies(connection, this.inbox());
    void this.#follow();
    void connection.closed().then((error) => this.#ended(error));
  }

  get connected(): boolean {
    return this.#isConnected;
  }

  /** The largest payload that the server takes; what a request carries beside it in headers counts, too. */
  get maxPayloadBytes(): number {
    return this.connection.info?.max_payload ?? 0;
  }

  /** A subject of this connection's own. */
  inbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  /** Calls `settle` once, never within this call. */
  request(
    subject: string,
    payload: Uint8Array,
    timeoutMs: number,
    settle: (reply: Reply) => void,
    headers?: MsgHdrs,
  ): void {
    if (this.#isConnected) this.#replies.request(subject, payload, timeoutMs, settle, headers);
    else queueMicrotask(() => settle(DISCONNECTED));
  }

  ask(subject: string, payload: Uint8Array, timeoutMs: number): Promise<Reply> {
    return new Promise((resolve) => this.request(subject, payload, timeoutMs, resolve));
  }

  /** Subscriptions come back by themselves after a reconnect; a refusal by permissions is a notice. */
  subscribe(subject: string, handler: (message: Msg) => void, queue?: string): Subscription {
    const callback = (error: Error | null, message: Msg) => {
      if (error === null) handler(message);
    };
    return this.connection.subscribe(subject, { callback, queue });
  }

  onStatus(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notice(line: string): void {
    if (line === this.#lastNotice) return;
    this.#lastNotice = line;
    this.#onNotice(line);
  }

  /** Resolves once the server has dealt with everything that was sent before, or cannot be reached. */
  async flush(): Promise<void> {
    if (!this.#isConnected) return;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_TIMEOUT_MS);
    });
    await Promise.race([this.connection.flush().catch(() => undefined), tooLong]);
    clearTimeout(timer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.flush();
    this.#turn(false);
    await this.connection.close();
  }

  async #follow(): Promise<void> {
    for await (const status of this.connection.status()) this.#take(status);
  }

  #take(status: Status): void {
    if (status.type === 'disconnect') {
      if (this.#closing === undefined) this.notice(`the connection to ${status.server} is lost`);
      this.#turn(false);
    } else if (status.type === 'reconnect') {
      this.notice(`connected to ${status.server} again`);
      const unfit = unfitness(this.connection.info ?? { version: 'unknown' });
      if (unfit !== undefined) this.notice(unfit);
      if (this.#closing === undefined) this.#turn(true);
    } else if (status.type === 'error') {
      this.notice(status.error.message);
    }
  }

  #ended(error: unknown): void {
    this.#turn(false);
    if (this.#closing !== undefined) return;
    const detail = error instanceof Error ? `: ${error.message}` : '';
    this.notice(`the connection has ended and does not come back${detail}`);
  }

  #turn(connected: boolean): void {
    if (this.#isConnected === connected) return;
    this.#isConnected = connected;
    if (!connected) this.#replies.disconnect();
    for (const listener of [...this.#listeners]) listener(connected);
  }
}
