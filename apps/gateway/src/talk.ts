import type { Refusal } from '@overworld/contracts';
import type { Clock } from '@overworld/ports';
import { type ChatMessage, type ChatRequest, EVENTS } from '@overworld/protocol';
import type { Server } from 'socket.io';
import { plainText } from './plain-text.ts';
import type { PlayerConnection } from './player-connection.ts';
import type { Reach } from './reach.ts';
import { rooms } from './rooms.ts';

/** Lines from players to everybody in their world or zone, on every gateway; and the operators' to all. */
export class Talk {
  readonly #reach: Reach;
  readonly #clock: Clock;
  #server: Server | undefined;

  constructor(reach: Reach, clock: Clock) {
    this.#reach = reach;
    this.#clock = clock;
  }

  serve(server: Server): void {
    this.#server = server;
  }

  /**
   * Undefined once the line has gone out to every gateway. After `chat-unavailable` players of this gateway may have read
   * it: whether others have is not known.
   */
  async say(connection: PlayerConnection, { to, text }: ChatRequest): Promise<Refusal | undefined> {
    if (!connection.chatBucket.take(this.#clock.now())) {
      return { refused: 'rate-limited', detail: 'too many lines of chat' };
    }
    const { place } = connection;
    if (place === undefined) return { refused: 'not-joined', detail: 'you are in no zone' };
    const line = plainText(text);
    if (line === '') return { refused: 'bad-request', detail: 'there is nothing in it that can be shown' };
    if (!this.#reach.isUp) return UNAVAILABLE;
    const message: ChatMessage = { from: connection.name, to, text: line };
    const room = to === 'world' ? rooms.world(place.world) : rooms.zone(place.zone);
    this.#server?.to(room).emit(EVENTS.chat, message);
    return (await this.#reach.published()) ? undefined : UNAVAILABLE;
  }

  /** To every player of this gateway. */
  notice(text: string): void {
    this.#server?.local.emit(EVENTS.notice, { text });
  }
}

const UNAVAILABLE: Refusal = {
  refused: 'chat-unavailable',
  detail: 'chat does not reach the players of other gateways at the moment',
};
