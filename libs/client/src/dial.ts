import { PROTOCOL_VERSION } from '@overworld/protocol';
import type { ClientPorts, OpenSocket, SocketHandlers } from './ports.ts';
import { OverworldError, unreachable } from './refusal.ts';

const DIAL_TIMEOUT_MS = 10_000;

export interface Dialled {
  readonly socket: OpenSocket;
  /** Rejects with an `OverworldError` when the connection is refused, fails or takes too long. */
  readonly opened: Promise<void>;
}

/** Opens a socket to a gateway. `closed` is told of its end, also of one before it was open. */
export function dial(
  ports: Pick<ClientPorts, 'socket' | 'clock'>,
  to: { readonly url: string; readonly token: string },
  handlers: Pick<SocketHandlers, 'event' | 'frame' | 'closed'>,
): Dialled {
  let resolve = (): void => undefined;
  let reject = (_: OverworldError): void => undefined;
  const promise = new Promise<void>((opened, failed) => {
    resolve = opened;
    reject = failed;
  });
  const tooLong = (): void => reject(unreachable('the server took too long to answer'));
  const cancel = ports.clock.after(DIAL_TIMEOUT_MS, tooLong);
  const auth = { token: to.token, protocol: PROTOCOL_VERSION, frames: 'raw' };
  const socket = ports.socket.open(to.url, auth, {
    ...handlers,
    opened: () => resolve(),
    refused: (reason, detail) => reject(new OverworldError(reason, detail)),
    failed: (detail) => reject(unreachable(detail)),
    closed: (detail) => {
      reject(unreachable(detail));
      handlers.closed(detail);
    },
  });
  return { socket, opened: promise.finally(cancel) };
}
