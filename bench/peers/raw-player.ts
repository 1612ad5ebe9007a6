import { encodeInputFrame, type InputRecord, PROTOCOL_VERSION } from '@overworld/protocol';
import { headBytes } from './crowd.ts';

/** The peers' WebSocket client that counts what comes and keeps no more than the first bytes of each message. */
export interface CountingSocket {
  bytes: number;
  frames: number;
  readonly closed: boolean;
  readonly opened: Promise<void>;
  send(payload: string | Buffer<ArrayBuffer>, opcode: number): void;
  close(): void;
}

export type CountingSocketClass = new (
  port: number,
  path: string,
  onFrame: (opcode: number, head: Buffer, length: number) => void,
) => CountingSocket;

const TEXT = 1;
const BINARY = 2;
const JOIN_ACK = 0;
/** The index of the zone that a connection joins first. */
const FIRST_ZONE = 0;
/** The client asks for the zone's time as often while frames come. */
const HEARTBEAT_MS = 8000;
/** A machine that is away for a second lets calls time out: then players do what the answer says. */
const BUSY_TRIES = 10;
const BUSY_PAUSE_MS = 500;

/** Where a player comes in. */
export interface Door {
  readonly port: number;
  /** As a proxy in front of the server would tell it. */
  readonly address: string;
}

/** Each player has an address of its own, as behind a proxy: a server lets ten logins a second in from one address. */
export function addressOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

async function call(
  { port, address }: Door,
  path: string,
  body: object,
  token?: string,
): Promise<Record<string, unknown>> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-forwarded-for': address,
  };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const request = { method: 'POST', headers, body: JSON.stringify(body) };
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
    const answer = (await response.json()) as Record<string, unknown>;
    if (response.ok) return answer;
    if (answer.reason !== 'busy' || attempt === BUSY_TRIES)
      throw new Error(`${path}: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS * attempt));
  }
}

/**
 * A player who does what our client does on the wire (login, ticket, handshake with raw frames, join, heartbeats, inputs),
 * and reads nothing of the state.
 */
export class RawPlayer {
  readonly socket: CountingSocket;
  #joined = (): void => undefined;
  #failed = (_: Error): void => undefined;
  readonly #token: string;
  readonly #ticket: string;
  #heartbeat: NodeJS.Timeout | undefined;
  #requests = JOIN_ACK;

  private constructor(Socket: CountingSocketClass, port: number, token: string, ticket: string) {
    this.#token = token;
    this.#ticket = ticket;
    this.socket = new Socket(port, '/socket.io/?EIO=4&transport=websocket', (opcode, head) => {
      if (opcode === TEXT) this.#heard(head.toString('latin1'));
    });
  }

  static async join(
    Socket: CountingSocketClass,
    door: Door,
    name: string,
    world: string,
  ): Promise<RawPlayer> {
    const { accessToken } = await call(door, '/login', { username: name });
    const token = String(accessToken);
    for (let attempt = 1; ; attempt += 1) {
      const { ticket } = await call(door, '/join', { world }, token);
      const player = new RawPlayer(Socket, door.port, token, String(ticket));
      try {
        await player.#enter();
        return player;
      } catch (error) {
        player.close();
        if (!String(error).includes('"busy"') || attempt === BUSY_TRIES) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS * attempt));
    }
  }

  async #enter(): Promise<void> {
    const joined = new Promise<void>((resolve, reject) => {
      this.#joined = resolve;
      this.#failed = reject;
    });
    await Promise.all([this.socket.opened, joined]);
    this.#heartbeat = setInterval(() => this.#ask('clock', { t: performance.now() }), HEARTBEAT_MS);
  }

  head(sequence: number, dir: number): void {
    this.inputs([{ sequence, tick: 0, ...headBytes(dir) }]);
  }

  inputs(records: readonly InputRecord[]): void {
    this.socket.send(Buffer.from(encodeInputFrame(FIRST_ZONE, records)), BINARY);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.socket.close();
  }

  /** Only the beginning of the text is there; it is enough to tell what it is. */
  #heard(text: string): void {
    if (text.startsWith('0')) {
      const auth = { token: this.#token, protocol: PROTOCOL_VERSION, frames: 'raw' };
      this.socket.send(`40${JSON.stringify(auth)}`, TEXT);
    } else if (text === '2') this.socket.send('3', TEXT);
    else if (text.startsWith('40')) this.#ask('join', { ticket: this.#ticket });
    else if (text.startsWith(`43${JOIN_ACK}[{"ok":true`)) this.#joined();
    else if (text.startsWith(`43${JOIN_ACK}[`) || text.startsWith('44')) this.#failed(new Error(text));
  }

  #ask(event: string, value: object): void {
    this.socket.send(`42${this.#requests++}${JSON.stringify([event, value])}`, TEXT);
  }
}
