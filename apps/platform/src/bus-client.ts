import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Bus, RequestOutcome } from '@overworld/ports';
import { decodeObject, encodeJson, subjectOf } from './rpc-message.ts';

const DEFAULT_TIMEOUT_MS = 2000;

/** A pattern for one instance, or with a deadline of its own. */
export interface AddressedPattern {
  readonly pattern: string;
  readonly instance?: string;
  readonly timeoutMs?: number;
}

/** Why a request had no answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly kind: Exclude<RequestOutcome['kind'], 'answered'> | 'failed';

  constructor(kind: NoAnswerError['kind'], detail: string) {
    super(detail);
    this.kind = kind;
  }
}

/** Nest's client over the Bus port: the other end of `BusServer`. */
export class BusClient extends ClientProxy {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    super();
    this.#bus = bus;
  }

  async connect(): Promise<void> {}

  close(): void {}

  unwrap<T>(): T {
    return this.#bus as T;
  }

  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const address = addressOf(packet.pattern);
    let abandoned = false;
    void this.#ask(address, packet.data).then((answer) => {
      if (!abandoned) callback(answer);
    });
    return () => {
      abandoned = true;
    };
  }

  protected async dispatchEvent<T>(packet: ReadPacket): Promise<T> {
    const { pattern, instance } = addressOf(packet.pattern);
    this.#bus.publish(subjectOf(pattern, instance), encodeJson({ data: packet.data }));
    return undefined as T;
  }

  async #ask(address: AddressedPattern, data: unknown): Promise<WritePacket> {
    const { pattern, instance, timeoutMs = DEFAULT_TIMEOUT_MS } = address;
    const outcome = await this.#bus.request(subjectOf(pattern, instance), encodeJson({ data }), timeoutMs);
    if (outcome.kind !== 'answered') {
      return { err: new NoAnswerError(outcome.kind, `${pattern}: ${outcome.kind}`), isDisposed: true };
    }
    const answer = decodeObject(outcome.payload);
    const failure = answer === undefined ? 'the answer is no JSON' : answer.err;
    if (failure !== undefined) {
      return { err: new NoAnswerError('failed', `${pattern}: ${String(failure)}`), isDisposed: true };
    }
    return { response: answer?.response ?? null, isDisposed: true };
  }
}

function addressOf(pattern: unknown): AddressedPattern {
  return typeof pattern === 'string' ? { pattern } : (pattern as AddressedPattern);
}
