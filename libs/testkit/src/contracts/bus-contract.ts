import type { Bus, BusMessage, RequestOutcome } from '@overworld/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export interface BusFixture {
  readonly bus: Bus;
  /** Another connection to the same bus; the same object where there is only one. */
  readonly peer: Bus;
  /** Resolves once what was subscribed before counts everywhere. */
  flush?(): Promise<void>;
  close(): Promise<void>;
}

const bytes = (...values: number[]) => new Uint8Array(values);
const number = (message: BusMessage) => new DataView(message.payload.slice().buffer).getUint32(0);
function payload(value: number): Uint8Array {
  const result = new Uint8Array(4);
  new DataView(result.buffer).setUint32(0, value);
  return result;
}

/** What every implementation of the Bus port keeps. */
export function busContract(name: string, open: () => Promise<BusFixture>): void {
  describe(`${name} is a bus`, () => {
    let fixture: BusFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture.close());

    const flush = async () => {
      await fixture.flush?.();
    };
    const collect = (bus: Bus, subject: string, options: { queue?: string; capacity?: number } = {}) => {
      const seen: BusMessage[] = [];
      const subscription = bus.subscribe(subject, (message) => void seen.push(message), options);
      return { seen, subscription, numbers: () => seen.map(number) };
    };

    const ask = (subject: string, timeoutMs = 2_000): Promise<RequestOutcome> =>
      fixture.bus.request(subject, payload(20), timeoutMs);

    deliveryRules();
    subjectRules();
    queueRules();
    requestRules();
    endRules();

    function deliveryRules(): void {
      it('[BU1] delivers to every subscriber of a subject, never within the publish', async () => {
        const here = collect(fixture.bus, 'a.b');
        const there = collect(fixture.peer, 'a.b');
        await flush();
        fixture.bus.publish('a.b', bytes(1, 2, 3));
        expect(here.seen).toEqual([]);
        await expect.poll(() => [here.seen.length, there.seen.length]).toEqual([1, 1]);
        expect(here.seen[0]?.subject).toBe('a.b');
        expect([...(there.seen[0]?.payload ?? [])]).toEqual([1, 2, 3]);
        expect(here.seen[0]?.reply).toBeUndefined();
      });

      it('[BU2] keeps the order of one publisher on one subject', async () => {
        const { numbers } = collect(fixture.peer, 'order');
        await flush();
        for (let value = 0; value < 5_000; value++) fixture.bus.publish('order', payload(value));
        await expect.poll(() => numbers().length).toBe(5_000);
        expect(numbers()).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
      });

      it('[BU3] carries empty and large payloads unchanged', async () => {
        const { seen } = collect(fixture.peer, 'sizes');
        await flush();
        const large = Uint8Array.from({ length: 500_000 }, (_, index) => (index * 31) & 255);
        fixture.bus.publish('sizes', new Uint8Array(0));
        fixture.bus.publish('sizes', large.slice());
        await expect.poll(() => seen.length).toBe(2);
        expect(seen[0]?.payload.length).toBe(0);
        expect(Buffer.compare(seen[1]?.payload ?? bytes(), large)).toBe(0);
      });

      it('[BU4] drops the oldest messages of a full queue, and counts them', async () => {
        const { numbers, subscription } = collect(fixture.bus, 'full', { capacity: 10 });
        await flush();
        for (let value = 0; value < 25; value++) fixture.bus.publish('full', payload(value));
        await expect.poll(() => numbers().at(-1)).toBe(24);
        expect(numbers().length + subscription.dropped).toBe(25);
        if (subscription.dropped > 0)
          expect(numbers().slice(-10)).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
      });

      it('[BU5] leaves the event loop its turns while messages never end', async () => {
        let turns = 0;
        let isRunning = true;
        fixture.bus.subscribe(
          'storm',
          () => {
            if (isRunning) for (let count = 0; count < 2; count++) fixture.bus.publish('storm', bytes(1));
          },
          { capacity: 2_000 },
        );
        await flush();
        fixture.bus.publish('storm', bytes(1));
        for (; turns < 20; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
        isRunning = false;
        expect(turns).toBe(20);
      });

      it('[BU6] allows handlers to publish, subscribe and unsubscribe', async () => {
        const late: number[] = [];
        const first = fixture.bus.subscribe('re', (message) => {
          first.unsubscribe();
          fixture.bus.subscribe('re.late', (inner) => void late.push(number(inner)));
          void (fixture.flush?.() ?? Promise.resolve()).then(() =>
            fixture.bus.publish('re.late', message.payload),
          );
        });
        await flush();
        fixture.bus.publish('re', payload(7));
        fixture.bus.publish('re', payload(8));
        await expect.poll(() => late).toEqual([7]);
      });

      it('[BU7] calls nobody who unsubscribed, whatever was on its way', async () => {
        const { seen, subscription } = collect(fixture.bus, 'gone');
        const witness = collect(fixture.bus, 'gone');
        await flush();
        fixture.bus.publish('gone', bytes(1));
        subscription.unsubscribe();
        subscription.unsubscribe();
        fixture.bus.publish('gone', bytes(2));
        await expect.poll(() => witness.seen.length).toBe(2);
        expect(seen).toEqual([]);
      });
    }

    function subjectRules(): void {
      it.each([
        ['a.*', 'a.b', true],
        ['a.*', 'a.b.c', false],
        ['a.*', 'a', false],
        ['*.b', 'a.b', true],
        ['a.*.c', 'a.b.c', true],
        ['a.>', 'a.b', true],
        ['a.>', 'a.b.c', true],
        ['a.>', 'a', false],
        ['a.>', 'b.a', false],
        ['>', 'a.b.c', true],
        ['a.b', 'a.b.c', false],
        ['a.b', 'A.b', false],
      ])('[BU8] a subscription to %s gets %s: %s', async (pattern, subject, expected) => {
        const { seen } = collect(fixture.peer, pattern);
        const witness = collect(fixture.peer, subject);
        await flush();
        fixture.bus.publish(subject, bytes(1));
        await expect.poll(() => witness.seen.length).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        // A server that others use, too, carries more than this message.
        expect(seen.filter((message) => message.subject === subject).length).toBe(expected ? 1 : 0);
      });

      it('[BU9] a subscription made after a subject was used is heard, too', async () => {
        fixture.bus.publish('later.1', bytes(1));
        const { numbers } = collect(fixture.bus, 'later.*');
        await flush();
        fixture.bus.publish('later.1', payload(2));
        await expect.poll(numbers).toEqual([2]);
      });
    }

    function queueRules(): void {
      it('[BU10] gives each message to one member of a queue, to every queue, and to those in none', async () => {
        const members = [1, 2, 3].map(() => collect(fixture.bus, 'work.*', { queue: 'workers' }));
        const audit = collect(fixture.peer, 'work.*', { queue: 'audit' });
        const plain = collect(fixture.peer, 'work.1');
        await flush();
        for (let value = 0; value < 300; value++) fixture.bus.publish('work.1', payload(value));
        const worked = () => members.flatMap(({ numbers }) => numbers()).sort((a, b) => a - b);
        await expect
          .poll(() => [worked().length, audit.seen.length, plain.seen.length])
          .toEqual([300, 300, 300]);
        expect(new Set(worked()).size).toBe(300);
        for (const { seen } of members) expect(seen.length).toBeGreaterThan(0);
      });

      it('[BU11] goes on with the members that are left', async () => {
        const first = collect(fixture.bus, 'jobs', { queue: 'q' });
        const second = collect(fixture.bus, 'jobs', { queue: 'q' });
        first.subscription.unsubscribe();
        await flush();
        for (let value = 0; value < 10; value++) fixture.bus.publish('jobs', payload(value));
        await expect.poll(() => second.seen.length).toBe(10);
        expect(first.seen).toEqual([]);
      });
    }

    function requestRules(): void {
      it('[BU12] answers a request', async () => {
        fixture.peer.subscribe('sum', (message) => message.reply?.(payload(number(message) + 1)));
        await flush();
        expect(await ask('sum')).toEqual({ kind: 'answered', payload: payload(21) });
      });

      it('[BU13] takes the first answer, and of a queue one member answers', async () => {
        let asked = 0;
        for (let member = 0; member < 3; member++) {
          fixture.peer.subscribe(
            'one',
            (message) => {
              asked++;
              message.reply?.(payload(1));
              message.reply?.(payload(2));
            },
            { queue: 'q' },
          );
        }
        await flush();
        expect(await ask('one')).toEqual({ kind: 'answered', payload: payload(1) });
        expect(asked).toBe(1);
      });

      it('[BU14] says that nobody is there to answer', async () => {
        expect(await ask('nobody')).toEqual({ kind: 'no-responder' });
        collect(fixture.peer, 'somebody').subscription.unsubscribe();
        await flush();
        expect(await ask('somebody')).toEqual({ kind: 'no-responder' });
      });

      it('[BU15] gives up after the deadline, and a later answer changes nothing', async () => {
        let answer: (() => void) | undefined;
        fixture.peer.subscribe('slow', (message) => {
          answer = () => message.reply?.(payload(1));
        });
        await flush();
        const startMs = performance.now();
        expect(await ask('slow', 50)).toEqual({ kind: 'timeout' });
        expect(performance.now() - startMs).toBeGreaterThanOrEqual(49);
        expect(() => answer?.()).not.toThrow();
      });

      it('[BU16] keeps many requests apart', async () => {
        fixture.peer.subscribe('echo.*', (message) => {
          setTimeout(() => message.reply?.(message.payload.slice()), number(message) % 5);
        });
        await flush();
        const outcomes = await Promise.all(
          Array.from({ length: 500 }, (_, value) =>
            fixture.bus.request(`echo.${value % 7}`, payload(value), 5_000),
          ),
        );
        const values = outcomes.map((outcome) =>
          outcome.kind === 'answered' ? new DataView(outcome.payload.slice().buffer).getUint32(0) : -1,
        );
        expect(values).toEqual(Array.from({ length: 500 }, (_, index) => index));
      });
    }

    function endRules(): void {
      it('[BU17] delivers what is queued when it is closed, and nothing after', async () => {
        const { numbers } = collect(fixture.bus, 'end');
        await flush();
        fixture.bus.publish('end', payload(1));
        fixture.bus.publish('end', payload(2));
        await fixture.bus.close();
        fixture.bus.publish('end', payload(3));
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(numbers()).toEqual([1, 2]);
      });

      it('[BU18] tells that it is closed, once, and refuses requests', async () => {
        const told: boolean[] = [];
        const stop = fixture.bus.onStatus((connected) => void told.push(connected));
        expect(fixture.bus.connected).toBe(true);
        fixture.bus.subscribe('open', () => {});
        await flush();
        const pending = ask('open', 60_000);
        await Promise.all([fixture.bus.close(), fixture.bus.close()]);
        expect(fixture.bus.connected).toBe(false);
        expect(told).toEqual([false]);
        expect(await pending).toEqual({ kind: 'disconnected' });
        expect(await ask('open')).toEqual({ kind: 'disconnected' });
        stop();
      });
    }
  });
}
