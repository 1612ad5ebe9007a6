import { expect, it } from 'vitest';
import { VisualOffset } from './visual-offset.ts';

const at = (x: number, y: number) => Float64Array.of(x, y);

it('keeps the drawn place where it was and lets it go within 100 ms', () => {
  const offset = new VisualOffset(2);
  expect(offset.shift(at(10, 5), at(9, 5))).toBeCloseTo(1);
  expect(9 + offset.axis(0)).toBeCloseTo(10);
  let last = offset.length;
  for (let ms = 0; ms < 100; ms += 16) {
    offset.decay(16);
    expect(offset.length).toBeLessThan(last);
    last = offset.length;
  }
  expect(offset.length).toBeLessThan(0.12);
});

it('does not draw out a teleport', () => {
  const offset = new VisualOffset(2);
  expect(offset.shift(at(100, 0), at(0, 0))).toBe(100);
  expect(offset.length).toBe(0);
});

it('stays bounded under a correction each frame', () => {
  const offset = new VisualOffset(2);
  for (let frame = 0; frame < 1_000; frame++) {
    offset.shift(at(0.3, 0), at(0, 0));
    offset.decay(50);
    expect(offset.length).toBeLessThan(1);
  }
});
