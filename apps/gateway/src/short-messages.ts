/*
 * The server's side of RFC 6455 for one case: a whole unfragmented message of at most 125 bytes, masked, in one piece of what
 * came over TCP. That is what a player's inputs look like, and nearly all that comes.
 */
import type { Socket } from 'node:net';
import { readBorrowed } from './borrowed-reads.ts';

const TEXT = 0x81;
const BINARY = 0x82;
const MASKED = 0x80;
const MAX_SHORT_BYTES = 125;
const HEAD_BYTES = 6;
const OPEN = 1;
/** The receiver of `ws` waits for the first bytes of a frame. */
const AT_HEAD = 0;

/** What this needs to know of a `ws` socket of a version that has it; its types do not show it. */
export interface WebSocketInside {
  readonly readyState: number;
  readonly _socket?: Socket | null;
  readonly _receiver?: Receiver | null;
}

interface Receiver {
  readonly _state: number;
  readonly _bufferedBytes: number;
  readonly _fragmented: number;
  readonly destroyed: boolean;
}

type Listener = (this: unknown, chunk: Buffer) => void;

/** Who reads short messages. */
export interface ShortReader {
  /** Whether messages may be taken now. */
  mayTake(): boolean;
  /** The payload is `bytes[from, to)`. */
  binary(bytes: Uint8Array, from: number, to: number): void;
  /** Whether it was for this reader: otherwise it goes on to the WebSocket's own. */
  text(payload: Uint8Array): boolean;
}

/**
 * Has `reader` take short messages before the WebSocket's own receiver, a stream with a queue, a callback and a turn of its own
 * for each message. Everything else goes to that receiver, in order: as soon as something comes that is not for the reader, it
 * gets the rest of the piece, and further pieces until it has used them up. A socket that is not made like those of this version
 * of `ws` is left alone.
 */
export function tapShortMessages(socket: WebSocketInside, reader: ShortReader): void {
  const { _socket: tcp, _receiver: receiver } = socket;
  const listeners = (tcp?.listeners('data') ?? []) as Listener[];
  if (!tcp || typeof receiver?._state !== 'number' || listeners.length !== 1) return;
  const [theirs] = listeners as [Listener];
  const tap = new Tap(socket, receiver, reader, theirs);
  tcp.off('data', theirs);
  if (!readBorrowed(tcp, (chunk, lengthBytes) => tap.hear(chunk, lengthBytes))) {
    tcp.on('data', (chunk: Buffer) => tap.hear(chunk, chunk.length));
  }
}

class Tap {
  readonly #socket: WebSocketInside;
  readonly #receiver: Receiver;
  readonly #reader: ShortReader;
  readonly #theirs: Listener;
  /** The receiver was handed something, and may be in the midst of a message. */
  #isTheirTurn = true;

  constructor(socket: WebSocketInside, receiver: Receiver, reader: ShortReader, theirs: Listener) {
    this.#socket = socket;
    this.#receiver = receiver;
    this.#reader = reader;
    this.#theirs = theirs;
  }

  hear(chunk: Buffer, lengthBytes: number): void {
    let start = 0;
    while (start < lengthBytes) {
      const end = this.#isFree() ? endOfShortMessage(chunk, start, lengthBytes) : 0;
      if (end === 0 || !isTaken(this.#reader, chunk, start, end)) {
        if (this.#receiver.destroyed) return;
        this.#isTheirTurn = true;
        // The piece may be borrowed, and the receiver keeps what it is given.
        this.#theirs.call(this.#socket._socket, Buffer.from(chunk.subarray(start, lengthBytes)));
        return;
      }
      start = end;
    }
  }

  #isFree(): boolean {
    if (this.#socket.readyState !== OPEN || !this.#reader.mayTake()) return false;
    // What is handed nothing stays as it is: the receiver is asked again only after it was.
    if (this.#isTheirTurn) this.#isTheirTurn = !this.#isAtHead();
    return !this.#isTheirTurn;
  }

  #isAtHead(): boolean {
    const { _state, _bufferedBytes, _fragmented } = this.#receiver;
    return _state === AT_HEAD && _bufferedBytes === 0 && _fragmented === 0;
  }
}

function isTaken(reader: ShortReader, chunk: Buffer, start: number, end: number): boolean {
  const from = start + HEAD_BYTES;
  mask(chunk, from, end);
  if (chunk[start] === TEXT) {
    if (reader.text(chunk.subarray(from, end))) return true;
    mask(chunk, from, end);
    return false;
  }
  reader.binary(chunk, from, end);
  return true;
}

/** 0 when what begins there is something else, or not all there. */
function endOfShortMessage(chunk: Buffer, start: number, lengthBytes: number): number {
  if (chunk[start] !== BINARY && chunk[start] !== TEXT) return 0;
  const length = (chunk[start + 1] ?? 0) - MASKED;
  const end = start + HEAD_BYTES + length;
  return length >= 0 && length <= MAX_SHORT_BYTES && end <= lengthBytes ? end : 0;
}

/** In place, for nobody else reads these bytes. Done twice it undoes itself. */
function mask(chunk: Buffer, start: number, end: number): void {
  const maskStart = start - 4;
  for (let index = start; index < end; index++) {
    chunk[index] = (chunk[index] as number) ^ (chunk[maskStart + ((index - start) & 3)] as number);
  }
}
