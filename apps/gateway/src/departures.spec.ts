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
