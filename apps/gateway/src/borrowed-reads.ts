import { Socket } from 'node:net';

/** What all sockets of a process read into: as much as Node would make room for at each read. */
const shared = Buffer.allocUnsafeSlow(65_536);

/**
 * What a socket is given by `net.connect` for its option `onread`, and what one that was accepted could be given as well but
 * has no option for: symbols of Node's own.
 */
const inside = new Map(
  Object.getOwnPropertySymbols(new Socket()).map((symbol) => [symbol.description, symbol] as const),
);
const BUFFER = inside.get('kBuffer');
const CALLBACK = inside.get('kBufferCb');

type Hear = (lengthBytes: number, buffer: Buffer) => boolean;

/** The parts of an accepted socket that its types do not show. */
interface Accepted {
  readonly _handle?: { readonly reading?: boolean; useUserBuffer?(buffer: Buffer): void } | null;
  [inside: symbol]: unknown;
}

/**
 * Has `hear` called with what comes over the socket from now on, in place of its `data` events: so many bytes from the buffer's
 * beginning on. They are its to change and hold until it returns: all sockets read into one buffer, where Node makes one of 64 kB
 * for each read, cuts it to what came and leaves it to the garbage collector. Pausing, resuming and the end are as ever. False, and
 * nothing done, for a socket that is not made like those of this version of Node, or has something left to say.
 */
export function readBorrowed(socket: Socket, hear: (buffer: Buffer, lengthBytes: number) => void): boolean {
  const accepted = socket as unknown as Accepted;
  const { _handle: handle } = accepted;
  if (BUFFER === undefined || CALLBACK === undefined || accepted[BUFFER] !== null) return false;
  if (socket.constructor !== Socket || typeof handle?.useUserBuffer !== 'function') return false;
  if (socket.readableLength > 0 || handle.reading !== true) return false;
  accepted[BUFFER] = shared;
  accepted[CALLBACK] = callbackOf(hear);
  handle.useUserBuffer(shared);
  return true;
}

function callbackOf(hear: (buffer: Buffer, lengthBytes: number) => void): Hear {
  return (lengthBytes, buffer) => {
    hear(buffer, lengthBytes);
    return true;
  };
}
