import type { Clock } from '@overworld/ports';

export type { Clock } from '@overworld/ports';

/** What a socket tells. After `refused`, `failed` or `closed` it says nothing more. */
export interface SocketHandlers {
  /** The handshake was accepted. */
  opened(): void;
  /** The server answered the handshake with a refusal. */
  refused(reason: string, detail: string): void;
  /** Nobody answered. */
  failed(detail: string): void;
  /** An open socket has closed, from either side. */
  closed(detail: string): void;
  event(name: string, value: unknown): void;
  /** A state frame, in order with the events around it. The bytes belong to the callee. */
  frame(bytes: Uint8Array): void;
}

export interface OpenSocket {
  /** Sends a bare binary message, an input frame; dropped silently once the socket has closed. */
  sendBytes(bytes: Uint8Array): void;
  /** Sends an event and waits for its acknowledgement; `undefined` when none came in time. Calls back once. */
  request(name: string, value: unknown, timeoutMs: number, answered: (value: unknown) => void): void;
  /** Idempotent; no handler is called afterwards. */
  close(): void;
  /** Payload bytes since the socket was opened, without TLS and TCP headers. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Opens one socket, without retrying: the client decides when to try again. */
export interface SocketPort {
  open(url: string, auth: { readonly [key: string]: unknown }, handlers: SocketHandlers): OpenSocket;
}

export interface HttpAnswer {
  readonly status: number;
  /** The parsed JSON, or undefined when the body was none. */
  readonly body: unknown;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly timeoutMs: number;
}

export interface HttpPort {
  /** Rejects when nobody answered in time; any HTTP status is an answer. */
  request(request: HttpRequest): Promise<HttpAnswer>;
}

/** What the pure client needs from where it runs; `./browser` and `./node` fill it. */
export interface ClientPorts {
  readonly socket: SocketPort;
  readonly http: HttpPort;
  readonly clock: Clock;
  /** A number in [0, 1): spreads the retries of many clients. */
  random(): number;
}
