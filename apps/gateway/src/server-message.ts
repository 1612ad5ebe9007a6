/** FIN and the opcode for binary data, or for text: one message in one WebSocket frame. */
const BINARY = 0x82;
const TEXT = 0x81;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * A binary message of a server as it goes over the wire (RFC 6455, section 5.2), head and payload in one buffer: two chunks
 * would cost a gathering write, and their bookkeeping, for each client and tick.
 */
export function binaryMessage(payload: Uint8Array): Buffer {
  return message(BINARY, payload);
}

/** The same for text. */
export function textMessage(text: string): Buffer {
  return message(TEXT, Buffer.from(text));
}

function message(firstByte: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const headBytes = length < LENGTH_16 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(headBytes + length);
  bytes[0] = firstByte;
  if (headBytes === 2) bytes[1] = length;
  else if (headBytes === 4) {
    bytes[1] = LENGTH_16;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = LENGTH_64;
    bytes.writeUInt32BE(0, 2);
    bytes.writeUInt32BE(length, 6);
  }
  bytes.set(payload, headBytes);
  return bytes;
}
