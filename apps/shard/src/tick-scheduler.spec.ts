import { SystemClock } from '@overworld/cluster';
import { afterEach, describe, expect, it } from 'vitest';
import { type Ticking, TickScheduler } from './tick-scheduler.ts';

const clock = new SystemClock();
const schedulers: TickScheduler[] = [];

function newScheduler(failed: (item: Ticking, error: unknown) => void = () => {}): TickScheduler {
  const scheduler = new TickScheduler(clock, failed);
  schedulers.push(scheduler);
  return scheduler;
}

/** Ticks at a fixed rate from its own origin, as a zone does. */
class Metronome implements Ticking {
  readonly #originMs: number;
  readonly #everyMs: number;
  ticks = 0;
  worstLatenessMs = 0;

  constructor(everyMs: number, phase = 0) {
    this.#originMs = clock.now() + phase * everyMs;
    this.#everyMs = everyMs;
  }

  get nextDueMs(): number {
    return this.#originMs + this.ticks * this.#everyMs;
  }

  advance(nowMs: number): void {
    while (this.nextDueMs <= nowMs) {
      this.worstLatenessMs = Math.max(this.worstLatenessMs, nowMs - this.nextDueMs);
      this.ticks += 1;
    }
  }
}

afterEach(() => {
  for (const scheduler of schedulers.splice(0)) scheduler.stop();
});

describe('tick scheduler', () => {
  it('[TS1] keeps many rates without drift', async () => {
    const scheduler = newScheduler();
    const startMs = clock.now();
    const items = [7, 16, 33, 50].map((everyMs, index) => new Metronome(everyMs, index / 4));
    for (const item of items) scheduler.add(item);
    await expect
      .poll(() => (items[3] as Metronome).ticks, { timeout: 8000, interval: 5 })
      .toBeGreaterThan(10);
    const passedMs = clock.now() - startMs;
    for (const [index, everyMs] of [7, 16, 33, 50].entries()) {
      const { ticks } = items[index] as Metronome;
      expect(ticks).toBeGreaterThan(passedMs / everyMs - 4);
      expect(ticks).toBeLessThanOrEqual(passedMs / everyMs + 1);
    }
  });

  it('[TS8] looks again when it is told that an item is due earlier', async () => {
    const scheduler = newScheduler();
    const item = { nextDueMs: Number.POSITIVE_INFINITY, ticks: 0, advance: () => {} };
    item.advance = () => {
      item.ticks += 1;
      item.nextDueMs = Number.POSITIVE_INFINITY;
    };
    scheduler.again(item);
    scheduler.add(item);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([scheduler.size, item.ticks]).toEqual([1, 0]);
    const startMs = clock.now();
    item.nextDueMs = startMs;
    scheduler.again(item);
    await expect.poll(() => item.ticks, { timeout: 8000, interval: 1 }).toBe(1);
    expect(scheduler.size).toBe(1);
  });

  it('[TS2] never advances early', async () => {
    const scheduler = newScheduler();
    let early = 0;
    let next = clock.now() + 10;
    const item: Ticking = {
      get nextDueMs() {
        return next;
      },
      advance(nowMs) {
        if (nowMs < next) early += 1;
        next += 10;
      },
    };
    scheduler.add(item);
    const first = next;
    await expect.poll(() => next, { timeout: 8000 }).toBeGreaterThan(first + 100);
    expect(early).toBe(0);
  });

  it('[TS3] goes on with the others when one throws, and says which', async () => {
    const failed: Ticking[] = [];
    const scheduler = newScheduler((item) => failed.push(item));
    const broken: Ticking = {
      nextDueMs: clock.now(),
      advance() {
        throw new Error('broken');
      },
    };
    const whole = new Metronome(5);
    scheduler.add(broken);
    scheduler.add(whole);
    await expect.poll(() => whole.ticks, { timeout: 8000 }).toBeGreaterThan(5);
    expect(failed).toEqual([broken]);
    expect(scheduler.size).toBe(1);
  });

  it('[TS4] leaves the event loop its turns when one stays due', async () => {
    const scheduler = newScheduler();
    let calls = 0;
    scheduler.add({
      nextDueMs: 0,
      advance() {
        calls += 1;
      },
    });
    const startMs = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const passedMs = clock.now() - startMs;
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThan(passedMs / 5 + 2);
  });

  it('[TS5] goes on with one that was added again after it was removed, and leaves the removed alone', async () => {
    const scheduler = newScheduler();
    const [kept, gone] = [new Metronome(5), new Metronome(5)];
    for (const item of [kept, gone]) {
      scheduler.add(item);
      scheduler.remove(item);
    }
    scheduler.add(kept);
    await expect.poll(() => kept.ticks, { timeout: 8000 }).toBeGreaterThan(5);
    expect(gone.ticks).toBe(0);
    expect(scheduler.size).toBe(1);
  });

  it('[TS6] finds one that is due earlier than it said', async () => {
    const scheduler = newScheduler();
    let isDue = false;
    let calls = 0;
    scheduler.add({
      get nextDueMs() {
        return isDue && calls === 0 ? 0 : Number.POSITIVE_INFINITY;
      },
      advance() {
        calls += 1;
      },
    });
    isDue = true;
    await expect.poll(() => calls, { timeout: 8000 }).toBe(1);
  });

  it('[TS7] looks at no more zones than are due', async () => {
    const scheduler = newScheduler();
    let looks = 0;
    for (let index = 0; index < 1000; index++) {
      scheduler.add({
        get nextDueMs() {
          looks += 1;
          return Number.POSITIVE_INFINITY;
        },
        advance() {},
      });
    }
    const busy = new Metronome(1);
    scheduler.add(busy);
    looks = 0;
    await expect.poll(() => busy.ticks, { timeout: 8000 }).toBeGreaterThan(50);
    // Each is looked at again after a while, not at each of the ticks of another.
    expect(looks).toBeLessThan(1000 * busy.ticks);
  });

  it('[TS9] has what is on its way to an item come in before it is advanced, when there is anything', async () => {
    const calls: string[] = [];
    let isAny = true;
    const collect = (): boolean => {
      calls.push('collect');
      if (isAny) setImmediate(() => calls.push('comes in'));
      return isAny;
    };
    const scheduler = new TickScheduler(
      clock,
      () => {},
      () => {},
      collect,
    );
    schedulers.push(scheduler);
    const dates = [clock.now(), clock.now() + 20];
    scheduler.add({
      get nextDueMs() {
        return dates[0] ?? Number.POSITIVE_INFINITY;
      },
      advance() {
        calls.push('advance');
        dates.shift();
        isAny = false;
      },
    });
    await expect.poll(() => dates.length, { timeout: 8000 }).toBe(0);
    expect(calls).toEqual(['collect', 'comes in', 'advance', 'collect', 'advance']);
  });

  it('[TS10] advances nothing that is removed, and all that is left, when something comes in meanwhile', async () => {
    const advanced: string[] = [];
    const items = ['a', 'b', 'c'].map((name) => ({
      nextDueMs: 0,
      advance() {
        advanced.push(name);
        this.nextDueMs = Number.POSITIVE_INFINITY;
      },
    }));
    const scheduler = new TickScheduler(
      clock,
      () => {},
      () => {},
      (item) => {
        if (item === items[1]) setImmediate(() => scheduler.remove(item));
        return true;
      },
    );
    schedulers.push(scheduler);
    for (const item of items) scheduler.add(item);
    await expect.poll(() => advanced, { timeout: 8000 }).toEqual(['a', 'c']);
    expect(scheduler.size).toBe(2);
  });
});
