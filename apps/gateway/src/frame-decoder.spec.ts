import { Encoder, PacketType } from 'socket.io-parser';
import { describe, expect, it } from 'vitest';
import { BARE_MESSAGE, FrameDecoder } from './frame-decoder.ts';

function decode(...messages: unknown[]): unknown[] {
  const decoder = new FrameDecoder();
  const packets: unknown[] = [];
  decoder.on('decoded', (packet) => void packets.push(packet.data));
  for (const message of messages) decoder.add(message);
  return packets;
}

function encode(data: unknown[]): unknown[] {
  return new Encoder().encode({ type: PacketType.EVENT, nsp: '/', data });
}

describe('frame decoder', () => {
  it('[FD1] decodes what the default parser does, attachments included', () => {
    const attached = Uint8Array.of(1, 2, 3);
    expect(decode(...encode(['say', { text: 'hello' }]))).toEqual([['say', { text: 'hello' }]]);
    expect(decode(...encode(['file', Buffer.from(attached)]))).toEqual([['file', Buffer.from(attached)]]);
  });

  it('[FD2] makes an event of a binary message that belongs to no packet', () => {
    const bare = Uint8Array.of(16, 0, 1);
    expect(decode(bare)).toEqual([[BARE_MESSAGE, bare]]);
  });

  it('[FD3] keeps the two apart, in any order', () => {
    const [bare, attached] = [Uint8Array.of(16), Buffer.of(9)];
    const packets = decode(bare, ...encode(['file', attached]), bare, ...encode(['say', 1]), bare);
    expect(packets).toEqual([
      [BARE_MESSAGE, bare],
      ['file', attached],
      [BARE_MESSAGE, bare],
      ['say', 1],
      [BARE_MESSAGE, bare],
    ]);
  });

  it('[FD4] refuses what the default parser refuses', () => {
    expect(() => decode('9nonsense')).toThrow();
    expect(() => decode('51-["a",{"_placeholder":true,"num":0}]', '2["b"]')).toThrow();
    expect(() => decode('5999-["a"]')).toThrow();
  });
});
