import { describe, expect, it } from 'vitest';
import { ServerClock } from './server-clock.ts';

const TICK_MS = 50;

/** Feeds frames of a server whose tick 0 was at time 0, each `delayOf` late. */
function feed(
  clock: ServerClock,
  fromTick: number,
  ticks: number,
  delayOf: (tick: number) => number,
): number {
  let nowMs = 0;
  for (let tick = fromTick; tick < fromTick + ticks; tick++) {
    nowMs = tick * TICK_MS + delayOf(tick);
    clock.frame(tick, nowMs);
  }
  return nowMs;
}

describe('the server clock', () => {
  it('finds the tick by the frames that travelled fastest', () => {
    const clock = new ServerClock(20);
    clock.restart(20, 0, 40);
    const nowMs = feed(clock, 1, 60, (tick) => 40 + (tick % 7) * 12);
    expect(clock.arrivedTick(nowMs)).toBeCloseTo((nowMs - 40) / TICK_MS, 6);
  });

  it('adds half the round trip for the tick that the server is at, and all of it for an arrival', () => {
    const clock = new ServerClock(20);
    clock.restart(20, 100, 5_040);
    for (let ping = 0; ping < 20; ping++) clock.pong(5_000 + ping, 5_080 + ping, undefined);
    expect(clock.roundTripMs).toBeCloseTo(80);
    expect(clock.jitterMs).toBeLessThan(5);
    expect(clock.serverTick(5_040)).toBeCloseTo(100.8);
    expect(clock.arrivalTick(5_040)).toBeCloseTo(101.6);
  });

  it('does not believe an old tick that a gateway answers with for a quiet zone', () => {
    const clock = new ServerClock(20);
    clock.restart(20, 0, 30);
    for (let second = 1; second <= 30; second++) clock.pong(second * 1000, second * 1000 + 60, 0);
    expect(clock.arrivedTick(30_060)).toBeCloseTo((30_060 - 30) / TICK_MS, 0);
  });

  it('follows a server that stood still for three seconds', () => {
    const clock = new ServerClock(20);
    clock.restart(20, 0, 40);
    feed(clock, 1, 100, () => 40);
    const nowMs = feed(clock, 101, 100, () => 3_040);
    expect(clock.arrivedTick(nowMs)).toBeCloseTo(200, 0);
  });

  it('is not thrown off by one frame that was stuck on the way', () => {
    const clock = new ServerClock(20);
    clock.restart(20, 0, 40);
    const nowMs = feed(clock, 1, 100, (tick) => (tick === 90 ? 900 : 40));
    expect(clock.arrivedTick(nowMs)).toBeCloseTo((nowMs - 40) / TICK_MS, 6);
  });

  it('forgets a path that was fast long ago', () => {
    const clock = new ServerClock(20);
    clock.restart(20, 0, 10);
    feed(clock, 1, 20, () => 10);
    const nowMs = feed(clock, 21, 300, () => 110);
    expect(clock.arrivedTick(nowMs)).toBeCloseTo((nowMs - 110) / TICK_MS, 6);
  });
});
