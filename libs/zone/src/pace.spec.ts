import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

function started(maxCatchUpTicks = 4): Pace {
  const pace = new Pace({ tickHz: 20, maxCatchUpTicks });
  pace.start(1_000);
  return pace;
}

describe('the pace of a zone', () => {
  it('does not drift, however late it is called', () => {
    const pace = started();
    let ticks = 0;
    for (let nowMs = 1_000; nowMs <= 11_000; nowMs += 50 + (ticks % 7)) {
      for (let due = pace.due(nowMs); due > 0; due -= 1) {
        pace.executed();
        ticks += 1;
      }
    }
    expect(Math.abs(ticks - 200)).toBeLessThanOrEqual(1);
    expect((pace.nextDueMs - 1_000) % 50).toBe(0);
  });

  it('catches up by a few ticks and gives up the rest', () => {
    const pace = started();
    expect(pace.due(1_000 + 9 * 50)).toBe(4);
    expect(pace.dilate(1_000 + 9 * 50)).toBe(6);
    expect(pace.due(1_000 + 9 * 50)).toBe(4);
    for (let count = 0; count < 4; count += 1) pace.executed();
    expect(pace.nextDueMs).toBe(1_000 + 10 * 50);
  });

  it('ticks at once when it is hastened, and from there on at the same rate', () => {
    const pace = started();
    pace.executed();
    pace.hasten(1_010);
    expect(pace.due(1_010)).toBe(1);
    pace.executed();
    expect(pace.nextDueMs).toBe(1_060);
    pace.hasten(1_070);
    expect(pace.nextDueMs).toBe(1_060);
  });

  it('stands still without owing anything', () => {
    const pace = started();
    expect(pace.skip(1_990)).toBe(20);
    expect(pace.nextDueMs).toBe(2_000);
    expect(pace.due(1_999)).toBe(0);
  });

  it('ticks at once, then on a raster that the phase shifts', () => {
    const pace = new Pace({ tickHz: 20, maxCatchUpTicks: 4 });
    for (const startMs of [1_000, 1_020, 1_024.9]) {
      pace.start(startMs, 0.5);
      expect(pace.due(startMs)).toBe(1);
      pace.executed();
      expect(pace.nextDueMs).toBe(1_025);
      expect(pace.due(startMs)).toBe(0);
    }
  });
});
