import type { HttpAnswer, HttpRequest, SocketPort } from '@overworld/client';
import { Overworld, webPorts } from '@overworld/client/node';
import { answerWith, settingsOf } from '../scale/child.ts';
import { GapWatch, type PlayersSetting, type Watched } from './watched.ts';

/*
 * Players with our own client, which finds its way to another gateway when its own one stops: they decode all that comes.
 */
const INPUT_EVERY_MS = 100;
const TURNS = 20;
const DOOR_WIDTH = 8;
const DIRECTIONS = 360;
const TAU = 2 * Math.PI;

/** Each player has an address of its own, as behind a proxy: a server lets ten logins a second in from one address. */
async function request(index: number, asked: HttpRequest): Promise<HttpAnswer> {
  const { method, url, token, body, timeoutMs } = asked;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  headers['x-forwarded-for'] = `10.0.${(index >> 8) & 255}.${index & 255}`;
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  const signal = AbortSignal.timeout(timeoutMs);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(url, { method, headers, signal, ...sent });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

class ClientPlayer {
  readonly #game: Overworld;
  readonly #gap = new GapWatch();
  readonly #join: () => Promise<void>;
  #head: (dir: number) => void = () => undefined;

  constructor({ port, world }: PlayersSetting, index: number) {
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
    const http = { request: (asked: HttpRequest) => request(index, asked) };
    this.#game = new Overworld({ url: `http://127.0.0.1:${port}` }, { ...ports, socket, http });
    this.#join = async () => {
      await this.#game.login(`client-${index}`);
      const zone = await this.#game.join({ world });
      this.#head = (dir) => void zone.input('head', { dir });
    };
  }

  join(): Promise<void> {
    return this.#join();
  }

  head(dir: number): void {
    this.#head(dir);
  }

  take(): Watched {
    return { gapMs: this.#gap.takeMs(), epoch: 0, isClosed: false };
  }

  close(): void {
    this.#game.close();
  }
}

const setting = settingsOf<PlayersSetting>();
const players = Array.from({ length: setting.players }, (_, index) => new ClientPlayer(setting, index));
let next = 0;
const lanes = Array.from({ length: DOOR_WIDTH }, async () => {
  while (next < players.length) await players[next++]?.join();
});
await Promise.all(lanes);
let turn = 0;
setInterval(() => {
  turn += 1;
  for (let index = turn % TURNS; index < players.length; index += TURNS)
    players[index]?.head((((index * 37 + turn) % DIRECTIONS) / DIRECTIONS) * TAU);
}, INPUT_EVERY_MS / TURNS);
answerWith({ take: () => players.map((player) => player.take()) }, async () => {
  for (const player of players) player.close();
});
