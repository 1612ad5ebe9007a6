import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchmarksOfParts } from '../../scripts/checks/benchmarks.mjs';
import { bench, forget, found } from './bench.ts';

describe('each benchmark of a part', () => {
  it.each(benchmarksOfParts())('%s works, and writes its figures', async (file) => {
    const name = basename(file, '.bench.ts');
    forget(`${name}.json`);
    const { code, output } = await bench(file, '--smoke');
    expect(code, output).toBe(0);
    const { isSmoke, figures = [] } = found(name);
    expect(isSmoke).toBe(true);
    expect(figures.length).toBeGreaterThan(0);
    for (const { what, median, low, high } of figures) {
      expect(Number.isFinite(median), what).toBe(true);
      expect(low <= median && median <= high, what).toBe(true);
    }
  });

  it('are those of encode, mirror, views, frames, visibility, mailbox, snapshot, hash and journal', () => {
    const names = benchmarksOfParts().map((file) => basename(file, '.bench.ts'));
    const whats = ['replication', 'mailbox', 'state', 'journal'].flatMap((name) => {
      expect(names).toContain(name);
      return found(name).figures?.map(({ what }) => what) ?? [];
    });
    const measured = [
      'encode',
      'mirror apply',
      'view build',
      'frame assembly',
      'visibility tests',
      'everything, shared',
      'batch of 500',
      'snapshot',
      'hash',
      'append p99',
    ];
    for (const part of measured)
      expect(
        whats.some((what) => what.startsWith(part)),
        part,
      ).toBe(true);
  });
});

describe('npm run bench', () => {
  it.each([
    ['--help'],
    ['scale', '--help'],
    ['pauses', '--help'],
    ['charts', '--help'],
    ['capacity', '--help'],
    ['--peers', '--help'],
  ])('%s %s tells how it is used', async (...words) => {
    const { code, output } = await bench(...words.filter((word) => word !== undefined));
    expect(code).toBe(0);
    expect(output).toContain('Usage: npm run bench -- ');
  });

  it('refuses what it does not know', async () => {
    expect(await bench('--fast')).toMatchObject({ code: 2 });
    expect(await bench('scale', '--only', 'everything')).toMatchObject({ code: 1 });
    expect(await bench('no-such-part')).toMatchObject({ code: 1 });
  });
});
