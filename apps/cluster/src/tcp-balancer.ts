import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Where connections can go. */
export interface Backend {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Whether it takes new connections. Default: whether its port can be connected to. */
  readonly isReady?: () => Promise<boolean>;
}

export interface TcpBalancerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly backends: readonly Backend[];
  /** The time between two looks at each backend. Default 500. */
  readonly probeEveryMs?: number;
}

interface Target {
  readonly backend: Backend;
  readonly sockets: Set<Socket>;
  isReady: boolean;
}

const CONNECT_TIMEOUT_MS = 1_000;

/**
 * Spreads TCP connections over backends: each goes to the ready one with the fewest. A backend that refuses is skipped
 * and left alone until a probe finds it again; connections that stand are never moved. With no backend at all a
 * connection is closed at once.
 */
export class TcpBalancer {
  readonly #targets: readonly Target[];
  readonly #server: Server;
  readonly #probeEveryMs: number;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #isClosed = false;

  private constructor(options: TcpBalancerOptions) {
    this.#targets = options.backends.map((backend) => ({ backend, sockets: new Set(), isReady: true }));
    this.#probeEveryMs = options.probeEveryMs ?? 500;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => void this.#take(client));
  }

  /** Rejects when the port cannot be had. */
  static async start(options: TcpBalancerOptions): Promise<TcpBalancer> {
    const balancer = new TcpBalancer(options);
    balancer.#server.listen(options.port, options.host);
    await once(balancer.#server, 'listening');
    balancer.#probeLater();
    return balancer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Open connections by backend. */
  get connections(): ReadonlyMap<string, number> {
    return new Map(this.#targets.map(({ backend, sockets }) => [backend.name, sockets.size]));
  }

  /** Backends that get new connections. */
  get ready(): readonly string[] {
    return this.#targets.filter(({ isReady }) => isReady).map(({ backend }) => backend.name);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { sockets } of this.#targets) for (const socket of sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(client: Socket): Promise<void> {
    client.on('error', () => client.destroy());
    for (const target of this.#order()) {
      const socket = await dial(target.backend);
      if (socket === undefined) {
        target.isReady = false;
        continue;
      }
      if (client.destroyed || this.#isClosed) socket.destroy();
      else join(client, socket, target.sockets);
      return;
    }
    client.destroy();
  }

  /** The ready ones with the fewest connections first, then, as a last resort, those that were not ready. */
  #order(): Target[] {
    const turn = this.#turn++;
    const rotated = this.#targets.map(
      (_, index) => this.#targets[(index + turn) % this.#targets.length] as Target,
    );
    const weight = ({ isReady, sockets }: Target): number => (isReady ? 0 : 1e9) + sockets.size;
    return rotated.sort((one, other) => weight(one) - weight(other));
  }

  #probeLater(): void {
    this.#timer = setTimeout(() => void this.#probe(), this.#probeEveryMs);
  }

  async #probe(): Promise<void> {
    await Promise.all(
      this.#targets.map(async (target) => {
        target.isReady = await probe(target.backend);
      }),
    );
    if (!this.#isClosed) this.#probeLater();
  }
}

async function probe(backend: Backend): Promise<boolean> {
  if (backend.isReady !== undefined) return backend.isReady().catch(() => false);
  const socket = await dial(backend);
  socket?.destroy();
  return socket !== undefined;
}

/** A connected socket, or nothing when the backend refuses or does not answer. */
function dial({ host, port }: Backend): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const give = (result: Socket | undefined): void => {
      clearTimeout(timer);
      if (result === undefined) socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => give(undefined), CONNECT_TIMEOUT_MS);
    socket.once('error', () => give(undefined));
    socket.once('connect', () => give(socket));
  });
}

function join(client: Socket, backend: Socket, open: Set<Socket>): void {
  open.add(client);
  client.once('close', () => {
    open.delete(client);
    backend.destroy();
  });
  backend.once('close', () => client.destroy());
  backend.on('error', () => backend.destroy());
  client.pipe(backend);
  backend.pipe(client);
}
