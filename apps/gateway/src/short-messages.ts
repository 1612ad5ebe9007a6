/*
 * The server's side of RFC 6455 for one case: a whole unfragmented binary message of at most 125 bytes, masked, in one piece
 * of what came over TCP. That is what a player's inputs look like, and nearly all that comes.
 */
const FIRST_BYTE = 0x82;
const MASKED = 0x80;
const MAX_SHORT_BYTES = 125;
const HEAD_BYTES = 6;
const OPEN = 1;
/** The receiver of `ws` waits for the first bytes of a frame. */
const AT_HEAD = 0;

/** What this needs to know of a `ws` socket of a version that has it; its types do not show it. */
export interface WebSocketInside {
  readonly readyState: number;
  readonly _socket?: TcpSocket | null;
  readonly _receiver?: {
    readonly _state: number;
    readonly _bufferedBytes: number;
    readonly _fragmented: number;
    readonly destroyed: boolean;
  } | null;
}

type Listener = (this: unknown, chunk: Buffer) => void;

interface TcpSocket {
  listeners(event: 'data'): Listener[];
  off(event: 'data', listener: Listener): void;
  on(event: 'data', listener: Listener): void;
}

/**
 * Has `take` called with the payload of each short binary message while `mayTake` says so, before the WebSocket's own receiver,
 * a stream with a queue, a callback and a turn of its own for each message. Everything else goes to that receiver, in order: as
 * soon as something of another kind comes, it gets the rest of the piece, and further pieces until it has used them up.
 * Returns whether the socket is of a kind that can be read so.
 */
export function tapShortMessages(
  socket: WebSocketInside,
  mayTake: () => boolean,
  take: (payload: Uint8Array) => void,
): boolean {
  const { _socket: tcp, _receiver: receiver } = socket;
  const listeners = tcp?.listeners('data') ?? [];
  if (!tcp || typeof receiver?._state !== 'number' || listeners.length !== 1) return false;
  const [theirs] = listeners as [Listener];
  const isFree = (): boolean =>
    receiver._state === AT_HEAD &&
    receiver._bufferedBytes === 0 &&
    receiver._fragmented === 0 &&
    socket.readyState === OPEN &&
    mayTake();
  tcp.off('data', theirs);
  tcp.on('data', (chunk) => {
    let start = 0;
    while (start < chunk.length) {
      if (receiver.destroyed) return;
      const end = isFree() ? endOfShortMessage(chunk, start) : 0;
      if (end === 0) return theirs.call(tcp, start === 0 ? chunk : chunk.subarray(start));
      take(unmask(chunk, start + HEAD_BYTES, end));
      start = end;
    }
  });
  return true;
}

/** 0 when what begins there is something else, or not all there. */
function endOfShortMessage(chunk: Buffer, start: number): number {
  if (chunk[start] !== FIRST_BYTE) return 0;
  const length = (chunk[start + 1] ?? 0) - MASKED;
  const end = start + HEAD_BYTES + length;
  return length >= 0 && length <= MAX_SHORT_BYTES && end <= chunk.length ? end : 0;
}

/** In place: nobody else reads these bytes. */
function unmask(chunk: Buffer, start: number, end: number): Uint8Array {
  const maskStart = start - 4;
  for (let index = start; index < end; index++) {
    chunk[index] = (chunk[index] as number) ^ (chunk[maskStart + ((index - start) & 3)] as number);
  }
  return chunk.subarray(start, end);
}
