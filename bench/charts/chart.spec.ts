import { describe, expect, it } from 'vitest';
import { spreadOf } from '../spread.ts';
import { ticksUpTo } from './axis.ts';
import { type Chart, draw } from './chart.ts';

const CHART: Chart = {
  title: 'A & B',
  kind: 'bars',
  xTitle: 'players',
  yTitle: 'cores',
  places: ['10', '20'],
  series: [
    { name: 'first', values: [spreadOf([1, 2, 4]), spreadOf([3])] },
    { name: 'second', values: [undefined, spreadOf([2, 3])] },
  ],
};

function count(picture: string, part: string): number {
  return picture.split(part).length - 1;
}

describe('the ticks of an axis', () => {
  it.each([
    [10, [0, 2, 4, 6, 8, 10]],
    [0.31, [0, 0.1, 0.2, 0.3, 0.4]],
    [1190, [0, 250, 500, 750, 1000, 1250]],
  ])('up to %s are round', (highest, ticks) => {
    expect(ticksUpTo(highest)).toEqual(ticks);
  });

  it('reach above everything, whatever it is', () => {
    for (const highest of [0.0003, 0.7, 1, 49, 50, 51, 999, 123_456]) {
      expect(ticksUpTo(highest).at(-1)).toBeGreaterThanOrEqual(highest);
    }
    expect(ticksUpTo(0)).toEqual([0, 1]);
  });
});

describe('a chart', () => {
  it('has the titles of both axes, and follows light and dark', () => {
    const picture = draw(CHART);
    expect(picture).toContain('>players</text>');
    expect(picture).toContain('>cores</text>');
    expect(picture).toContain('prefers-color-scheme: dark');
    expect(picture).toContain('A &amp; B');
  });

  it('has a bar for each value that was measured, and a range where runs differ', () => {
    const picture = draw(CHART);
    // One besides the bars names the series.
    expect(count(picture, 'class="fill s0"')).toBe(2 + 1);
    expect(count(picture, 'class="fill s1"')).toBe(1 + 1);
    expect(count(picture, 'class="range"')).toBe(2 * 3);
  });

  it('draws lines through the medians, and what must not be passed', () => {
    const values = [spreadOf([1]), spreadOf([2])];
    const limit = { value: 5, name: 'too much' };
    const picture = draw({ ...CHART, kind: 'lines', at: [1, 4], series: [{ name: 'a', values }], limit });
    expect(picture).toMatch(/polyline class="line t0" points="[\d.]+,[\d.]+ [\d.]+,[\d.]+"/);
    expect(picture).toContain('>too much</text>');
  });

  it('leaves words out rather than letting them touch', () => {
    const places = Array.from({ length: 60 }, (_, index) => `place ${index}`);
    const values = places.map(() => spreadOf([1]));
    const picture = draw({ ...CHART, places, series: [{ name: 'a', values }] });
    expect(count(picture, '>place ')).toBeLessThan(15);
  });
});
