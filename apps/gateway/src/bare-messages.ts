import type { Socket } from 'socket.io';
import { FrameDecoder } from './frame-decoder.ts';
import { tapShortMessages, type WebSocketInside } from './short-messages.ts';

type Listener = (this: unknown, data: unknown, isBinary: boolean) => void;

/** The parts of a socket.io connection that lie beneath it and that its types do not show. */
interface Beneath {
  readonly client: { readonly decoder?: unknown };
  readonly conn: {
    readonly transport: {
      readonly name: string;
      readonly socket?: WebSocketInside & {
        listeners(event: 'message'): Listener[];
        off(event: 'message', listener: Listener): void;
        on(event: 'message', listener: Listener): void;
      };
    };
    once(event: 'upgrade', listener: () => void): void;
  };
}

/**
 * Has `take` called with each bare binary message of a client, `bytes[from, to)`, as it comes from the WebSocket: engine.io and
 * socket.io would make a packet of it, and an event of that a turn later, which costs several times what the input in it does.
 * Whatever else comes goes its usual way, an attachment of a packet too, and bare messages do so where there is no WebSocket.
 * Short ones are taken from what comes over TCP, and `takeText` is offered short texts there.
 */
export function takeBareMessages(
  socket: Socket,
  take: (bytes: Uint8Array, from: number, to: number) => void,
  takeText: (bytes: Uint8Array) => boolean = () => false,
): void {
  const { client, conn } = socket as unknown as Beneath;
  const { decoder } = client;
  const { name, socket: wire } = conn.transport;
  if (name !== 'websocket') conn.once('upgrade', () => takeBareMessages(socket, take, takeText));
  const usual = wire?.listeners('message') ?? [];
  if (wire === undefined || usual.length !== 1 || !(decoder instanceof FrameDecoder)) return;
  const [theirs] = usual as [Listener];
  wire.off('message', theirs);
  wire.on('message', (data, isBinary) => {
    if (isBinary && data instanceof Uint8Array && !decoder.awaitsAttachment) take(data, 0, data.length);
    else theirs.call(wire, data, isBinary);
  });
  tapShortMessages(wire, { mayTake: () => !decoder.awaitsAttachment, binary: take, text: takeText });
}
