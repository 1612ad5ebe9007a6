import { describe, expect, it } from 'vitest';
import { compare, faultsOf, tableOf, type TrialRow, wantingOf } from './comparison.ts';

function row(system: string, cpu: number, more: Partial<TrialRow> = {}): TrialRow {
  return {
    tag: 't',
    system,
    n: 200,
    size: 1000,
    cpu,
    usPerClientTick: cpu * 250,
    bytesPerClient: cpu * 10_000,
    framesPerClient: 20,
    latencyP50: 28,
    latencyP99: 55,
    latencySamples: 1000,
    tickP99: 52,
    rssMB: 150,
    entitiesSeen: 15,
    loadCpu: 0.1,
    closed: 0,
    steal: 0,
    saturated: false,
    late: false,
    ...more,
  };
}

describe('a comparison', () => {
  it('takes the median of the runs, and the ratios of medians', () => {
    const rows = [
      row('ours', 0.1),
      row('theirs', 0.2),
      row('ours', 0.3),
      row('theirs', 0.3),
      row('ours', 0.2),
    ];
    const [ours, theirs] = compare(rows, ['theirs']);
    expect(ours).toMatchObject({
      system: 'ours',
      runs: 3,
      figures: { cpu: { median: 0.2, low: 0.1, high: 0.3 } },
    });
    expect(ours?.cpuRatio.theirs).toBeCloseTo(0.8);
    expect(theirs?.cpuRatio).toEqual({});
    expect(theirs?.figures.cpu.median).toBeCloseTo(0.25);
  });

  it('keeps sizes and numbers of players apart', () => {
    const rows = [row('ours', 0.4, { size: 250 }), row('ours', 0.2, { n: 400 }), row('ours', 0.1)];
    expect(compare(rows, []).map(({ sizeM, players }) => [sizeM, players])).toEqual([
      [1000, 200],
      [1000, 400],
      [250, 200],
    ]);
  });

  it('says in the table how often a system did not keep up', () => {
    const rows = [
      row('ours', 0.1, { saturated: true }),
      row('ours', 0.1, { late: true }),
      row('theirs', 0.2),
    ];
    const lines = tableOf(compare(rows, ['theirs']), ['theirs']).split('\n');
    expect(lines[0]).toContain('| CPU / theirs | bytes |');
    expect(lines[2]).toContain('| 0.50 | 0.50 | saturated 1/2, late 1/2 |');
    expect(lines[3]).toContain('| theirs |');
  });

  it('knows of what there are too few calm runs, for the machine was away', () => {
    const series = [{ sizeM: 1000, players: [200, 400] }];
    const away = { steal: 0.3 };
    const rows = [
      ...[row('ours', 0.1), row('ours', 0.1, away), row('ours', 0.1)],
      ...[row('theirs', 0.2), row('theirs', 0.2, away)],
      // The rest of a series that ended because the system did not keep up.
      row('ours', 0.1, { n: 400, saturated: true }),
      row('theirs', 0.1, { n: 400, saturated: true, ...away }),
    ];
    expect(wantingOf(rows, { series, systems: ['ours', 'theirs'], repetitions: 2 }, 0.05)).toEqual([
      { sizeM: 1000, players: 200, systems: ['theirs'] },
      { sizeM: 1000, players: 400, systems: ['theirs'] },
    ]);
    expect(wantingOf(rows, { series, systems: ['ours', 'theirs'], repetitions: 2 }, 1)).toEqual([]);
  });

  it('tells of trials that were none', () => {
    const rows = [row('ours', 0.1, { closed: 2, entitiesSeen: 0 })];
    expect(faultsOf(rows, ['ours', 'theirs'])).toEqual([
      'theirs: there is no result',
      'ours with 200 players: 2 connections ended',
      'ours with 200 players: players see nothing',
    ]);
    expect(faultsOf([row('ours', 0.1)], ['ours'])).toEqual([]);
  });
});
