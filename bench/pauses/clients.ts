import type { GameZone, HttpAnswer, HttpRequest, SocketPort } from '@overworld/client';
import { Overworld, webPorts } from '@overworld/client/node';
import { answerWith, settingsOf } from '../scale/child.ts';
import { addressOf } from '../peers/raw-player.ts';
import { headAbout, type Steered, throughDoor } from '../scale/crowd-door.ts';
import { GapWatch, type PlayersSetting, type Watched } from './watched.ts';

/*
 * Players with our own client, which finds its way to another gateway when its own one stops: they decode all that comes.
 */
const TURNS = 20;

class ClientPlayer implements Steered {
  readonly #index: number;
  readonly #world: string;
  readonly #game: Overworld;
  readonly #gap = new GapWatch();
  #zone: GameZone | undefined;

  constructor({ port, world }: PlayersSetting, index: number) {
    this.#index = index;
    this.#world = world;
    const ports = webPorts();
    const socket: SocketPort = {
      open: (url, auth, handlers) =>
        ports.socket.open(url, auth, {
          ...handlers,
          frame: (bytes) => {
            this.#gap.saw();
            handlers.frame(bytes);
          },
        }),
    };
    this.#game = new Overworld({ url: `http://127.0.0.1:${port}` }, { ...ports, socket, http: this });
  }

  async join(): Promise<void> {
    await this.#game.login(`client-${this.#index}`);
    this.#zone = await this.#game.join({ world: this.#world });
  }

  /** The client counts its inputs itself. */
  head(_sequence: number, dir: number): void {
    this.#zone?.input('head', { dir });
  }

  take(): Watched {
    return { gapMs: this.#gap.takeMs(), epoch: 0, isClosed: false };
  }

  close(): void {
    this.#game.close();
  }

  async request({ method, url, token, body, timeoutMs }: HttpRequest): Promise<HttpAnswer> {
    const headers: Record<string, string> = { 'x-forwarded-for': addressOf(this.#index) };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(timeoutMs), ...sent });
    return { status: response.status, body: await response.json() };
  }
}

const setting = settingsOf<PlayersSetting>();
const players = Array.from({ length: setting.players }, (_, index) => new ClientPlayer(setting, index));
await throughDoor(players.length, async (index) => players[index]?.join());
headAbout(players, TURNS);
answerWith({ take: () => players.map((player) => player.take()) }, async () => {
  for (const player of players) player.close();
});
