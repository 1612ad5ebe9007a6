import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { binaryMessage, textMessage } from './server-message.ts';

/** Of every WebSocket handshake (RFC 6455, section 1.3). */
const PROTOCOL_ID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

describe('messages of a server', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 300_000])(
    '[BM1] of %i bytes are read by another',
    async (size) => {
      const payload = randomBytes(size);
      const http = createServer().listen(0, '127.0.0.1');
      await once(http, 'listening');
      http.once('upgrade', ({ headers }, socket) => {
        const accept = createHash('sha1')
          .update(`${headers['sec-websocket-key']}${PROTOCOL_ID}`)
          .digest('base64');
        const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
        socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`);
        socket.write(Buffer.concat([textMessage('äh, so'), binaryMessage(payload)]));
      });
      const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
      client.binaryType = 'arraybuffer';
      const heard: (string | ArrayBuffer)[] = [];
      client.onmessage = ({ data }) => heard.push(data as string | ArrayBuffer);
      await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(2);
      const [text, bytes] = heard as [string, ArrayBuffer];
      expect(text).toBe('äh, so');
      expect(Buffer.from(bytes).equals(payload)).toBe(true);
      http.closeAllConnections();
      http.close();
      client.close();
    },
  );
});
