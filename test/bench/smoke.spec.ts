import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { benchmarksOfParts } from '../../scripts/checks/benchmarks.mjs';

/** Every benchmark as `npm run bench` runs it, as small as it goes: whether it works, not how fast anything is. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RESULTS = join(ROOT, '.cache/bench');

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function bench(...words: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['scripts/bench.mjs', ...words], { cwd: ROOT });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

interface Found {
  readonly isSmoke: boolean;
  readonly figures?: readonly { what: string; median: number; low: number; high: number }[];
}

function found(name: string): Found & Record<string, unknown> {
  return JSON.parse(readFileSync(join(RESULTS, `${name}.json`), 'utf8'));
}

beforeAll(() => rmSync(RESULTS, { recursive: true, force: true }));

describe('each benchmark of a part', () => {
  it.each(benchmarksOfParts())('%s works, and writes its figures', async (file) => {
    const { code, output } = await bench(file, '--smoke');
    expect(code, output).toBe(0);
    const { isSmoke, figures = [] } = found(basename(file, '.bench.ts'));
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

describe('the scale benchmark', () => {
  it('measures every section, and fits the costs', async () => {
    const { code, output } = await bench('scale', '--smoke');
    expect(code, output).toBe(0);
    const { isSmoke, crowd, model, idle, spectators, entities, frames, clients } = found('scale');
    expect(isSmoke).toBe(true);
    expect(crowd).toMatchObject([{ setting: { form: 'embedded' } }, { setting: { form: 'cluster' } }]);
    expect(model).toMatchObject({ gateway: { terms: {} }, shard: { terms: {} }, nats: { terms: {} } });
    expect(idle).toMatchObject({ zones: 30, running: 5 });
    expect(spectators).toMatchObject([{ gateways: 1 }, { gateways: 2 }]);
    expect(entities).toMatchObject([{ entities: 60 }]);
    expect(frames).toMatchObject([{ players: 5, gatewayUsPerFrame: expect.any(Number) }]);
    expect(clients).toMatchObject([{ clients: 8 }]);
  });

  it('gives the charts their results, and the charts name what is missing', async () => {
    const { code, output } = await bench('charts', '--smoke');
    expect(code, output).toBe(0);
    expect(output).toContain('scale-zones.svg');
    expect(output).toContain('crowd.json is missing: npm run bench -- --peers <folder> makes it.');
    const picture = readFileSync(join(RESULTS, 'charts/scale-entities.svg'), 'utf8');
    expect(picture).toContain('prefers-color-scheme: dark');
  });

  it('gives the capacity formula its costs', async () => {
    const { code, output } = await bench('capacity', '--smoke');
    expect(code, output).toBe(0);
    expect(output).toContain('| gateway pods |');
  });
});

describe('the benchmark of pauses', () => {
  it('moves a zone, kills its shard and restarts its gateways while players watch', async () => {
    const { code, output } = await bench('pauses', '--smoke');
    expect(code, output).toBe(0);
    const { isSmoke, rows } = found('pauses');
    expect(isSmoke).toBe(true);
    expect(rows).toMatchObject([
      { what: 'nothing happens', events: 2, players: 16 },
      { what: 'zone moved', events: 2, players: 16 },
      { what: 'shard killed', events: 1, players: 8 },
      { what: 'nothing happens, own client', events: 1, players: 4 },
      { what: 'gateways restarted, own client', events: 1, players: 4 },
    ]);
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
