import type { Msg } from '@nats-io/transport-node';
import type { JournalRecord } from '@overworld/ports';
import { plain } from './bytes.ts';
import { makeConsumer, nanoseconds, parseDelivery, removeConsumer } from './consumers.ts';
import type { NatsLink } from './link.ts';
import { NatsError } from './nats-error.ts';
import type { StreamApi } from './stream-api.ts';

const encoder = new TextEncoder();

interface Source {
  readonly link: NatsLink;
  readonly api: StreamApi;
  readonly stream: string;
  readonly readTimeoutMs: number;
}

interface Range {
  readonly subject: string;
  readonly afterSequence: number;
  /** A record of the subject that the leader has: the read is not over before it, or the limit, was reached. */
  readonly untilSequence: number;
  readonly limit: number;
}

/**
 * Reads records in order through a consumer of its own. A consumer may live on a server whose copy of the stream lags
 * behind the leader's: that is why the end is given, and waited for.
 *
 * @throws NatsError when the end is not reached in time.
 */
export async function readForward(source: Source, range: Range): Promise<readonly JournalRecord[]> {
  const { link, api, stream, readTimeoutMs } = source;
  const consumer = await makeConsumer(api, {
    stream,
    filter: range.subject,
    config: { deliver_policy: 'by_start_sequence', opt_start_seq: range.afterSequence + 1 },
  });
  const inbox = link.inbox();
  const collected = new Collected(range);
  const subscription = link.subscribe(inbox, (message) => collected.take(message));
  const stopFollowing = link.onStatus(() => collected.fail('the connection was lost'));
  const timer = setTimeout(() => collected.fail('no answer in time'), readTimeoutMs);
  try {
    const pull = { batch: range.limit, expires: nanoseconds(readTimeoutMs) };
    const payload = encoder.encode(JSON.stringify(pull));
    link.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer.name}`, payload, {
      reply: inbox,
    });
    return await collected.done;
  } finally {
    clearTimeout(timer);
    stopFollowing();
    subscription.unsubscribe();
    removeConsumer(api, stream, consumer.name);
  }
}

class Collected {
  readonly done: Promise<readonly JournalRecord[]>;
  readonly #range: Range;
  readonly #records: JournalRecord[] = [];
  #resolve: (records: readonly JournalRecord[]) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(range: Range) {
    this.#range = range;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  take(message: Msg): void {
    const delivery = parseDelivery(message.reply ?? '');
    if (delivery === undefined) {
      this.fail(message.headers?.description ?? 'the consumer is gone');
      return;
    }
    // The library hands out a part of what the socket read, which a record that is kept would keep whole.
    this.#records.push({ sequence: delivery.streamSequence, bytes: plain(message.data).slice() });
    const isEnd = delivery.streamSequence >= this.#range.untilSequence;
    if (isEnd || this.#records.length === this.#range.limit) this.#resolve(this.#records);
  }

  fail(detail: string): void {
    this.#reject(new NatsError(`reading ${this.#range.subject}: ${detail}`));
  }
}
