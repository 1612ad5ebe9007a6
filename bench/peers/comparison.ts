import { type Spread, spreadOf } from '../spread.ts';
import type { BenchOptions } from './options.ts';

/** One trial as the peers' programs write it, as far as it is used here. */
export interface TrialRow {
  readonly tag: string;
  readonly system: string;
  readonly n: number;
  readonly size: number;
  /** Share of a core, of all processes of the system. */
  readonly cpu: number;
  readonly usPerClientTick: number;
  readonly bytesPerClient: number;
  readonly framesPerClient: number;
  readonly latencyP50: number;
  readonly latencyP99: number;
  readonly latencySamples: number;
  readonly tickP99: number;
  readonly rssMB: number;
  readonly entitiesSeen: number;
  readonly loadCpu: number;
  /** Connections that had ended. */
  readonly closed: number;
  /** The share of the server's core that the hypervisor kept to itself. */
  readonly steal: number;
  readonly saturated: boolean;
  readonly late: boolean;
}

const FIGURES = [
  'cpu',
  'usPerClientTick',
  'bytesPerClient',
  'framesPerClient',
  'latencyP50',
  'latencyP99',
  'tickP99',
  'rssMB',
  'entitiesSeen',
  'loadCpu',
] as const;
type Figure = (typeof FIGURES)[number];

export interface Result {
  readonly system: string;
  readonly players: number;
  readonly sizeM: number;
  readonly runs: number;
  readonly saturatedRuns: number;
  readonly lateRuns: number;
  readonly figures: { readonly [figure in Figure]: Spread };
  /** By baseline, of the medians: below 1, it took less than the baseline. */
  readonly cpuRatio: { readonly [baseline: string]: number };
  readonly bytesRatio: { readonly [baseline: string]: number };
}

function rowsOf(
  rows: readonly TrialRow[],
  system: string,
  { n, size }: Pick<TrialRow, 'n' | 'size'>,
): TrialRow[] {
  return rows.filter((row) => row.system === system && row.n === n && row.size === size);
}

function resultOf(all: readonly TrialRow[], first: TrialRow, baselines: readonly string[]): Result {
  const rows = rowsOf(all, first.system, first);
  const against = baselines
    .map((baseline) => [baseline, rowsOf(all, baseline, first)] as const)
    .filter(([baseline, theirs]) => theirs.length > 0 && baseline !== first.system);
  const medianOf = (of: readonly TrialRow[], figure: Figure): number =>
    spreadOf(of.map((row) => row[figure])).median;
  const ratios = (figure: Figure): Record<string, number> =>
    Object.fromEntries(
      against.map(([baseline, theirs]) => [baseline, medianOf(rows, figure) / medianOf(theirs, figure)]),
    );
  const spreads = FIGURES.map((figure) => [figure, spreadOf(rows.map((row) => row[figure]))]);
  return {
    system: first.system,
    players: first.n,
    sizeM: first.size,
    runs: rows.length,
    saturatedRuns: rows.filter(({ saturated }) => saturated).length,
    lateRuns: rows.filter(({ late }) => late).length,
    figures: Object.fromEntries(spreads) as Result['figures'],
    cpuRatio: ratios('cpu'),
    bytesRatio: ratios('bytesPerClient'),
  };
}

/** One result for each system at each size, in the order in which they were measured. */
export function compare(rows: readonly TrialRow[], baselines: readonly string[]): Result[] {
  const firsts = rows.filter((row) => rowsOf(rows, row.system, row)[0] === row);
  return firsts
    .sort((left, right) => right.size - left.size || left.n - right.n)
    .map((first) => resultOf(rows, first, baselines));
}

interface Wanting {
  readonly sizeM: number;
  readonly players: number;
  readonly systems: readonly string[];
}

/** Of what there are fewer calm rows than repetitions, and some that were disturbed. */
export function wantingOf(
  rows: readonly TrialRow[],
  { series, systems, repetitions }: Pick<BenchOptions, 'series' | 'systems' | 'repetitions'>,
  calm: number,
): Wanting[] {
  const isWanting = (system: string, sizeM: number, players: number): boolean => {
    const own = rowsOf(rows, system, { n: players, size: sizeM });
    const calmCount = own.filter(({ steal }) => steal <= calm).length;
    return calmCount < repetitions && calmCount < own.length;
  };
  const sizes = series.flatMap(({ sizeM, players }) => players.map((count) => ({ sizeM, players: count })));
  return sizes
    .map(({ sizeM, players }) => {
      const wanting = systems.filter((system) => isWanting(system, sizeM, players));
      return { sizeM, players, systems: wanting };
    })
    .filter((wanting) => wanting.systems.length > 0);
}

const HEADINGS = [
  'system',
  'size m',
  'N',
  'runs',
  'CPU (range)',
  'us/client/tick',
  'kB/s/client',
  'echo p50',
  'p99 ms (range)',
  'tick p99',
  'RSS MB',
  'seen',
  'load CPU',
];

/** A Markdown table; ratios to each baseline are of CPU and of bytes. */
export function tableOf(results: readonly Result[], baselines: readonly string[]): string {
  const headings = [...HEADINGS, ...baselines.flatMap((name) => [`CPU / ${name}`, 'bytes']), ''];
  const rows = results.map((result) => cellsOf(result, baselines));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

function cellsOf(result: Result, baselines: readonly string[]): string[] {
  const { figures, runs, saturatedRuns, lateRuns } = result;
  const range = ({ median, low, high }: Spread, digits: number): string =>
    `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
  const ratio = (value: number | undefined): string => value?.toFixed(2) ?? '';
  return [
    result.system,
    String(result.sizeM),
    String(result.players),
    String(runs),
    range(figures.cpu, 3),
    figures.usPerClientTick.median.toFixed(1),
    (figures.bytesPerClient.median / 1000).toFixed(2),
    figures.latencyP50.median.toFixed(0),
    range(figures.latencyP99, 0),
    figures.tickP99.median.toFixed(0),
    figures.rssMB.median.toFixed(0),
    figures.entitiesSeen.median.toFixed(0),
    figures.loadCpu.median.toFixed(2),
    ...baselines.flatMap((name) => [ratio(result.cpuRatio[name]), ratio(result.bytesRatio[name])]),
    [
      saturatedRuns > 0 ? `saturated ${saturatedRuns}/${runs}` : '',
      lateRuns > 0 ? `late ${lateRuns}/${runs}` : '',
    ]
      .filter((word) => word !== '')
      .join(', '),
  ];
}

/** What shows that a trial was none, whatever its figures are. */
export function faultsOf(rows: readonly TrialRow[], systems: readonly string[]): string[] {
  const missing = systems
    .filter((name) => !rows.some(({ system }) => system === name))
    .map((name) => `${name}: there is no result`);
  const broken = rows.flatMap((row) => {
    const where = `${row.system} with ${row.n} players`;
    return [
      row.closed > 0 ? `${where}: ${row.closed} connections ended` : '',
      row.framesPerClient < 1 ? `${where}: less than one frame a second` : '',
      row.latencySamples < 1 ? `${where}: no input was acknowledged` : '',
      row.entitiesSeen < 1 ? `${where}: players see nothing` : '',
    ].filter((fault) => fault !== '');
  });
  return [...missing, ...broken];
}
