import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type Authenticator,
  AuthorizationError,
  connect,
  credsAuthenticator,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import { NatsError } from './nats-error.ts';
import type { NatsOptions } from './nats-options.ts';

const DIAL_TIMEOUT_MS = 2_000;
const RETRY_MS = 250;
/** A server that does not answer two pings is given up: found dead after two to three seconds. */
const PING_INTERVAL_MS = 1_000;
const MAX_PINGS_OUT = 2;
const RECONNECT_WAIT_MS = 100;
const RECONNECT_JITTER_MS = 100;

/**
 * Connects to the first server that answers, trying again until the deadline.
 *
 * @throws NatsError with one clear line.
 */
export async function connectToNats(options: NatsOptions, deadlineMs: number): Promise<NatsConnection> {
  const connection = connectionOptions(options);
  for (;;) {
    try {
      return await connect(connection);
    } catch (error) {
      const refusal = findRefusal(error);
      if (refusal !== undefined)
        throw new NatsError(`the server lets nobody in with these credentials (${refusal})`);
      if (performance.now() > deadlineMs) throw new NatsError(`no server answers (${detailOf(error)})`);
      await wait(RETRY_MS);
    }
  }
}

function connectionOptions(options: NatsOptions): NodeConnectionOptions {
  return {
    servers: [...options.servers],
    name: options.name,
    inboxPrefix: options.inboxPrefix,
    ...authentication(options),
    tls: transportSecurity(options.tls),
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    reconnectJitterTLS: RECONNECT_JITTER_MS,
    // A server that restarts may not know its users for a moment; the library would give up for good.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  };
}

function authentication(options: NatsOptions): Partial<NodeConnectionOptions> {
  const { credentialsFile, nkeySeedFile, user, password } = options;
  if (credentialsFile !== undefined) return { authenticator: fromFile(credentialsFile, credsAuthenticator) };
  if (nkeySeedFile !== undefined) return { authenticator: fromFile(nkeySeedFile, nkeyAuthenticator) };
  return user === undefined ? {} : { user, pass: password };
}

function fromFile(file: string, make: (bytes: Uint8Array) => Authenticator): Authenticator {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return make(new TextEncoder().encode(text));
  } catch (error) {
    throw new NatsError(`the credentials in ${file} cannot be read (${detailOf(error)})`);
  }
}

function transportSecurity(tls: NatsOptions['tls']): NodeConnectionOptions['tls'] {
  if (tls === undefined) return undefined;
  for (const file of [tls.caFile, tls.certFile, tls.keyFile]) if (file !== undefined) demandReadable(file);
  return { caFile: tls.caFile, certFile: tls.certFile, keyFile: tls.keyFile };
}

function demandReadable(file: string): void {
  try {
    readFileSync(file);
  } catch (error) {
    throw new NatsError(`the TLS file ${file} cannot be read (${detailOf(error)})`);
  }
}

/** The library wraps what the server said into the error of the attempt. */
function findRefusal(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof AuthorizationError) return cause.message;
  return undefined;
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
