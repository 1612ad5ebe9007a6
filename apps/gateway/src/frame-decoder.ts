import { Decoder, Encoder, PacketType } from 'socket.io-parser';

/** The event that a bare binary message becomes. The payload is the message. */
export const BARE_MESSAGE = 'inputs';

/**
 * The default parser's decoder, which also takes binary messages that belong to no packet: they become an event. A client
 * sends its input frames in this way; the official `parser` option puts it into the server.
 */
export class FrameDecoder extends Decoder {
  #attachmentsLeft = 0;

  /** The next binary message belongs to a packet that came before. */
  get awaitsAttachment(): boolean {
    return this.#attachmentsLeft > 0;
  }

  override add(data: unknown): void {
    if (typeof data === 'string') {
      super.add(data);
      this.#attachmentsLeft = attachmentsOf(data);
      return;
    }
    if (this.#attachmentsLeft > 0) {
      this.#attachmentsLeft -= 1;
      super.add(data);
      return;
    }
    this.emitReserved('decoded', { type: PacketType.EVENT, nsp: '/', data: [BARE_MESSAGE, data] });
  }

  override destroy(): void {
    this.#attachmentsLeft = 0;
    super.destroy();
  }
}

/** How many binary messages follow a packet's text. */
function attachmentsOf(text: string): number {
  const type = text.charCodeAt(0) - 48;
  if (type !== PacketType.BINARY_EVENT && type !== PacketType.BINARY_ACK) return 0;
  const count = Number(text.slice(1, text.indexOf('-')));
  return Number.isSafeInteger(count) ? count : 0;
}

export const frameParser = { Encoder, Decoder: FrameDecoder };
