import { setTimeout as wait } from 'node:timers/promises';
import type { Msg } from '@nats-io/transport-node';
import type { JournalRecord } from '@overworld/ports';
import { plain } from './bytes.ts';
import { makeConsumer, nanoseconds, parseDelivery, removeConsumer } from './consumers.ts';
import type { NatsLink } from './link.ts';
import { NatsError } from './nats-error.ts';
import type { StreamApi } from './stream-api.ts';

/** A consumer that delivers nothing for so long is given up for another one. */
const SILENCE_MS = 1_000;
const RETRY_MS = 100;
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
 * behind the leader's: that is why the end is given, and waited for. One that dies with its server is replaced, and
 * reading goes on behind the last record.
 *
 * @throws NatsError when the end is not reached in time.
 */
export async function readForward(source: Source, range: Range): Promise<readonly JournalRecord[]> {
  const deadlineMs = performance.now() + source.readTimeoutMs;
  const records: JournalRecord[] = [];
  for (;;) {
    const failure = await readOnce(source, range, records);
    if (failure === undefined) return records;
    const isOver = performance.now() + RETRY_MS >= deadlineMs || !source.link.connected;
    if (isOver) throw new NatsError(`reading ${range.subject}: ${failure}`);
    await wait(RETRY_MS);
  }
}

/** Adds to the records, and answers why it did not come to the end. */
async function readOnce(source: Source, range: Range, records: JournalRecord[]): Promise<string | undefined> {
  const { link, api, stream, readTimeoutMs } = source;
  const afterSequence = records.at(-1)?.sequence ?? range.afterSequence;
  const start = { deliver_policy: 'by_start_sequence', opt_start_seq: afterSequence + 1 };
  const consumer = await makeConsumer(api, { stream, filter: range.subject, config: start }).catch(
    (error: unknown) => String(error),
  );
  if (typeof consumer === 'string') return consumer;
  const inbox = link.inbox();
  const collecting = new Collecting(range, records);
  const subscription = link.subscribe(inbox, (message) => collecting.take(message));
  const stopFollowing = link.onStatus(() => collecting.end('the connection was lost'));
  try {
    const pull = { batch: range.limit - records.length, expires: nanoseconds(readTimeoutMs) };
    const payload = encoder.encode(JSON.stringify(pull));
    link.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer.name}`, payload, {
      reply: inbox,
    });
    return await collecting.done;
  } finally {
    stopFollowing();
    if (!link.connection.isClosed()) subscription.unsubscribe();
    removeConsumer(api, stream, consumer.name);
  }
}

class Collecting {
  readonly done: Promise<string | undefined>;
  readonly #range: Range;
  readonly #records: JournalRecord[];
  readonly #silence: NodeJS.Timeout;
  #resolve: (failure: string | undefined) => void = () => {};

  constructor(range: Range, records: JournalRecord[]) {
    this.#range = range;
    this.#records = records;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#silence = setTimeout(() => this.end('no answer in time'), SILENCE_MS);
  }

  take(message: Msg): void {
    const delivery = parseDelivery(message.reply ?? '');
    if (delivery === undefined) {
      this.end(message.headers?.description || 'the consumer is gone');
      return;
    }
    this.#silence.refresh();
    // The library hands out a part of what the socket read, which a record that is kept would keep whole.
    this.#records.push({ sequence: delivery.streamSequence, bytes: plain(message.data).slice() });
    const isEnd = delivery.streamSequence >= this.#range.untilSequence;
    if (isEnd || this.#records.length === this.#range.limit) this.end(undefined);
  }

  end(failure: string | undefined): void {
    clearTimeout(this.#silence);
    this.#resolve(failure);
  }
}
