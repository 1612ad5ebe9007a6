import { describe, expect, it } from 'vitest';
import { TickPhase } from './tick-phase.ts';

const TICK_MS = 50;

function heardWith(delaysMs: readonly number[], firstTick = 100): TickPhase {
  const phase = new TickPhase(TICK_MS);
  delaysMs.forEach((delayMs, index) => {
    const tick = firstTick + index;
    phase.heard(tick, tick * TICK_MS + delayMs);
  });
  return phase;
}

describe('the phase of a zone', () => {
  it('lets nothing wait while nothing is known', () => {
    const phase = new TickPhase(TICK_MS);
    expect(phase.slackMs(0)).toBe(0);
    phase.heard(3, 1_000);
    expect(phase.slackMs(1_001)).toBeGreaterThan(0);
    phase.forget();
    expect(phase.slackMs(1_001)).toBe(0);
  });

  it('lets an input wait until shortly before the next news', () => {
    const phase = heardWith([3, 3, 3]);
    const nextNewsMs = 103 * TICK_MS + 3;
    expect(phase.slackMs(nextNewsMs - 40)).toBeCloseTo(30);
    expect(phase.slackMs(nextNewsMs - 10)).toBe(0);
    expect(phase.slackMs(nextNewsMs - 1)).toBe(0);
    expect(phase.slackMs(nextNewsMs)).toBeCloseTo(40);
  });

  it('goes by the earliest of the messages, not by one that was held up', () => {
    const phase = heardWith([3, 5, 4, 8, 3]);
    expect(phase.slackMs(110 * TICK_MS + 3)).toBeCloseTo(35);
    expect(phase.slackMs(111 * TICK_MS)).toBe(0);
  });

  it('lets nothing wait for a zone whose news may come at any time', () => {
    const phase = heardWith([3, 30, 4, 25, 48]);
    for (let atMs = 0; atMs < TICK_MS; atMs++) expect(phase.slackMs(110 * TICK_MS + atMs)).toBe(0);
  });

  it('follows a zone that lost time, and one that caught up, and lets little wait meanwhile', () => {
    const late = heardWith([...Array(32).fill(2), ...Array(32).fill(22)]);
    expect(late.slackMs(200 * TICK_MS + 22)).toBeCloseTo(40);
    const early = heardWith([...Array(32).fill(22), 2]);
    expect(early.slackMs(200 * TICK_MS + 2)).toBeCloseTo(20);
    for (let tick = 200; tick < 264; tick++) early.heard(tick, tick * TICK_MS + 2);
    expect(early.slackMs(300 * TICK_MS + 2)).toBeCloseTo(40);
  });

  it('holds for ticks shorter than its lead', () => {
    const phase = new TickPhase(10);
    phase.heard(1, 10);
    for (let atMs = 10; atMs < 30; atMs++) expect(phase.slackMs(atMs)).toBe(0);
  });
});
