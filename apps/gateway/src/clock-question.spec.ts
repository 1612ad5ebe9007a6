import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';
import { describe, expect, it } from 'vitest';
import { clockAnswer, readClockQuestion } from './clock-question.ts';

/** What engine.io writes before each packet of socket.io's. */
const MESSAGE = '4';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the question after the time', () => {
  it('is read as socket.io writes it', () => {
    const packet = { type: PacketType.EVENT, nsp: '/', id: 17, data: ['clock', { t: 12.5 }] };
    const [text] = new Encoder().encode(packet) as [string];
    expect(readClockQuestion(bytesOf(`${MESSAGE}${text}`))).toEqual({ id: '17', request: { t: 12.5 } });
  });

  it('is answered so that socket.io reads it', () => {
    let heard: Packet | undefined;
    const decoder = new Decoder();
    decoder.on('decoded', (packet) => {
      heard = packet as Packet;
    });
    const text = clockAnswer({ id: '17', request: {} }, { t: 1, tick: 2 });
    expect(text.startsWith(MESSAGE)).toBe(true);
    decoder.add(text.slice(MESSAGE.length));
    expect(heard).toMatchObject({ type: PacketType.ACK, nsp: '/', id: 17, data: [{ t: 1, tick: 2 }] });
  });

  it.each([
    ['another event', '421["clocks",{"t":1}]'],
    ['no number', '42["clock",{"t":1}]'],
    ['a number that is none', '42x["clock",{"t":1}]'],
    ['another namespace', '42/staff,1["clock",{"t":1}]'],
    ['half of it', '421["clock",{"t":1'],
    ['too much', '421["clock",1,2]'],
    ['a ping', '2'],
    ['nothing', ''],
  ])('is not %s', (_, text) => {
    expect(readClockQuestion(bytesOf(text))).toBeUndefined();
  });

  it('is not text that a WebSocket must not carry', () => {
    const bytes = bytesOf('421["clock",{"t":1,"?":1}]');
    bytes[bytes.indexOf(63)] = 255;
    expect(readClockQuestion(bytes)).toBeUndefined();
  });
});
