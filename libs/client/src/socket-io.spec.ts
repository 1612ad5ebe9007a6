import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenSocket } from './ports.ts';
import { SocketIoPort } from './socket-io.ts';

let http: HttpServer;
let server: Server;
let url: string;
let opened: OpenSocket | undefined;

beforeEach(async () => {
  http = createServer();
  server = new Server(http, { transports: ['websocket'] });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(async () => {
  opened?.close();
  opened = undefined;
  await server.close();
});

/** Writes beneath socket.io, as a gateway does with state frames. */
function sendBare(socket: Socket, bytes: Uint8Array): void {
  const { transport } = socket.conn as unknown as { transport: { socket: { send(data: Uint8Array): void } } };
  transport.socket.send(bytes);
}

/** Opens a socket and collects what it tells until `count` things were told. */
function collect(count: number, auth: Record<string, unknown> = {}): Promise<unknown[]> {
  const told: unknown[] = [];
  return new Promise((resolve) => {
    const tell = (what: unknown): void => {
      told.push(what);
      if (told.length === count) resolve(told);
    };
    opened = new SocketIoPort().open(url, auth, {
      opened: () => tell('opened'),
      refused: (reason, detail) => tell(['refused', reason, detail]),
      failed: () => tell('failed'),
      closed: () => tell('closed'),
      event: (name, value) => tell([name, value]),
      frame: (bytes) => tell([...bytes]),
    });
  });
}

describe('the socket.io port', () => {
  it('keeps bare frames, events and events with binary parts in the order in which they were sent', async () => {
    server.on('connection', (socket) => {
      socket.emit('zone', { index: 1 });
      socket.emit('frame', Buffer.from([9, 9]));
      setImmediate(() => {
        sendBare(socket, Uint8Array.of(1, 2, 3));
        sendBare(socket, Uint8Array.of(4));
        socket.emit('event', { name: 'said' });
      });
    });
    expect(await collect(6)).toEqual([
      'opened',
      ['zone', { index: 1 }],
      [9, 9],
      [1, 2, 3],
      [4],
      ['event', { name: 'said' }],
    ]);
    expect(opened?.bytesIn).toBeGreaterThan(40);
  });

  it('tells why a handshake was refused, and hands the auth over', async () => {
    server.use((socket, next) => {
      const data = { reason: 'unauthorized', detail: `not with ${socket.handshake.auth.token}` };
      next(Object.assign(new Error('no'), { data }));
    });
    expect(await collect(1, { token: 'old' })).toEqual([['refused', 'unauthorized', 'not with old']]);
  });

  it('tells that nobody answers', async () => {
    url = 'http://127.0.0.1:9';
    expect(await collect(1)).toEqual(['failed']);
  });

  it('tells that the server closed, once, and does not come back by itself', async () => {
    let connections = 0;
    server.on('connection', (socket) => {
      connections += 1;
      socket.disconnect(true);
    });
    expect(await collect(2)).toEqual(['opened', 'closed']);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(connections).toBe(1);
  });

  it('answers a request, or says that no answer came in time', async () => {
    server.on('connection', (socket) => {
      socket.on('clock', ({ t }: { t: number }, answer: (value: unknown) => void) => answer({ t, tick: 7 }));
    });
    await collect(1);
    const ask = (name: string, timeoutMs: number): Promise<unknown> =>
      new Promise((resolve) => opened?.request(name, { t: 5 }, timeoutMs, resolve));
    expect(await ask('clock', 1_000)).toEqual({ t: 5, tick: 7 });
    expect(await ask('nothing', 30)).toBeUndefined();
  });
});
