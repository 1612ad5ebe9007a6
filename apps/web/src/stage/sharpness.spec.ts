import { expect, it } from 'vitest';
import { Sharpness } from './sharpness.ts';

/** Draws for a while at a rate; the ratios that it came to. */
function draw(sharpness: Sharpness, fromMs: number, ms: number, fps: number): number {
  for (let nowMs = fromMs; nowMs < fromMs + ms; nowMs += 1000 / fps) sharpness.drawn(nowMs);
  return sharpness.ratio;
}

it('keeps full sharpness on a machine that keeps up', () => {
  expect(draw(new Sharpness(2), 0, 20_000, 60)).toBe(2);
});

it('draws fewer pixels on one that does not, down to a quarter of the area', () => {
  const sharpness = new Sharpness(1);
  expect(draw(sharpness, 0, 4_000, 20)).toBeLessThan(1);
  expect(draw(sharpness, 4_000, 60_000, 20)).toBe(0.5);
});

it('comes back when it keeps up again, but does not go up and down all the time', () => {
  const sharpness = new Sharpness(1);
  draw(sharpness, 0, 4_000, 20);
  expect(draw(sharpness, 4_000, 60_000, 60)).toBe(1);
  // Fast at few pixels, slow at many: every return costs patience.
  let [ratio, changes] = [sharpness.ratio, 0];
  for (let nowMs = 64_000; nowMs < 664_000; ) {
    const fps: number = sharpness.ratio > 0.9 ? 25 : 60;
    nowMs += 1000 / fps;
    sharpness.drawn(nowMs);
    if (sharpness.ratio !== ratio) changes += 1;
    ratio = sharpness.ratio;
  }
  expect(changes).toBeLessThan(20);
});

it('does not judge the machine by the time in the background', () => {
  const sharpness = new Sharpness(1);
  sharpness.drawn(0);
  expect(sharpness.drawn(600_000)).toBe(false);
  expect(sharpness.ratio).toBe(1);
});
