/** FIN and the opcode for binary data: one message in one WebSocket frame. */
const FIRST_BYTE = 0x82;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * A binary message of a server as it goes over the wire (RFC 6455, section 5.2), head and payload in one buffer: two chunks
 * would cost a gathering write, and their bookkeeping, for each client and tick.
 */
export function binaryMessage(payload: Uint8Array): Buffer {
  const { length } = payload;
  const headBytes = length < LENGTH_16 ? 2 : length < 65_536 ? 4 : 10;
  const message = Buffer.allocUnsafe(headBytes + length);
  message[0] = FIRST_BYTE;
  if (headBytes === 2) message[1] = length;
  else if (headBytes === 4) {
    message[1] = LENGTH_16;
    message.writeUInt16BE(length, 2);
  } else {
    message[1] = LENGTH_64;
    message.writeUInt32BE(0, 2);
    message.writeUInt32BE(length, 6);
  }
  message.set(payload, headBytes);
  return message;
}
