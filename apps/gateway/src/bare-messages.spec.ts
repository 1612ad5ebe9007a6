import type { EventEmitter } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, connect, type Socket as TcpSocket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Server } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeBareMessages } from './bare-messages.ts';
import { frameParser } from './frame-decoder.ts';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
/** Of what a busy machine may take a while for. */
const PATIENT = { interval: 1, timeout: 10_000 };
const MASK = Buffer.of(0x5a, 0x01, 0xff, 0x30);

/** A client's frame (RFC 6455, section 5.2). */
function frame(opcode: number, payload: Uint8Array | string, isLast = true): Buffer {
  const bytes = Buffer.from(payload);
  const first = (isLast ? 0x80 : 0) | opcode;
  const head =
    bytes.length < 126
      ? Buffer.of(first, 0x80 | bytes.length)
      : Buffer.of(first, 0x80 | 126, bytes.length >> 8, bytes.length & 255);
  return Buffer.concat([head, MASK, bytes.map((byte, index) => byte ^ (MASK[index & 3] as number))]);
}

const inputs = (...bytes: number[]): Buffer => frame(BINARY, Uint8Array.from(bytes));

describe('bare messages', () => {
  let heard: unknown[] = [];
  let viaReceiver = 0;
  let http: HttpServer;
  let tcp: TcpSocket;
  let served: TcpSocket | undefined;
  let answers = '';

  /** Until the server has said something. */
  async function told(text: string): Promise<void> {
    await expect.poll(() => answers, PATIENT).toContain(text);
  }

  /** Until the server has read it, so that what follows comes in another piece. */
  async function send(part: Buffer): Promise<void> {
    const before = served?.bytesRead ?? 0;
    tcp.write(part);
    await expect.poll(() => served?.bytesRead, PATIENT).toBe(before + part.length);
  }

  async function hear(count: number): Promise<unknown[]> {
    for (let waitedMs = 0; heard.length < count && waitedMs < 5_000; waitedMs++) await wait(1);
    return heard.splice(0);
  }

  beforeEach(async () => {
    http = createServer().on('connection', (socket) => {
      served = socket;
    });
    const own: unknown[] = [];
    heard = own;
    answers = '';
    new Server(http, { parser: frameParser, transports: ['websocket'] }).on('connection', (socket) => {
      takeBareMessages(
        socket,
        (bytes, from, to) => own.push([...bytes.subarray(from, to)]),
        (bytes) => Buffer.from(bytes).toString() === 'mine' && own.push('mine') > 0,
      );
      const { transport } = socket.conn as unknown as {
        readonly transport: { readonly socket: EventEmitter };
      };
      transport.socket.on('message', () => {
        viaReceiver += 1;
      });
      socket.on('say', (...said: unknown[]) => own.push(['say', ...said]));
      socket.on('disconnect', () => own.push('gone'));
      socket.conn.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    tcp = connect((http.address() as AddressInfo).port, '127.0.0.1').setNoDelay(true);
    tcp.on('data', (bytes) => {
      answers += bytes.toString('latin1');
    });
    const key = Buffer.alloc(16, 7).toString('base64');
    const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    const lines = ['GET /socket.io/?EIO=4&transport=websocket HTTP/1.1', 'Host: here', ...upgrade];
    tcp.write(`${lines.join('\r\n')}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
    await told('"sid"');
    tcp.write(frame(TEXT, '40'));
    await told('40{"sid"');
  });

  afterEach(() => {
    tcp.destroy();
    http.closeAllConnections();
    http.close();
  });

  it('come in their order, and everything else does, wherever TCP cuts', async () => {
    const stream = Buffer.concat([
      inputs(1, 2, 3),
      inputs(4),
      frame(TEXT, '42["say","a"]'),
      inputs(),
      inputs(5),
      frame(TEXT, '451-["say",{"_placeholder":true,"num":0}]'),
      inputs(9, 9),
      inputs(6),
      frame(BINARY, Uint8Array.of(7), false),
      frame(0, Uint8Array.of(8)),
      frame(BINARY, new Uint8Array(300).fill(3)),
      inputs(...new Uint8Array(125).fill(4)),
      inputs(10),
    ]);
    const said = await hearAll(stream, stream.length);
    expect(said).toEqual([
      ['say', 'a'],
      ['say', Buffer.of(9, 9)],
      [1, 2, 3],
      [4],
      [],
      [5],
      [6],
      [7, 8],
      Array(300).fill(3),
      Array(125).fill(4),
      [10],
    ]);
    for (let cut = 1; cut < 110; cut++) expect(await hearAll(stream, cut), `cut at ${cut}`).toEqual(said);
    expect(await hearAll(stream, -1), 'one byte at a time').toEqual(said);

    async function hearAll(bytes: Buffer, cutAt: number): Promise<unknown[]> {
      if (cutAt < 0) for (const byte of bytes.subarray(0, 120)) await send(Buffer.of(byte));
      if (cutAt > 0) await send(bytes.subarray(0, cutAt));
      tcp.write(bytes.subarray(cutAt < 0 ? 120 : cutAt));
      const all = await hear(11);
      // An event comes one turn later than it was read.
      const isEvent = (each: unknown): boolean => Array.isArray(each) && each[0] === 'say';
      return [...all.filter(isEvent), ...all.filter((each) => !isEvent(each))];
    }
  });

  it('go past the receiver of this version of the WebSocket when they are short', async () => {
    viaReceiver = 0;
    tcp.write(Buffer.concat([inputs(1), inputs(2)]));
    expect(await hear(2)).toEqual([[1], [2]]);
    expect(viaReceiver).toBe(0);
    tcp.write(Buffer.concat([frame(BINARY, new Uint8Array(126)), inputs(3)]));
    expect(await hear(2)).toEqual([Array(126).fill(0), [3]]);
    expect(viaReceiver).toBe(2);
    tcp.write(inputs(4));
    expect(await hear(1)).toEqual([[4]]);
    expect(viaReceiver).toBe(2);
  });

  it('are read with whatever else comes into one buffer for all sockets, by this version of Node', async () => {
    expect(served?.listenerCount('data')).toBe(0);
    const long = frame(BINARY, new Uint8Array(60_000).fill(7));
    served?.pause();
    tcp.write(Buffer.concat([inputs(1), long, inputs(2)]));
    await wait(100);
    expect(heard, 'while it is paused').toEqual([]);
    served?.resume();
    expect(await hear(3)).toEqual([[1], Array(60_000).fill(7), [2]]);
    tcp.end();
    expect(await hear(1)).toEqual(['gone']);
  }, 20_000);

  it('leave texts to socket.io that are not asked for', async () => {
    tcp.write(Buffer.concat([frame(TEXT, 'mine'), inputs(1), frame(TEXT, '42["say","b"]'), inputs(2)]));
    const all = await hear(4);
    expect(all).toContainEqual(['say', 'b']);
    expect(all.filter((each) => !Array.isArray(each) || each[0] !== 'say')).toEqual(['mine', [1], [2]]);
  });

  it('are not taken from a client that has said that it closes', async () => {
    tcp.write(Buffer.concat([inputs(1), frame(CLOSE, ''), inputs(2)]));
    expect(await hear(2)).toEqual([[1], 'gone']);
  });

  it('end with the connection of a client that does not mask them', async () => {
    tcp.write(Buffer.concat([inputs(1), Buffer.of(0x82, 1, 5), inputs(2)]));
    expect(await hear(2)).toEqual([[1], 'gone']);
    tcp.write(inputs(3));
    expect(await hear(1)).toEqual([]);
  });
});
