import { setTimeout as wait } from 'node:timers/promises';
import { NatsError } from './nats-error.ts';
import type { NatsNames } from './nats-options.ts';
import { type ApiAnswer, ERROR_CODES, type StreamApi } from './stream-api.ts';

const RETRY_MS = 200;
const UNAVAILABLE = 503;

type StreamConfig = Readonly<Record<string, unknown>> & { readonly name: string };

/*
 * What all streams share. Reads must come from the leader, so direct get, which any replica answers, stays off. Files,
 * because a server that was killed has to come back with what it acknowledged.
 */
const COMMON = {
  retention: 'limits',
  storage: 'file',
  discard: 'new',
  allow_direct: false,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
} as const;

export function streamConfigs(names: NatsNames, replicas: number): readonly StreamConfig[] {
  const one = { ...COMMON, num_replicas: replicas };
  return [
    { ...one, name: names.journalStream, subjects: [`${names.journalSubject}.*`], max_msgs_per_subject: -1 },
    {
      ...one,
      name: names.leasesStream,
      subjects: [`${names.leasesSubject}.>`],
      max_msgs_per_subject: 1,
      allow_rollup_hdrs: true,
      deny_delete: true,
    },
    { ...one, name: names.blobsStream, subjects: [`${names.blobsSubject}.>`], max_msgs_per_subject: 1 },
  ];
}

/**
 * Makes the streams that are missing, and checks those that are there. While the servers elect a leader, or have not found
 * each other yet, it goes on trying.
 *
 * @throws NatsError when a stream is set up in another way, or the time is over.
 */
export async function ensureStreams(
  api: StreamApi,
  configs: readonly StreamConfig[],
  deadlineMs: number,
): Promise<void> {
  for (const config of configs) await ensureStream(api, config, deadlineMs);
}

async function ensureStream(api: StreamApi, config: StreamConfig, deadlineMs: number): Promise<void> {
  for (;;) {
    const info = await api.ask(`STREAM.INFO.${config.name}`);
    if (info.kind === 'answered') {
      verify(config, info.body.config as StreamConfig);
      return;
    }
    const isMissing = info.kind === 'refused' && info.error.err_code === ERROR_CODES.STREAM_NOT_FOUND;
    const answer = isMissing ? await api.ask(`STREAM.CREATE.${config.name}`, config) : info;
    // Made now, by us or by another process: the next round looks at it.
    if (answer.kind === 'answered' || isNameTaken(answer)) continue;
    if (!mayPass(answer) || performance.now() > deadlineMs) throw new NatsError(reason(config, answer));
    await wait(RETRY_MS);
  }
}

function verify(wanted: StreamConfig, present: StreamConfig): void {
  for (const [field, value] of Object.entries(wanted)) {
    const found = present[field] ?? absent(value);
    if (JSON.stringify(found) === JSON.stringify(value)) continue;
    throw new NatsError(
      `the stream ${wanted.name} has ${field} ${JSON.stringify(found)} where ${JSON.stringify(value)} is needed: change it with "nats stream edit", or configure this process to fit`,
    );
  }
}

/** The server leaves out what is false or nothing. */
function absent(value: unknown): unknown {
  return typeof value === 'boolean' ? false : 0;
}

function isNameTaken(answer: ApiAnswer): boolean {
  return answer.kind === 'refused' && answer.error.err_code === ERROR_CODES.NAME_IN_USE;
}

function mayPass(answer: ApiAnswer): boolean {
  if (answer.kind === 'unreachable') return true;
  if (answer.kind !== 'refused') return false;
  // Servers of a cluster that has just started do not know of each other yet.
  return answer.error.code === UNAVAILABLE
    ? answer.error.err_code !== ERROR_CODES.NOT_ENABLED_FOR_ACCOUNT &&
        answer.error.err_code !== ERROR_CODES.NOT_ENABLED
    : answer.error.err_code === ERROR_CODES.NO_PEERS;
}

function reason(config: StreamConfig, answer: ApiAnswer): string {
  if (answer.kind === 'unreachable') return `the stream ${config.name} cannot be reached: ${answer.detail}`;
  if (answer.kind !== 'refused') return `the stream ${config.name} cannot be made`;
  const { err_code, description } = answer.error;
  if (err_code === ERROR_CODES.REPLICAS_NEED_A_CLUSTER || err_code === ERROR_CODES.NO_PEERS) {
    return `the stream ${config.name} cannot have ${String(config.num_replicas)} replicas (${description}): that takes as many JetStream servers in one cluster; ask for fewer replicas, or start more servers`;
  }
  if (err_code === ERROR_CODES.NOT_ENABLED_FOR_ACCOUNT)
    return 'JetStream is not enabled for the account of this user: give the account a "jetstream" section in the server configuration';
  return `the stream ${config.name} cannot be made: ${description} (${err_code})`;
}
