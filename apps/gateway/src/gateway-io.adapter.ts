import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { LIMITS } from '@overworld/protocol';
import type { Server, ServerOptions } from 'socket.io';
import { REACH } from './options.ts';
import type { Reach } from './reach.ts';
import { frameParser } from './frame-decoder.ts';
import { isAllowedOrigin } from './origins.ts';

/** Who says nothing for a while is asked sooner (`PlayerConnection.beat`): this is for a client's own view of a silent server. */
const PING_INTERVAL_MS = 15_000;
const PING_TIMEOUT_MS = 8000;
const CONNECT_TIMEOUT_MS = 5000;
/** Two messages of the largest input frame fit; nothing that a client has to say is longer. */
const MAX_RECEIVED_BYTES = LIMITS.maxInputsPerFrame * (LIMITS.maxInputBytes + 64);

/**
 * socket.io on the process's HTTP server, with the project's limits, and with the adapter that reaches other gateways where
 * the gateway's options ask for it.
 */
export class GatewayIoAdapter extends IoAdapter {
  readonly #app: INestApplicationContext;
  readonly #origins: readonly string[];

  constructor(app: INestApplicationContext, origins: readonly string[]) {
    super(app);
    this.#app = app;
    this.#origins = origins;
  }

  override createIOServer(port: number, options?: Partial<ServerOptions>): Server {
    const settings: Partial<ServerOptions> = {
      ...options,
      parser: frameParser,
      serveClient: false,
      maxHttpBufferSize: MAX_RECEIVED_BYTES,
      perMessageDeflate: false,
      pingInterval: PING_INTERVAL_MS,
      pingTimeout: PING_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      cors: { origin: this.#origins.includes('*') ? true : [...this.#origins], credentials: false },
      allowRequest: (request: IncomingMessage, decide: (error: string | null, allowed: boolean) => void) => {
        const allowed = isAllowedOrigin(this.#origins, request.headers.origin, request.headers.host);
        decide(allowed ? null : 'origin-forbidden', allowed);
      },
    };
    const server = super.createIOServer(port, settings as ServerOptions) as Server;
    const { adapter } = this.#app.get<Reach>(REACH, { strict: false });
    if (adapter !== undefined) server.adapter(adapter);
    return server;
  }
}
