import type { Socket } from 'socket.io';
import { describe, expect, it } from 'vitest';
import { Departures } from './departures.ts';
import { Outgoing } from './outgoing.ts';

function setup(transportName = 'websocket', raw = true) {
  const sent: unknown[] = [];
  const connection = {
    readyState: 'open',
    writeBuffer: [] as unknown[],
    transport: {
      name: transportName,
      socket: {
        bufferedAmount: 0,
        readyState: 1,
        _socket: { write: (message: Uint8Array) => void sent.push(['tcp', ...message]) },
      },
    },
    write: (bytes: Uint8Array) => void sent.push(['conn', bytes]),
  };
  const socket = { conn: connection, emit: (name: string, value: unknown) => void sent.push([name, value]) };
  const pace = { raw, bytesPerSecond: 64_000 };
  const outgoing = new Outgoing(socket as unknown as Socket, new Departures(), pace);
  return { sent, connection, outgoing };
}

const frame = Uint8Array.of(1, 2, 3);

describe('outgoing', () => {
  it('[OG1] puts a raw frame straight into the WebSocket, and an event frame into an event', () => {
    const raw = setup();
    raw.outgoing.frame(frame);
    expect(raw.sent).toEqual([['tcp', 0x82, 3, 1, 2, 3]]);
    const event = setup('websocket', false);
    event.outgoing.frame(frame);
    expect(event.sent).toEqual([['frame', Buffer.from(frame)]]);
  });

  it('[OG2] goes through engine.io where there is no WebSocket', () => {
    const polling = setup('polling');
    polling.outgoing.frame(frame);
    expect(polling.sent).toEqual([['conn', Buffer.from(frame)]]);
  });

  it('[OG3] holds frames while anything of socket.io waits, so that none comes before its zone', () => {
    const { outgoing, connection } = setup();
    expect(outgoing.pressure()).toBe('free');
    connection.writeBuffer.push('a packet');
    expect(outgoing.pressure()).toBe('full');
  });

  it('[OG4] is full above a quarter second of bytes, and lost far beyond', () => {
    const { outgoing, connection } = setup();
    connection.transport.socket.bufferedAmount = 16_001;
    expect(outgoing.pressure()).toBe('free');
    connection.transport.socket.bufferedAmount = 16_385;
    expect(outgoing.pressure()).toBe('full');
    connection.transport.socket.bufferedAmount = 5_000_000;
    expect(outgoing.pressure()).toBe('lost');
  });

  it('[OG6] writes a packet of its own only where nothing of socket.io waits', () => {
    const { outgoing, connection, sent } = setup();
    outgoing.packet('430[1]');
    expect(sent).toEqual([['tcp', 0x81, 6, ...Buffer.from('430[1]')]]);
    connection.writeBuffer.push('a packet');
    expect(outgoing.isClear).toBe(false);
    outgoing.packet('431[1]');
    expect(sent.length).toBe(1);
    expect(setup('polling').outgoing.isClear).toBe(false);
  });

  it('[OG5] sends nothing into a connection that closes', () => {
    const { outgoing, connection, sent } = setup();
    connection.transport.socket.readyState = 2;
    outgoing.frame(frame);
    connection.readyState = 'closing';
    outgoing.frame(frame);
    expect(sent).toEqual([]);
  });
});
