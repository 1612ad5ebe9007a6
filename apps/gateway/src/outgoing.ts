import { EVENTS } from '@overworld/protocol';
import type { Socket } from 'socket.io';
import type { Departures, Wire } from './departures.ts';
import { textMessage } from './server-message.ts';

/** The parts of a `ws` socket. It puts what it sends into its TCP socket at once, so that one may write there between two messages. */
interface WebSocketBeneath {
  readonly bufferedAmount: number;
  readonly readyState: number;
  readonly _socket?: Wire | null;
  send(data: Uint8Array): void;
}

const OPEN = 1;

/** The parts of engine.io's connection that lie beneath socket.io and that its types do not show. */
interface RawConnection {
  readonly readyState: string;
  readonly writeBuffer: readonly unknown[];
  readonly transport: {
    readonly name: string;
    readonly socket?: WebSocketBeneath;
  };
  write(data: Uint8Array): void;
  sendPacket(type: 'ping'): void;
}

/** A connection that takes nothing any more is given up: so much may wait for it in all. */
const HARD_LIMIT_BYTES = 4 * 1024 * 1024;
const HARD_LIMIT_PACKETS = 2048;
const MIN_SOFT_LIMIT_BYTES = 16_384;

export type Pressure = 'free' | 'full' | 'lost';

/**
 * What goes out to one client. Frames of `raw` clients go straight to the WebSocket, which costs a third of an event;
 * they go only while nothing of socket.io's own waits, so that no frame comes between a packet and its attachment, or
 * before the event that announces its zone.
 */
export class Outgoing {
  readonly #socket: Socket;
  readonly #connection: RawConnection;
  readonly #departures: Departures;
  readonly #raw: boolean;
  readonly #softLimitBytes: number;

  constructor(
    socket: Socket,
    departures: Departures,
    { raw, bytesPerSecond }: { readonly raw: boolean; readonly bytesPerSecond: number },
  ) {
    this.#socket = socket;
    this.#departures = departures;
    this.#connection = socket.conn as unknown as RawConnection;
    this.#raw = raw;
    this.#softLimitBytes = Math.max(MIN_SOFT_LIMIT_BYTES, bytesPerSecond / 4);
  }

  /** Whether a frame can go now. */
  pressure(): Pressure {
    const { writeBuffer, transport } = this.#connection;
    const waitingBytes = transport.socket?.bufferedAmount ?? 0;
    if (waitingBytes > HARD_LIMIT_BYTES || writeBuffer.length > HARD_LIMIT_PACKETS) return 'lost';
    return writeBuffer.length > 0 || waitingBytes > this.#softLimitBytes ? 'full' : 'free';
  }

  /** The bytes hold until this returns. The same object again says the same. */
  frame(bytes: Uint8Array): void {
    const connection = this.#connection;
    if (connection.readyState !== 'open') return;
    if (!this.#raw) this.#socket.emit(EVENTS.frame, Buffer.from(bytes));
    else if (connection.transport.name === 'websocket') this.#sendFrame(connection.transport.socket, bytes);
    else connection.write(Buffer.from(bytes));
  }

  /** Nothing of socket.io's waits: what is written to the WebSocket now comes in its order. */
  get isClear(): boolean {
    const { readyState, writeBuffer, transport } = this.#connection;
    const { name, socket } = transport;
    if (readyState !== 'open' || name !== 'websocket' || writeBuffer.length > 0) return false;
    return socket?.readyState === OPEN && Boolean(socket._socket);
  }

  /** A packet that is written as socket.io would; only while it is clear. */
  packet(text: string): void {
    if (this.isClear) this.#connection.transport.socket?._socket?.write(textMessage(text));
  }

  emit(name: string, value: unknown): void {
    this.#socket.emit(name, value);
  }

  /** Asks for a sign of life now, whenever engine.io would do so. */
  ping(): void {
    if (this.#connection.readyState === 'open') this.#connection.sendPacket('ping');
  }

  #sendFrame(socket: WebSocketBeneath | undefined, bytes: Uint8Array): void {
    if (socket === undefined || socket.readyState !== OPEN) return;
    const wire = socket._socket;
    // Messages are never compressed here (`GatewayIoAdapter`), so nothing of the socket's own can be under way.
    if (wire) this.#departures.frame(wire, bytes);
    else socket.send(Buffer.from(bytes));
  }
}
