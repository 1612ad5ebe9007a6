import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What happens to bytes on their way.
 * - `pass`: they arrive.
 * - `blackhole`: connections are accepted and stay open, what is sent is swallowed. It never arrives later: a connection
 *   that has lost bytes is reset when the proxy passes again, as a network's would be by its timeout.
 * - `delay`: each chunk arrives later, in order; `jitterMs` on top, evenly spread.
 */
export type LinkMode =
  | { readonly kind: 'pass' }
  | { readonly kind: 'blackhole' }
  | { readonly kind: 'delay'; readonly delayMs: number; readonly jitterMs: number };

export interface TcpProxyOptions {
  /** `host:port` of the server behind it. */
  readonly target: string;
  /** A number in [0, 1): where in the jitter a chunk falls. */
  readonly random: () => number;
}

const HOST = '127.0.0.1';

/** One direction of one connection: chunks in order, each when it is due. */
class Pipe {
  readonly #to: Socket;
  readonly #modeOf: () => LinkMode;
  readonly #random: () => number;
  #lastDueMs = 0;
  readonly #waiting: { readonly dueMs: number; readonly work: () => void }[] = [];
  /** Bytes were swallowed: the stream cannot go on. */
  isBroken = false;

  constructor(from: Socket, to: Socket, modeOf: () => LinkMode, random: () => number) {
    this.#to = to;
    this.#modeOf = modeOf;
    this.#random = random;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take(undefined));
  }

  /** A chunk, or the end of the stream. */
  #take(chunk: Buffer | undefined): void {
    if (this.#modeOf().kind === 'blackhole') this.isBroken = true;
    if (this.isBroken) return;
    this.#later(() => {
      if (chunk === undefined) this.#to.end();
      else this.#to.write(chunk);
    });
  }

  /** In order also when a delay has just ended and others still wait. */
  #later(work: () => void): void {
    const mode = this.#modeOf();
    const delayMs = mode.kind === 'delay' ? mode.delayMs + mode.jitterMs * this.#random() : 0;
    const nowMs = performance.now();
    if (delayMs === 0 && this.#waiting.length === 0) {
      this.#run(work);
      return;
    }
    this.#lastDueMs = Math.max(this.#lastDueMs, nowMs + delayMs);
    this.#waiting.push({ dueMs: this.#lastDueMs, work });
    if (this.#waiting.length === 1) this.#wake();
  }

  #wake(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    setTimeout(
      () => {
        this.#waiting.shift();
        this.#run(next.work);
        this.#wake();
      },
      Math.max(0, next.dueMs - performance.now()),
    );
  }

  #run(work: () => void): void {
    if (!this.isBroken && !this.#to.destroyed) work();
  }
}

interface Line {
  readonly ends: readonly Socket[];
  readonly pipes: readonly Pipe[];
}

/** A TCP connection with a network in it: for tests that need to know what a bad one does. */
export class TcpProxy {
  readonly #options: TcpProxyOptions;
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  #mode: LinkMode = { kind: 'pass' };

  private constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#take(client));
  }

  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options);
    proxy.#server.listen(0, HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** `host:port` to connect to. */
  get address(): string {
    return `${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#lines.size;
  }

  get mode(): LinkMode {
    return this.#mode;
  }

  set(mode: LinkMode): void {
    this.#mode = mode;
    if (mode.kind === 'blackhole') return;
    for (const line of [...this.#lines]) if (line.pipes.some(({ isBroken }) => isBroken)) reset(line);
  }

  /** Resets every connection; new ones are taken as the mode says. */
  cut(): void {
    for (const line of [...this.#lines]) reset(line);
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #take(client: Socket): void {
    const [host, port] = this.#options.target.split(':') as [string, string];
    const server = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    const modeOf = (): LinkMode => this.#mode;
    const { random } = this.#options;
    const pipes = [new Pipe(client, server, modeOf, random), new Pipe(server, client, modeOf, random)];
    const line = { ends: [client, server], pipes };
    this.#lines.add(line);
    for (const end of line.ends) {
      end.on('error', () => reset(line));
      end.on('close', () => {
        // In a black hole nobody learns that the other end is gone.
        if (this.#mode.kind !== 'blackhole') reset(line);
        else for (const pipe of pipes) pipe.isBroken = true;
        if (line.ends.every(({ destroyed }) => destroyed)) this.#lines.delete(line);
      });
    }
  }
}

function reset({ ends }: Line): void {
  for (const end of ends) if (!end.destroyed) end.resetAndDestroy();
}
