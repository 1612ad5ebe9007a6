import {
  BaseRpcContext,
  type CustomTransportStrategy,
  type MessageHandler,
  Server,
} from '@nestjs/microservices';
import type { Bus, BusMessage, BusSubscription } from '@overworld/ports';
import { lastValueFrom } from 'rxjs';
import { decodeObject, encodeJson, queueOf, type RpcAnswer, subjectOf } from './rpc-message.ts';

export interface BusServerOptions {
  readonly bus: Bus;
  /** This process, for patterns such as `shard.*.zone.activate`. */
  readonly instance: string;
}

/**
 * Nest's message patterns over the Bus port. A pattern is a subject; requests go to one instance of the service (a queue
 * group named after the pattern's first word), notices go to all. At most once: a message that is lost is not sent
 * again, the asker's deadline tells. Which bus it is (in the process, NATS) makes no difference.
 */
export class BusServer extends Server implements CustomTransportStrategy {
  readonly #bus: Bus;
  readonly #instance: string;
  #subscriptions: BusSubscription[] = [];

  constructor(options: BusServerOptions) {
    super();
    this.#bus = options.bus;
    this.#instance = options.instance;
    this.initializeSerializer({} as never);
    this.initializeDeserializer({} as never);
  }

  listen(callback: () => void): void {
    for (const [pattern, handler] of this.messageHandlers) this.#subscribe(pattern, handler);
    callback();
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }

  /** The transport has no events of its own: the bus tells about its connection. */
  on(): void {}

  unwrap<T>(): T {
    return this.#bus as T;
  }

  #subscribe(pattern: string, handler: MessageHandler): void {
    const subject = subjectOf(pattern, this.#instance);
    const shared = !handler.isEventHandler && !pattern.includes('*');
    const receive = (message: BusMessage): void => {
      void (handler.isEventHandler ? this.#notice(pattern, message) : this.#request(handler, message));
    };
    this.#subscriptions.push(
      this.#bus.subscribe(subject, receive, shared ? { queue: queueOf(pattern) } : undefined),
    );
  }

  async #notice(pattern: string, message: BusMessage): Promise<void> {
    const packet = decodeObject(message.payload);
    if (packet === undefined) return;
    try {
      await this.handleEvent(pattern, { pattern, data: packet.data }, new BaseRpcContext([message.subject]));
    } catch (error) {
      this.logger.error(`${pattern}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #request(handler: MessageHandler, message: BusMessage): Promise<void> {
    const answer = await this.#answer(handler, message);
    message.reply?.(encodeJson(answer));
  }

  async #answer(handler: MessageHandler, message: BusMessage): Promise<RpcAnswer> {
    const packet = decodeObject(message.payload);
    if (packet === undefined) return { err: 'bad-request' };
    try {
      const result = await handler(packet.data, new BaseRpcContext([message.subject]));
      const response: unknown = await lastValueFrom(this.transformToObservable(result), {
        defaultValue: null,
      });
      return { response: response ?? null };
    } catch (error) {
      return { err: describeError(error) };
    }
  }
}

/** Nest's exception filters turn an exception into an object; others are errors. */
function describeError(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
