/** What a subscriber gets. The payload is the subscriber's to read until it returns; it must not be changed. */
export type BusHandler = (message: BusMessage) => void;

export interface BusMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Answers a request; absent for a plain publish. At most one answer counts. */
  readonly reply?: ((payload: Uint8Array) => void) | undefined;
}

export type RequestOutcome =
  | { readonly kind: 'answered'; readonly payload: Uint8Array }
  | { readonly kind: 'no-responder' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'disconnected' };

export interface SubscribeOptions {
  /** Members of one queue share the messages: each goes to exactly one of them. */
  readonly queue?: string;
  /** Messages that wait for this subscriber beyond this count are dropped, oldest first, and counted. Default 65,536. */
  readonly capacity?: number;
}

export interface BusSubscription {
  /** Messages dropped because the subscriber's queue was full. */
  readonly dropped: number;
  unsubscribe(): void;
}

/** Between publishers who may hold back what they have, and a subscriber of the same process who takes it at moments of his own. */
export interface LastCalls {
  /**
   * What is held back for a subject is published by `publish` at each last call; true when there was something. Returns the
   * function that ends it.
   */
  hear(subject: string, publish: () => boolean): () => void;
  /**
   * Has what is held back for a subject published. False: nothing was. True: it is there once the event loop has run what
   * `setImmediate` was called for before.
   */
  call(subject: string): boolean;
}

/**
 * At-most-once messages between processes. Per publisher and subject the order is kept; a message may be lost (a
 * subscriber that is away, a reconnect), never doubled or changed. Delivery is never synchronous with `publish`.
 * Subjects are dot-separated tokens; a subscription may use `*` (one token) and a final `>` (the rest).
 */
export interface Bus {
  readonly connected: boolean;
  /** Where publishers and subscribers are in one process. */
  readonly lastCalls?: LastCalls | undefined;
  /** Takes the buffer over: the caller must not write to it afterwards. While disconnected the message is dropped. */
  publish(subject: string, payload: Uint8Array): void;
  subscribe(subject: string, handler: BusHandler, options?: SubscribeOptions): BusSubscription;
  request(subject: string, payload: Uint8Array, timeoutMs: number): Promise<RequestOutcome>;
  /** Called on every change of `connected`. Returns the function that stops it. */
  onStatus(listener: (connected: boolean) => void): () => void;
  /** Delivers what is queued, then stops. */
  close(): Promise<void>;
}
