import { PROTOCOL_VERSION, type ZoneInfo } from '@overworld/protocol';
import { io, type Socket } from 'socket.io-client';

const ANSWER_MS = 8000;

export interface Told {
  readonly name: string;
  readonly value: { readonly [key: string]: unknown };
}

/** A plain socket.io client: everything it was told is kept. */
export class PlainPlayer {
  readonly socket: Socket;
  readonly player: string;
  readonly told: Told[] = [];
  disconnected = false;

  constructor(url: string, { player, token }: { readonly player: string; readonly token: string }) {
    this.player = player;
    const auth = { token, protocol: PROTOCOL_VERSION, frames: 'event' };
    this.socket = io(url, { auth, forceNew: true, reconnection: false, transports: ['websocket'] });
    this.socket.onAny((name: string, value: Told['value']) => {
      if (name !== 'frame') this.told.push({ name, value });
    });
    this.socket.on('disconnect', () => {
      this.disconnected = true;
    });
  }

  /** Undefined once connected, else the refusal of the handshake. */
  connected(): Promise<{ readonly reason: string } | undefined> {
    return new Promise((resolve) => {
      this.socket.once('connect', () => resolve(undefined));
      this.socket.once('connect_error', (error) => {
        resolve((error as Error & { data?: { reason: string } }).data ?? { reason: error.message });
      });
    });
  }

  async ask<Answer = { readonly ok: boolean; readonly reason?: string }>(
    name: string,
    value: unknown,
  ): Promise<Answer> {
    return (await this.socket.timeout(ANSWER_MS).emitWithAck(name, value)) as Answer;
  }

  join(): Promise<{ readonly ok: boolean; readonly reason?: string } & ZoneInfo> {
    return this.ask('join', { ticket: `ticket/${this.player}` });
  }

  heard(name: string): Told['value'][] {
    return this.told.filter((each) => each.name === name).map(({ value }) => value);
  }

  close(): void {
    this.socket.close();
  }
}
