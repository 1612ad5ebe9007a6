import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Redis, RedisOptions } from 'ioredis';
import type { Reach } from './reach.ts';

export interface RedisAddress {
  /** `redis://` or `rediss://`, with user and password when they are asked for. */
  readonly url: string;
  /** A file with the certificate of who signs the server's; asks for TLS. Empty: those that the system trusts. */
  readonly tlsCa: string;
}

export interface RedisLinkPorts {
  /** Told once per change, with the newest error when it went down. */
  changed(isUp: boolean, detail: string): void;
}

type Handler = (payload: Buffer, channel: Buffer) => void;

const COMMAND_TIMEOUT_MS = 1500;
const CONNECT_TIMEOUT_MS = 3000;
const PROBE_MS = 1000;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 2000;
/** After Redis was away: by then every other gateway has tried again, too, and hears what is said from then on. */
const SETTLE_MS = RETRY_CAP_MS + 500;
/** Messages on their way to Redis at a time; more are given up at once. */
const MAX_IN_FLIGHT = 1024;

/**
 * The way to the other gateways: two connections to Redis, one that publishes and one that listens. It connects for ever,
 * with growing, jittered pauses; while it is down everything that is published is refused at once, nothing waits, and what
 * is listened to is asked for anew when it is back. After that it takes 2.5 s until it counts as up, so that no line is said to
 * gateways that do not listen yet. A server that has fallen silent counts as gone after 2.5 s.
 */
export class RedisLink implements Reach {
  readonly adapter: NonNullable<Reach['adapter']>;
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #ports: RedisLinkPorts;
  readonly #handlers = new Map<string, Handler>();
  #probe: NodeJS.Timeout | undefined;
  #isListening = false;
  /** Counts the connections that listen: what an older one was waiting for is nothing any more. */
  #turn = 0;
  #wasUp: boolean | undefined;
  #error = '';
  #inFlight = 0;
  #lastPublish: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(address: RedisAddress, ports: RedisLinkPorts) {
    this.#ports = ports;
    // Loaded here, so that a gateway without Redis does without them.
    const load = createRequire(import.meta.url);
    const { Redis: Client } = load('ioredis') as typeof import('ioredis');
    const { createShardedAdapter } = load(
      '@socket.io/redis-adapter',
    ) as typeof import('@socket.io/redis-adapter');
    this.#publisher = this.#connect(new Client(address.url, optionsOf(address)));
    this.#subscriber = this.#connect(new Client(address.url, optionsOf(address)));
    this.#subscriber.on('ready', () => void this.#listen());
    this.#subscriber.on('smessageBuffer', (channel: Buffer, payload: Buffer) => {
      this.#handlers.get(channel.toString())?.(payload, channel);
    });
    // One channel for all rooms: gateways are few, and a room that comes and goes costs no round trip.
    this.adapter = createShardedAdapter(this.#face(), this.#face(), {
      channelPrefix: 'overworld',
      subscriptionMode: 'static',
    });
    this.#probe = setInterval(() => this.#probeBoth(), PROBE_MS);
    this.#probe.unref();
  }

  get isUp(): boolean {
    return this.#isListening && this.#publisher.status === 'ready';
  }

  published(): Promise<boolean> {
    return this.#lastPublish.then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#probe);
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
  }

  /** What the adapter asks of its two clients, by the names that it knows. */
  #face(): object {
    return {
      sSubscribe: (channel: string, handler: Handler) => {
        this.#handlers.set(channel, handler);
        if (this.#isListening)
          this.#subscriber.ssubscribe(channel).catch(() => this.#again(this.#subscriber));
      },
      sUnsubscribe: (channel: string) => {
        for (const each of [channel].flat()) this.#handlers.delete(each);
      },
      sPublish: (channel: string, payload: string | Uint8Array) => this.#publish(channel, payload),
      sendCommand: ([name = '', ...words]: string[]) => this.#publisher.call(name, ...words),
    };
  }

  #publish(channel: string, payload: string | Uint8Array): Promise<unknown> {
    this.#lastPublish = this.#send(channel, payload);
    // Whoever asks is told by `published`; who does not must not end the process.
    this.#lastPublish.catch(() => {});
    return this.#lastPublish;
  }

  async #send(channel: string, payload: string | Uint8Array): Promise<void> {
    if (!this.isUp) throw new Error('Redis is out of reach');
    if (this.#inFlight >= MAX_IN_FLIGHT) throw new Error('too much waits for Redis');
    this.#inFlight += 1;
    try {
      const message = typeof payload === 'string' ? payload : Buffer.from(payload);
      await this.#publisher.spublish(channel, message);
    } finally {
      this.#inFlight -= 1;
    }
  }

  #connect(client: Redis): Redis {
    client.on('error', (error: Error) => {
      this.#error = error.message;
    });
    // The client listens to the first error of a socket alone; a second one, such as a TLS alert behind a failed handshake or
    // a disconnect within it, would end the process.
    client.on('connecting', () => setImmediate(() => client.stream?.on('error', () => {})));
    client.on('ready', () => this.#tell());
    client.on('close', () => {
      if (client === this.#subscriber) this.#isListening = false;
      this.#tell();
    });
    client.connect().catch(() => {});
    return client;
  }

  async #listen(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      await Promise.all([...this.#handlers.keys()].map((channel) => this.#subscriber.ssubscribe(channel)));
      if (this.#wasUp !== undefined) await this.#settle();
    } catch {
      this.#again(this.#subscriber);
    }
    if (this.#subscriber.status === 'ready' && turn === this.#turn) this.#isListening = true;
    this.#tell();
  }

  #settle(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, SETTLE_MS).unref());
  }

  #probeBoth(): void {
    for (const client of [this.#publisher, this.#subscriber]) {
      if (client.status === 'ready') client.ping().catch(() => this.#again(client));
    }
  }

  /** A connection that does not answer is made anew. */
  #again(client: Redis): void {
    if (!this.#closed && client.status === 'ready') client.disconnect(true);
  }

  #tell(): void {
    const { isUp } = this;
    if (this.#closed || this.#wasUp === isUp) return;
    // Before the first connection there is nothing to report but that it failed.
    if (this.#wasUp === undefined && !isUp && this.#error === '') return;
    this.#wasUp = isUp;
    this.#ports.changed(isUp, isUp ? '' : this.#error);
  }
}

function optionsOf({ tlsCa }: RedisAddress): RedisOptions {
  return {
    ...(tlsCa === '' ? {} : { tls: { ca: readFileSync(tlsCa) } }),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => {
      const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(attempt, 10));
      return ceiling * (0.5 + Math.random() / 2);
    },
  };
}
