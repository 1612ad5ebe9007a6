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
  it('lets nothing wait while little is known', () => {
    const phase = new TickPhase(TICK_MS);
    for (let tick = 1; tick <= 4; tick++) {
      for (let atMs = 0; atMs < TICK_MS; atMs++) expect(phase.slackMs(atMs)).toBe(0);
      phase.heard(tick, tick * TICK_MS);
    }
    expect(phase.slackMs(250)).toBe(44);
    phase.forget();
    expect(phase.slackMs(250)).toBe(0);
  });

  it('lets an input wait until a while before the tick', () => {
    const phase = heardWith([3, 3, 3, 3]);
    const nextMs = 104 * TICK_MS + 3;
    expect(phase.slackMs(nextMs - 40)).toBeCloseTo(34);
    expect(phase.slackMs(nextMs - 6)).toBe(0);
    expect(phase.slackMs(nextMs - 1)).toBe(0);
    expect(phase.slackMs(nextMs)).toBeCloseTo(44);
  });

  it('does not go by the first news of an owner', () => {
    const phase = heardWith([-20, -9, 0, 3, 3, 3]);
    expect(phase.slackMs(110 * TICK_MS + 3)).toBeCloseTo(44);
  });

  it('goes by the earliest of the messages, and lets the less wait the farther most of them lie apart', () => {
    const phase = heardWith([0, 0, 0, ...Array(12).fill(3), 9, 9, 9, 13]);
    expect(phase.slackMs(120 * TICK_MS + 3)).toBeCloseTo(38);
    expect(phase.slackMs(120 * TICK_MS + 42)).toBe(0);
  });

  it('pays no heed to the few that were late', () => {
    const phase = heardWith([0, 0, 0, ...Array(13).fill(3), 20, 30, 40]);
    expect(phase.slackMs(120 * TICK_MS + 3)).toBeCloseTo(44);
  });

  it('lets nothing wait for a zone whose news may come at any time', () => {
    const phase = heardWith([0, 0, 0, 3, 30, 4, 48, 48, 47, 48, 49]);
    for (let atMs = 0; atMs < TICK_MS; atMs++) expect(phase.slackMs(110 * TICK_MS + atMs)).toBe(0);
  });

  it('follows a zone that lost time, and one that caught up', () => {
    const late = heardWith([...Array(32).fill(2), ...Array(16).fill(22)]);
    expect(late.slackMs(200 * TICK_MS + 22)).toBeCloseTo(44);
    const early = heardWith([...Array(32).fill(22), 2]);
    for (let tick = 200; tick < 216; tick++) early.heard(tick, tick * TICK_MS + 2);
    expect(early.slackMs(300 * TICK_MS + 2)).toBeCloseTo(44);
  });

  it('holds for ticks shorter than its lead', () => {
    const phase = new TickPhase(5);
    for (let tick = 1; tick < 9; tick++) phase.heard(tick, tick * 5);
    for (let atMs = 45; atMs < 60; atMs++) expect(phase.slackMs(atMs)).toBe(0);
  });
});
