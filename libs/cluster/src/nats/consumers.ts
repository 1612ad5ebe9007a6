import { nuid } from '@nats-io/transport-node';
import type { StreamApi } from './stream-api.ts';

const NANOSECONDS_PER_MS = 1_000_000;
/** The server forgets a consumer that nobody has asked for so long: what a process that was killed leaves behind. */
const INACTIVE_MS = 5_000;

export interface ConsumerOptions {
  readonly stream: string;
  readonly filter: string;
  readonly config: object;
}

export interface Consumer {
  readonly name: string;
  /** Messages that wait for it. */
  readonly pending: number;
}

/** Makes a consumer that acknowledges nothing, in memory, on one of the stream's servers. */
export async function makeConsumer(api: StreamApi, options: ConsumerOptions): Promise<Consumer> {
  const name = nuid.next();
  const { stream, filter } = options;
  const body = await api.demand(`CONSUMER.CREATE.${stream}.${name}.${filter}`, {
    stream_name: stream,
    action: 'create',
    config: {
      name,
      filter_subject: filter,
      ack_policy: 'none',
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanoseconds(INACTIVE_MS),
      ...options.config,
    },
  });
  return { name, pending: Number(body.num_pending ?? 0) };
}

/** Whether it succeeds does not matter: the server forgets an idle consumer by itself. */
export function removeConsumer(api: StreamApi, stream: string, name: string): void {
  void api.ask(`CONSUMER.DELETE.${stream}.${name}`);
}

export function nanoseconds(ms: number): number {
  return ms * NANOSECONDS_PER_MS;
}

export interface Delivery {
  readonly streamSequence: number;
  /** Counts what this consumer delivered, from 1. */
  readonly consumerSequence: number;
  readonly timestampMs: number;
}

/**
 * What the reply subject of a delivered message says. Newer servers put domain and account behind the first two tokens.
 *
 *   $JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<nanoseconds>.<pending>
 */
export function parseDelivery(reply: string): Delivery | undefined {
  const tokens = reply.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const first = tokens.length >= 11 ? 6 : 4;
  return {
    streamSequence: Number(tokens[first + 1]),
    consumerSequence: Number(tokens[first + 2]),
    timestampMs: Number(tokens[first + 3]) / NANOSECONDS_PER_MS,
  };
}
