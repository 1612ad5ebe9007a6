import { subjects } from '@overworld/contracts';
import { FakeBus, FakeClock } from '@overworld/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Observed } from './observation.ts';
import { Views } from './views.ts';

let clock: FakeClock;
let published: number[];
let observed: Observed[];
let encoders: number;
let ages: [tick: number, ageMs: number][];
let views: Views;

/** Messages whose first byte is the tick; a full one has 200 added. */
function make(sizeBytes: number): Views {
  const bus = new FakeBus({ clock });
  bus.subscribe(subjects.zoneOut('a'), ({ payload }) => published.push(payload[0] as number));
  return new Views({
    zone: 'a',
    bus,
    epoch: 1,
    observe: (each) => observed.push(each),
    makeEncoder() {
      encoders += 1;
      let last = -1;
      return {
        collect() {},
        encode({ tick }) {
          const isFirst = last < 0;
          last = tick;
          return new Uint8Array(sizeBytes).fill(isFirst ? tick + 200 : tick, 0, 1);
        },
        stamp: (message, ageMs) => ages.push([message[0] as number, ageMs]),
        sync: () => new Uint8Array(sizeBytes).fill(last + 200, 0, 1),
      };
    },
  });
}

beforeEach(() => {
  clock = new FakeClock();
  published = [];
  observed = [];
  encoders = 0;
  ages = [];
  views = make(10);
});

describe('views', () => {
  it('leave in order, and only when they are released', async () => {
    for (const tick of [1, 2, 3]) views.encode(tick, clock.now());
    await clock.advance(10);
    expect([published, views.isHolding]).toEqual([[], true]);
    views.release(3, clock.now());
    await clock.advance(10);
    expect([published, views.isHolding]).toEqual([[201, 2, 3], false]);
    expect(ages, 'of the newest alone').toEqual([[3, 10]]);
    expect(observed).toEqual([{ kind: 'released', tick: 3, messages: 3, sizeBytes: 30 }]);
  });

  it('start anew after a reset', async () => {
    views.encode(1, clock.now());
    views.reset();
    views.encode(2, clock.now());
    views.release(2, clock.now());
    await clock.advance(10);
    expect([published, encoders]).toEqual([[201, 202], 2]);
  });

  it('that would take too much room become one full message', async () => {
    views = make(1_500_000);
    for (const tick of [1, 2, 3, 4]) views.encode(tick, clock.now());
    views.release(4, clock.now());
    await clock.advance(10);
    expect(published).toEqual([203, 4]);
    expect(observed[0]).toEqual({ kind: 'views-coalesced', tick: 3, messages: 3 });
  });

  it('answer who asks for everything, at most sixty-four at once', () => {
    const answers: number[] = [];
    for (let number = 0; number < 70; number += 1) {
      const reply = (): void => void answers.push(number);
      views.requestSync({ subject: '', payload: new Uint8Array(0), reply });
    }
    views.release(0, clock.now());
    expect(answers).toEqual([]);
    views.encode(1, clock.now());
    views.release(1, clock.now());
    expect(answers).toHaveLength(64);
    expect(answers[0]).toBe(6);
    expect(views.isAsked).toBe(false);
  });
});
