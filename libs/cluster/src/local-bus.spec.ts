import type { BusMessage, Clock } from '@overworld/ports';
import { describe, expect, it } from 'vitest';
import { Fifo } from './fifo.ts';
import { LocalBus } from './local-bus.ts';

const bytes = (...values: number[]) => new Uint8Array(values);

describe('LocalBus', () => {
  it('[LB1] hands payloads over without a copy', async () => {
    const bus = new LocalBus();
    const payload = bytes(1);
    const seen: BusMessage[] = [];
    bus.subscribe('a', (message) => void seen.push(message));
    bus.publish('a', payload);
    await bus.close();
    expect(seen[0]?.payload).toBe(payload);
  });

  it('[LB2] reports a handler that throws and delivers to the others', async () => {
    const errors: [unknown, string][] = [];
    const bus = new LocalBus({ onHandlerError: (error, subject) => void errors.push([error, subject]) });
    const seen: number[] = [];
    const failure = new Error('a mistake');
    bus.subscribe('a', () => {
      throw failure;
    });
    bus.subscribe('a', (message) => void seen.push(message.payload[0] ?? 0));
    bus.publish('a', bytes(1));
    bus.publish('a', bytes(2));
    await bus.close();
    expect(seen).toEqual([1, 2]);
    expect(errors).toEqual([
      [failure, 'a'],
      [failure, 'a'],
    ]);
  });

  it('[LB3] refuses subjects that are none as programmer errors', () => {
    const bus = new LocalBus();
    for (const subject of ['', 'a..b', 'a.', '.a', 'a.*', 'a.>', 'a b']) {
      expect(() => bus.publish(subject, bytes())).toThrow('a message has a subject');
    }
    for (const pattern of ['', 'a..b', '>.a', 'a b']) {
      expect(() => bus.subscribe(pattern, () => {})).toThrow('a subscription names a subject');
    }
  });

  it('[LB4] takes the time of requests from its clock', async () => {
    const timers: [number, () => void][] = [];
    let cancelled = 0;
    const clock: Clock = {
      now: () => 0,
      wall: () => 0,
      after: (delayMs, callback) => {
        timers.push([delayMs, callback]);
        return () => void cancelled++;
      },
    };
    const bus = new LocalBus({ clock });
    bus.subscribe('slow', () => {});
    bus.subscribe('fast', (message) => message.reply?.(bytes(1)));
    const slow = bus.request('slow', bytes(), 1_500);
    expect(await bus.request('fast', bytes(), 900)).toMatchObject({ kind: 'answered' });
    expect(timers.map(([delayMs]) => delayMs)).toEqual([1_500, 900]);
    expect(cancelled).toBe(1);
    timers[0]?.[1]();
    expect(await slow).toEqual({ kind: 'timeout' });
  });

  it('[LB5] gives every subscriber its turn when one of them has a long queue', async () => {
    const bus = new LocalBus();
    let long = 0;
    const longAtShort: number[] = [];
    bus.subscribe('long', () => void long++);
    bus.subscribe('short', () => void longAtShort.push(long));
    for (let count = 0; count < 20_000; count++) bus.publish('long', bytes());
    bus.publish('short', bytes());
    await expect.poll(() => longAtShort.length).toBe(1);
    expect(longAtShort[0]).toBeLessThan(5_000);
    await expect.poll(() => long).toBe(20_000);
  });

  it('[LB6] computes the route of ever new subjects without growing', async () => {
    const bus = new LocalBus();
    let count = 0;
    bus.subscribe('id.>', () => void count++);
    for (let index = 0; index < 10_000; index++) bus.publish(`id.${index}`, bytes());
    await expect.poll(() => count).toBe(10_000);
  });
});

describe('LocalBus drops', () => {
  it('[LB7] are told by subject', async () => {
    const bus = new LocalBus();
    const dropped: string[] = [];
    bus.onDrop((subject) => void dropped.push(subject));
    const subscription = bus.subscribe('a.*', () => {}, { capacity: 2 });
    for (const subject of ['a.1', 'a.2', 'a.3', 'a.4']) bus.publish(subject, bytes());
    await bus.close();
    expect(dropped).toEqual(['a.3', 'a.4']);
    expect(subscription.dropped).toBe(2);
  });
});

describe('Fifo', () => {
  it('[FI1] keeps the order while it grows, wraps and drops the oldest', () => {
    const fifo = new Fifo<number>(100);
    const model: number[] = [];
    let dropped = 0;
    for (let step = 0; step < 5_000; step++) {
      if ((step * 7919) % 10 < 6) {
        fifo.push(step);
        model.push(step);
        if (model.length > 100) {
          model.shift();
          dropped++;
        }
      } else {
        expect(fifo.shift()).toBe(model.shift());
      }
      expect(fifo.length).toBe(model.length);
    }
    expect(dropped).toBeGreaterThan(0);
    expect(fifo.dropped).toBe(dropped);
    fifo.clear();
    expect(fifo.shift()).toBeUndefined();
  });
});
