import { describe, expect, it } from 'vitest';
import { Departures, type Wire } from './departures.ts';

function setup() {
  const written: string[] = [];
  const wire = (name: string): Wire => ({
    write: (message) => written.push(`${name}${message.toString()}`) > 0,
  });
  return { written, left: wire('l'), right: wire('r'), departures: new Departures() };
}

describe('departures', () => {
  it('go at once, unless they are gathered', () => {
    const { written, left, right, departures } = setup();
    departures.write(left, Buffer.from('1'));
    expect(written).toEqual(['l1']);
    departures.together(() => {
      departures.write(left, Buffer.from('2'));
      departures.write(right, Buffer.from('3'));
      departures.together(() => departures.write(left, Buffer.from('4')));
      expect(written).toEqual(['l1']);
    });
    expect(written).toEqual(['l1', 'l2', 'r3', 'l4']);
  });

  it('do not wait for more than some others', () => {
    const { written, left, departures } = setup();
    departures.together(() => {
      for (let count = 1; count <= 40; count++) departures.write(left, Buffer.from(`${count}`));
      expect(written).toHaveLength(32);
    });
    expect(written).toEqual(Array.from({ length: 40 }, (_, index) => `l${index + 1}`));
  });

  it('make one message of a frame that several are told, and another of the next', () => {
    const messages: Buffer[] = [];
    const wire: Wire = { write: (message) => messages.push(message) > 0 };
    const departures = new Departures();
    const [frame, next] = [Uint8Array.of(1, 2), Uint8Array.of(1, 2)];
    departures.together(() => {
      for (const told of [frame, frame, next]) departures.frame(wire, told);
    });
    expect(messages.map((message) => [...message])).toEqual(Array.from({ length: 3 }, () => [0x82, 2, 1, 2]));
    expect(messages[1]).toBe(messages[0]);
    expect(messages[2]).not.toBe(messages[1]);
  });

  it('go although what makes them fails, and once', () => {
    const { written, left, departures } = setup();
    const fail = (): void => {
      departures.write(left, Buffer.from('1'));
      throw new Error('no more');
    };
    expect(() => departures.together(fail)).toThrow('no more');
    departures.write(left, Buffer.from('2'));
    expect(written).toEqual(['l1', 'l2']);
  });
});
