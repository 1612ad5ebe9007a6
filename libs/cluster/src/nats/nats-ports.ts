import type { Ports } from '../local-ports.ts';
import { SystemClock } from '../system-clock.ts';
import { ConditionalWriter } from './conditional-write.ts';
import { connectToNats } from './connect.ts';
import { NatsLink } from './link.ts';
import { NatsBlobs } from './nats-blobs.ts';
import { NatsBus } from './nats-bus.ts';
import { NatsError } from './nats-error.ts';
import { NatsJournal } from './nats-journal.ts';
import { NatsLeases } from './nats-leases.ts';
import { type NatsNames, type NatsOptions, natsNames } from './nats-options.ts';
import { unfitness } from './server-version.ts';
import { StreamApi } from './stream-api.ts';
import { ensureStreams, streamConfigs } from './streams.ts';

const OPEN_TIMEOUT_MS = 30_000;
const ANSWER_TIMEOUT_MS = 2_000;
/** A question that meets an election is lost: while opening it is soon asked again. */
const OPEN_TRY_MS = 1_000;
/** Reads carry whole snapshots and pages of records. */
const READ_TIMEOUT_MS = 5_000;

export interface NatsPorts extends Ports {
  readonly bus: NatsBus;
  /** What the server says of itself: for logs. */
  readonly server: { readonly version: string; readonly name: string; readonly cluster: string | undefined };
  /** Told the subject of every message that a full queue pushed out, or that was too large to be sent. */
  onBusDrop(listener: (subject: string) => void): void;
  /** Delivers what is queued and closes the connection. Outcomes that are open become `unknown`. */
  close(): Promise<void>;
}

/**
 * Opens the ports of a cluster: bus, journal, leases and blobs over one connection to NATS with JetStream. The streams are
 * made when they are missing. The connection comes back for ever; what happens meanwhile is said at each port.
 *
 * @throws NatsError with one clear line: nobody answers, wrong credentials, JetStream missing, a server that is too old to
 * fence in a cluster, a stream that is set up in another way.
 */
export async function openNatsPorts(options: NatsOptions): Promise<NatsPorts> {
  const deadlineMs = performance.now() + (options.openTimeoutMs ?? OPEN_TIMEOUT_MS);
  const connection = await connectToNats(options, deadlineMs);
  const link = new NatsLink(connection, {
    inboxPrefix: options.inboxPrefix,
    onNotice: options.onNotice ?? (() => {}),
  });
  try {
    const unfit =
      connection.info === undefined ? 'the server told nothing of itself' : unfitness(connection.info);
    if (unfit !== undefined) throw new NatsError(unfit);
    const names = natsNames(options.prefix);
    const api = new StreamApi(link, Math.min(OPEN_TRY_MS, options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS));
    await ensureStreams(api, streamConfigs(names, options.replicas ?? 1), deadlineMs);
    return assemble(link, names, options);
  } catch (error) {
    await link.close();
    throw error;
  }
}

function assemble(link: NatsLink, names: NatsNames, options: NatsOptions): NatsPorts {
  const api = new StreamApi(link, READ_TIMEOUT_MS);
  const writer = new ConditionalWriter(link, options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS);
  const shared = { link, api, writer, readTimeoutMs: READ_TIMEOUT_MS };
  const bus = new NatsBus(link);
  const leases = new NatsLeases({ ...shared, stream: names.leasesStream, subject: names.leasesSubject });
  let closing: Promise<void> | undefined;
  const finish = async () => {
    leases.close();
    await bus.close();
    await link.close();
  };
  const { version = '', server_name = '', cluster } = link.connection.info ?? {};
  return {
    bus,
    journal: new NatsJournal({ ...shared, stream: names.journalStream, subject: names.journalSubject }),
    leases,
    blobs: new NatsBlobs({ ...shared, stream: names.blobsStream, subject: names.blobsSubject }),
    clock: new SystemClock(),
    server: { version, name: server_name, cluster },
    onBusDrop: (listener) => bus.onDrop(listener),
    close: () => (closing ??= finish()),
  };
}
