import { type EventMessage, PROTOCOL_VERSION, type ZoneInfo, type ZoneMessage } from '@overworld/protocol';
import { Replica } from '@overworld/replication/client';
import { io, type Socket } from 'socket.io-client';

const ANSWER_MS = 10_000;

export interface RestAnswer {
  readonly status: number;
  readonly body: { readonly [key: string]: unknown };
}

/** One REST call, as any program would make it. */
export async function rest(
  url: string,
  method: string,
  path: string,
  options: {
    readonly body?: unknown;
    readonly token?: string;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<RestAnswer> {
  const headers: Record<string, string> = { 'content-type': 'application/json', ...options.headers };
  if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
  const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
  const answer = await fetch(url + path, { method, headers, ...body });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as RestAnswer['body']) };
}

/** A player for tests: plain socket.io, frames as events, everything that was told kept. */
export class TestPlayer {
  readonly url: string;
  readonly name: string;
  token = '';
  refreshToken = '';
  player = '';
  socket!: Socket;
  zone!: ZoneInfo;
  replica!: Replica;
  readonly zones: ZoneInfo[] = [];
  readonly events: EventMessage[] = [];
  readonly refusals: { reason: string; sequence?: number; detail: string }[] = [];
  readonly left: { zone: string; reason: string }[] = [];
  closing: { reason: string } | undefined;
  #sequence = 0;
  /** What was sent and is not known to have been executed: sent again in another zone, as every client does. */
  #pending: { sequence: number; name: string; value: unknown }[] = [];

  constructor(url: string, name: string) {
    this.url = url;
    this.name = name;
  }

  async login(): Promise<this> {
    const { body } = await rest(this.url, 'POST', '/login', { body: { username: this.name } });
    this.token = body.accessToken as string;
    this.refreshToken = body.refreshToken as string;
    this.player = body.player as string;
    return this;
  }

  async ticket(target: { world: string } | { zone: string }): Promise<string> {
    const { status, body } = await rest(this.url, 'POST', '/join', { body: target, token: this.token });
    if (status !== 200) throw new Error(`join: ${JSON.stringify(body)}`);
    return body.ticket as string;
  }

  async lobbyTicket(code: string): Promise<string> {
    const { status, body } = await rest(this.url, 'POST', `/lobbies/${code}/join`, { token: this.token });
    if (status !== 200) throw new Error(`lobby: ${JSON.stringify(body)}`);
    return body.ticket as string;
  }

  connect(auth: Record<string, unknown> = {}): this {
    this.socket = io(this.url, {
      auth: { token: this.token, protocol: PROTOCOL_VERSION, frames: 'event', ...auth },
      forceNew: true,
      reconnection: false,
      transports: ['websocket'],
    });
    this.socket.on('frame', (bytes: Uint8Array) => this.replica?.apply(new Uint8Array(bytes)));
    this.socket.on('zone', (news: ZoneMessage) => this.#entered({ ...this.zone, ...news }));
    this.socket.on('event', (event: EventMessage) => this.events.push(event));
    this.socket.on('refused', (refused: TestPlayer['refusals'][number]) => this.refusals.push(refused));
    this.socket.on('left', (left: TestPlayer['left'][number]) => this.left.push(left));
    this.socket.on('closing', (closing) => {
      this.closing = closing;
    });
    return this;
  }

  /** Resolves with the refusal of a handshake. */
  refusal(): Promise<{ reason: string }> {
    return new Promise((resolve) => {
      this.socket.on('connect_error', (error) =>
        resolve((error as Error & { data: { reason: string } }).data),
      );
    });
  }

  async ask<Answer>(event: string, value: unknown): Promise<Answer> {
    return (await this.socket.timeout(ANSWER_MS).emitWithAck(event, value)) as Answer;
  }

  async join(request: { ticket: string } | { resume: string }): Promise<ZoneInfo> {
    const answer = await this.ask<{ ok: boolean } & ZoneInfo>('join', request);
    if (!answer.ok) throw new Error(JSON.stringify(answer));
    this.#entered(answer);
    return answer;
  }

  async enter(world: string): Promise<this> {
    await this.login();
    this.connect();
    await this.join({ ticket: await this.ticket({ world }) });
    return this;
  }

  async enterLobby(code: string): Promise<this> {
    await this.login();
    this.connect();
    await this.join({ ticket: await this.lobbyTicket(code) });
    return this;
  }

  input(name: string, value: unknown): number {
    this.#sequence += 1;
    const message = { sequence: this.#sequence, name, value };
    this.#pending = [...this.#pending.filter(({ sequence }) => sequence > this.replica.ack), message];
    this.socket.emit('input', message);
    return this.#sequence;
  }

  /** A field of an entity that this player is shown, by the name over its head. */
  see(name: string, component: string, field: string): number | undefined {
    for (const entity of this.replica.entities.values()) {
      if (entity.get('look')?.name !== name) continue;
      return entity.sample(this.replica.tick)[component]?.[field] as number | undefined;
    }
    return undefined;
  }

  close(): void {
    this.socket?.close();
  }

  #entered(info: ZoneInfo): void {
    const isSame = this.zone?.zone === info.zone && this.zone.index === info.index;
    this.zone = info;
    this.zones.push(info);
    if (!isSame) this.replica = new Replica(info.schema, { zoneIndex: info.index });
    this.#sequence = Math.max(this.#sequence, info.sequence);
    this.#pending = this.#pending.filter(({ sequence }) => sequence > info.sequence);
    for (const message of this.#pending) this.socket.emit('input', message);
  }
}
