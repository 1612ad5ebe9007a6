import { EVENTS, PROTOCOL_VERSION } from '@overworld/protocol';
import type { Socket } from 'socket.io';
import { describe, expect, it } from 'vitest';
import { Departures } from './departures.ts';
import { GATEWAY_DEFAULTS } from './options.ts';
import { type ConnectionOwner, PlayerConnection } from './player-connection.ts';

const who = { player: '00000000000000a1', name: 'Ada', sessionId: 's', sessionEndsAtMs: 1e15 };
const wishes = { token: '', protocol: PROTOCOL_VERSION, frames: 'raw', maxMessageBytes: 65_536 } as const;

function connect() {
  let nowMs = 0;
  const calls: string[] = [];
  const emitted: { name: string; reason: string }[] = [];
  const wire = { bufferedAmount: 0, send: () => {} };
  const socket = {
    id: 'x',
    conn: {
      readyState: 'open',
      writeBuffer: [] as unknown[],
      sendPacket: (type: string) => calls.push(type),
      close: (isDiscarding: boolean) => calls.push(`close ${isDiscarding}`),
      transport: { name: 'websocket', socket: wire },
    },
    emit: (name: string, { reason }: { reason: string }) => emitted.push({ name, reason }),
    disconnect: () => calls.push('disconnect'),
  };
  const owner = {
    options: { ...GATEWAY_DEFAULTS, id: 'g', secret: new Uint8Array(32), origins: [] },
    now: () => nowMs,
    departures: new Departures(),
    refused: () => {},
    measured: () => {},
  } as unknown as ConnectionOwner;
  const connection = new PlayerConnection(socket as unknown as Socket, who, wishes, owner);
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { connection, emitted, calls, wire, wait };
}

describe('a connection', () => {
  it('[PC1] lets a game talk as fast as its limits allow, for as long as it likes', () => {
    const { connection, wait } = connect();
    for (let tick = 0; tick < 1000; tick++) {
      for (let count = 0; count < 8; count++) connection.heard();
      wait(50);
    }
    expect(connection.isClosed).toBe(false);
  });

  it('[PC2] ends with a flood of messages, whatever is in them', () => {
    const { connection, emitted } = connect();
    for (let count = 0; count <= GATEWAY_DEFAULTS.messageRate.burst; count++) connection.heard();
    expect(connection.isClosed).toBe(true);
    expect(emitted).toEqual([{ name: EVENTS.closing, reason: 'rate-limited' }]);
  });

  it('[PC3] ends with a client that talks and does not listen, in a zone or not', () => {
    const { connection, emitted, wire } = connect();
    wire.bufferedAmount = 5 * 1024 * 1024;
    connection.heard();
    expect(emitted).toEqual([{ name: EVENTS.closing, reason: 'slow-consumer' }]);
  });

  it('[PC9] is asked for a sign of life when it is silent, and ends when none comes', () => {
    const { connection, calls } = connect();
    const beats = (count: number): void => {
      for (let beat = 0; beat < count; beat++) connection.beat();
    };
    for (let second = 0; second < 100; second++) {
      beats(1);
      connection.alive();
    }
    beats(5);
    expect(calls).toEqual([]);
    beats(1);
    expect(calls).toEqual(['ping']);
    connection.alive();
    beats(13);
    expect(calls).toEqual(['ping', 'ping']);
    expect(connection.isClosed).toBe(false);
    beats(1);
    expect(connection.isClosed).toBe(true);
    beats(20);
    expect(calls).toEqual(['ping', 'ping', 'disconnect', 'close true']);
  });
});
