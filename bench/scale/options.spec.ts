import { describe, expect, it } from 'vitest';
import { readOptions, SECTIONS, type ScaleOptions } from './options.ts';

function read(...words: string[]): ScaleOptions {
  const options = readOptions(words);
  if (options === 'help') throw new Error('help was not asked for');
  return options;
}

describe('the options of the scale benchmark', () => {
  it('without any has every section, both forms and a hundred thousand sleeping zones', () => {
    const options = read();
    expect(options.sections).toEqual(SECTIONS);
    expect(new Set(options.crowd.map(({ form }) => form))).toEqual(new Set(['embedded', 'cluster']));
    expect(options.idle.zones).toBe(100_000);
    expect(options.spectators.gateways).toEqual([1, 2, 5, 10]);
    expect(options.entities.entities).toContain(1500);
  });

  it('has as many players in all, and as many in each zone, over 1, 2, 4 and 8 zones', () => {
    const crowds = read().crowd.filter(
      ({ form, npcsPerZone, inputTurns }) => form === 'cluster' && npcsPerZone === 100 && inputTurns === 10,
    );
    const zonesOf = (fits: (crowd: (typeof crowds)[number]) => boolean): number[] =>
      crowds.filter(fits).map(({ zones }) => zones);
    expect(zonesOf(({ zones, playersPerZone }) => zones * playersPerZone === 160)).toEqual([1, 2, 4, 8]);
    expect(zonesOf(({ playersPerZone }) => playersPerZone === 40).sort()).toEqual([1, 2, 4, 8]);
  });

  it('takes sections and forms by name', () => {
    expect(read('--only', 'idle,entities').sections).toEqual(['idle', 'entities']);
    expect(read('--forms', 'cluster').crowd.every(({ form }) => form === 'cluster')).toBe(true);
  });

  it('a smoke run has everything, small', () => {
    const options = read('--smoke');
    expect(options.sections).toEqual(SECTIONS);
    expect(options.isSmoke).toBe(true);
    expect(options.idle.zones).toBeLessThan(100);
  });

  it.each([
    [['--only', 'idle,rest'], '--only names "rest"'],
    [['--reps', '0'], '--reps is "0"'],
    [['--sleeping', 'many'], '--sleeping is "many"'],
    [['--sleeping', '100', '--running', '200'], '--running is 200'],
  ])('refuses %s with a sentence', (words, sentence) => {
    expect(() => readOptions(words)).toThrow(sentence);
  });
});
