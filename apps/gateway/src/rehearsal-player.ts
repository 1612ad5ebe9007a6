import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AccessClaims, AccessTokens } from '@overworld/platform';
import { encodeInputFrame, EVENTS, PROTOCOL_VERSION } from '@overworld/protocol';
import type { CompiledInput } from '@overworld/ruleset';

/*
 * A client of the process's own: socket.io over a WebSocket, as far as a rehearsal needs it. What it does is counted in no
 * number, so it is as small as can be.
 *
 *   upgrade ──▶ 0{…} ──▶ 40{auth} ──▶ 40{sid} ──▶ 420["join",…] ──▶ 430[{ok,…}] ──▶ frames, inputs
 */

const TEXT = 1;
const BINARY = 2;
const FIN = 0x80;
const MASKED = 0x80;
const OPCODE_BITS = 0x0f;
const LENGTH_BITS = 0x7f;

export interface Role {
  readonly claims: AccessClaims;
  readonly tokens: AccessTokens;
  readonly frames: 'raw' | 'event';
  readonly ticket: string;
}

/** What a player does again and again. */
export interface Move {
  readonly input: CompiledInput;
  readonly values: readonly unknown[];
}

export class RehearsalPlayer {
  readonly #role: Role;
  #wire: Duplex | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #zoneIndex = -1;
  #sequence = 0;
  frames = 0;

  constructor(role: Role) {
    this.#role = role;
  }

  get isIn(): boolean {
    return this.#zoneIndex >= 0;
  }

  /** Resolves once the connection stands; the rest follows by itself. */
  async connect(port: number): Promise<void> {
    const { tokens, claims } = this.#role;
    const token = await tokens.sign(claims, claims.sessionId, claims.sessionEndsAtMs);
    this.#wire = await upgrade(port);
    this.#wire.on('error', () => {});
    this.#wire.on('data', (bytes: Buffer) => this.#received(bytes, token));
  }

  move({ input, values }: Move): void {
    if (!this.isIn) return;
    this.#sequence += 1;
    const sequence = this.#sequence;
    const value = values[sequence % values.length];
    const bytes = input.codec.encode(value);
    if (this.#role.frames === 'event') {
      this.#say(`42${JSON.stringify([EVENTS.input, { sequence, name: input.name, value }])}`);
    } else if (bytes !== undefined) {
      const records = [{ sequence, tick: 0, kind: input.kind, value: bytes }];
      this.#send(BINARY, encodeInputFrame(this.#zoneIndex, records));
    }
  }

  askTime(): void {
    if (this.isIn) this.#say(`421${JSON.stringify([EVENTS.clock, { t: 1 }])}`);
  }

  close(): void {
    this.#wire?.destroy();
  }

  #received(bytes: Buffer, token: string): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      if (message.opcode === BINARY) this.frames += 1;
      else if (message.opcode === TEXT) this.#heard(message.payload.toString(), token);
    }
  }

  #heard(text: string, token: string): void {
    const { frames, ticket } = this.#role;
    if (text.startsWith('0{')) {
      this.#say(`40${JSON.stringify({ token, protocol: PROTOCOL_VERSION, frames })}`);
    } else if (text.startsWith('40')) {
      this.#say(`420${JSON.stringify([EVENTS.join, { ticket }])}`);
    } else if (text.startsWith('430')) {
      const [answer] = JSON.parse(text.slice('430'.length)) as [{ readonly index?: number }];
      this.#zoneIndex = answer.index ?? -1;
    }
  }

  /** The next whole message (RFC 6455, section 5.2); a server masks nothing. */
  #take(): { readonly opcode: number; readonly payload: Buffer } | undefined {
    const rest = this.#rest;
    const head = headOf(rest);
    if (head === undefined || rest.length < head.endsAt) return undefined;
    this.#rest = rest.subarray(head.endsAt);
    return { opcode: (rest[0] as number) & OPCODE_BITS, payload: rest.subarray(head.beginsAt, head.endsAt) };
  }

  #say(text: string): void {
    this.#send(TEXT, Buffer.from(text));
  }

  /** With a mask of zeros, which leaves the payload as it is. */
  #send(opcode: number, payload: Uint8Array): void {
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 6 : 8);
    head[0] = FIN | opcode;
    head[1] = MASKED | Math.min(length, 126);
    if (length >= 126) head.writeUInt16BE(length, 2);
    this.#wire?.write(Buffer.concat([head, payload]));
  }
}

function headOf(bytes: Buffer): { readonly beginsAt: number; readonly endsAt: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] as number) & LENGTH_BITS;
  const beginsAt = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < beginsAt) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { beginsAt, endsAt: beginsAt + length };
}

function upgrade(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    };
    const asked = request({
      host: '127.0.0.1',
      port,
      path: '/socket.io/?EIO=4&transport=websocket',
      headers,
    });
    asked.once('upgrade', (_response, wire, first) => {
      if (first.length > 0) wire.unshift(first);
      resolve(wire);
    });
    asked.once('response', ({ statusCode }) => reject(new Error(`no WebSocket: ${statusCode}`)));
    asked.on('error', reject);
    asked.end();
  });
}
