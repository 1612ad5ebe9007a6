import { io, type Socket } from 'socket.io-client';
import * as parser from 'socket.io-parser';
import type { OpenSocket, SocketHandlers, SocketPort } from './ports.ts';
import { textField } from './refusal.ts';

const CONNECT_TIMEOUT_MS = 8_000;

/**
 * socket.io's decoder, save that a binary message without an announcement is a state frame instead of an error. It is
 * handed on as the event `frame`, so that it keeps its place among the events.
 */
class FrameDecoder extends parser.Decoder {
  #attachments = 0;

  override add(message: unknown): void {
    if (typeof message === 'string') {
      this.#attachments = attachmentsOf(message);
      super.add(message);
    } else if (this.#attachments > 0) {
      this.#attachments -= 1;
      super.add(message);
    } else {
      this.emitReserved('decoded', { type: parser.PacketType.EVENT, nsp: '/', data: ['frame', message] });
    }
  }
}

/** The number of binary messages that a packet announces: `5<count>-…` and `6<count>-…`. */
function attachmentsOf(packet: string): number {
  const type = packet.charCodeAt(0) - 48;
  if (type !== parser.PacketType.BINARY_EVENT && type !== parser.PacketType.BINARY_ACK) return 0;
  return Number.parseInt(packet.slice(1), 10) || 0;
}

function asBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

function payloadBytes(packet: { data?: unknown }): number {
  const { data } = packet;
  if (typeof data === 'string') return data.length + 1;
  if (data instanceof ArrayBuffer) return data.byteLength;
  return ArrayBuffer.isView(data) ? data.byteLength : 1;
}

class SocketIoSocket implements OpenSocket {
  readonly #socket: Socket;
  #handlers: SocketHandlers | undefined;
  bytesIn = 0;
  bytesOut = 0;

  constructor(socket: Socket, handlers: SocketHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on('connect', () => this.#handlers?.opened());
    socket.on('connect_error', (error) => this.#failed(error));
    socket.on('disconnect', (reason) => this.#end((ended) => ended.closed(reason)));
    socket.onAny((name: string, value: unknown) => this.#received(name, value));
    socket.io.on('open', () => this.#countBytes());
    socket.connect();
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#socket.connected) this.#socket.io.engine.write(bytes);
  }

  request(name: string, value: unknown, timeoutMs: number, answered: (value: unknown) => void): void {
    this.#socket.timeout(timeoutMs).emit(name, value, (error: Error | null, answer: unknown) => {
      answered(error ? undefined : answer);
    });
  }

  close(): void {
    this.#handlers = undefined;
    this.#socket.disconnect();
    this.#socket.io.engine?.close();
  }

  #received(name: string, value: unknown): void {
    if (name !== 'frame') {
      this.#handlers?.event(name, value);
      return;
    }
    const bytes = asBytes(value);
    if (bytes !== undefined) this.#handlers?.frame(bytes);
  }

  /** A refusal of the handshake carries data; without it the server could not be reached. */
  #failed(error: Error & { data?: unknown }): void {
    const reason = textField(error.data, 'reason');
    const detail = textField(error.data, 'detail') ?? error.message;
    this.#end((handlers) =>
      reason === undefined ? handlers.failed(detail) : handlers.refused(reason, detail),
    );
  }

  #end(tell: (handlers: SocketHandlers) => void): void {
    const handlers = this.#handlers;
    this.close();
    if (handlers !== undefined) tell(handlers);
  }

  #countBytes(): void {
    const { engine } = this.#socket.io;
    engine.on('packet', (packet) => {
      this.bytesIn += payloadBytes(packet);
    });
    engine.on('packetCreate', (packet) => {
      this.bytesOut += payloadBytes(packet);
    });
  }
}

/** Sockets by socket.io-client over WebSocket, without its own reconnecting. */
export class SocketIoPort implements SocketPort {
  open(url: string, auth: { readonly [key: string]: unknown }, handlers: SocketHandlers): OpenSocket {
    const socket = io(url, {
      auth: { ...auth },
      autoConnect: false,
      forceNew: true,
      multiplex: false,
      parser: { ...parser, Decoder: FrameDecoder },
      reconnection: false,
      timeout: CONNECT_TIMEOUT_MS,
      transports: ['websocket'],
    });
    return new SocketIoSocket(socket, handlers);
  }
}
