import { expect, it } from 'vitest';
import { InputTimeline } from './input-timeline.ts';

const TICK_MS = 50;
const aimAt = (tick: number) => ({ arrivalTick: tick, jitterMs: 0, serverTick: tick - 1 });

it('runs ahead of the arrival by a margin and follows it smoothly', () => {
  const timeline = new InputTimeline(20);
  expect(timeline.advance(0, aimAt(100))).toBe(false);
  expect(timeline.tick).toBeGreaterThan(100);
  let last = timeline.tick;
  for (let nowMs = 16; nowMs < 5_000; nowMs += 16) {
    // The estimate wobbles by a third of a tick.
    const wobble = nowMs % 96 === 0 ? 0.33 : 0;
    expect(timeline.advance(nowMs, aimAt(100 + nowMs / TICK_MS + wobble))).toBe(true);
    const moved = timeline.tick - last;
    expect(moved).toBeGreaterThan(0.9 * (16 / TICK_MS));
    expect(moved).toBeLessThan(1.1 * (16 / TICK_MS));
    last = timeline.tick;
  }
  expect(timeline.tick).toBeCloseTo(100 + 4_992 / TICK_MS, 0);
});

it('jumps when it is far off', () => {
  const timeline = new InputTimeline(20);
  timeline.advance(0, aimAt(100));
  expect(timeline.advance(16, aimAt(180))).toBe(false);
  expect(timeline.tick).toBeGreaterThan(180);
});

it('never asks for a tick that the server would not wait for', () => {
  const timeline = new InputTimeline(20);
  for (let count = 0; count < 50; count++) timeline.late();
  timeline.advance(0, { arrivalTick: 140, jitterMs: 400, serverTick: 100 });
  expect(timeline.tick).toBeLessThanOrEqual(109);
});

it('widens its margin when inputs come late, and narrows it again', () => {
  const timeline = new InputTimeline(20);
  timeline.advance(0, aimAt(100));
  timeline.late();
  timeline.late();
  expect(timeline.extraTicks).toBe(1);
  for (let nowMs = 16; nowMs < 40_000; nowMs += 16) timeline.advance(nowMs, aimAt(100 + nowMs / TICK_MS));
  expect(timeline.extraTicks).toBe(0);
});
