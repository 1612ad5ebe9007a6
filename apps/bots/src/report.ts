import type { Counts } from './crew.ts';
import type { Latencies } from './latencies.ts';
import type { BotsOptions, Thresholds } from './options.ts';
import { growth, percentile, type Reading } from './server-metrics.ts';

/** What the server says of itself over the run; absent when it shows no metrics. */
export interface ServerReport {
  readonly ticks: number;
  readonly tickP50Ms: number;
  readonly tickP99Ms: number;
  /** How late ticks started: the interval between two of them is off by no more than this. */
  readonly latenessP50Ms: number;
  readonly latenessP99Ms: number;
  readonly overruns: number;
  readonly dilationSeconds: number;
}

export interface BotsReport {
  readonly url: string;
  readonly world: string;
  readonly players: number;
  readonly joined: number;
  readonly joinSeconds: number;
  readonly seconds: number;
  readonly inputs: {
    readonly sent: number;
    readonly acknowledged: number;
    readonly refused: number;
    readonly lost: number;
  };
  /** From giving an input to hearing that it was executed. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly perPlayer: {
    readonly bytesInPerSecond: number;
    readonly bytesOutPerSecond: number;
    readonly framesPerSecond: number;
  };
  readonly coins: number;
  readonly crossings: number;
  readonly badFrames: number;
  readonly reconnects: number;
  readonly closed: number;
  readonly server: ServerReport | undefined;
  readonly failures: readonly string[];
  readonly passed: boolean;
}

export interface Measured {
  readonly counts: Counts;
  /** The counts when play began: traffic is measured from there. */
  readonly atStart: Counts;
  readonly latencies: Latencies;
  readonly joinSeconds: number;
  readonly seconds: number;
  readonly joinFailures: ReadonlyMap<string, number>;
  readonly before: Reading | undefined;
  readonly after: Reading | undefined;
}

function serverReport({ before, after }: Measured): ServerReport | undefined {
  if (before === undefined || after === undefined) return undefined;
  const ms = (name: string, share: number): number => (percentile(before, after, name, share) ?? 0) * 1000;
  return {
    ticks: growth(before, after, 'overworld_tick_duration_seconds_count'),
    tickP50Ms: ms('overworld_tick_duration_seconds', 0.5),
    tickP99Ms: ms('overworld_tick_duration_seconds', 0.99),
    latenessP50Ms: ms('overworld_tick_lateness_seconds', 0.5),
    latenessP99Ms: ms('overworld_tick_lateness_seconds', 0.99),
    overruns: growth(before, after, 'overworld_tick_overruns_total'),
    dilationSeconds: growth(before, after, 'overworld_tick_dilation_seconds_total'),
  };
}

function failuresOf(
  report: Omit<BotsReport, 'failures' | 'passed'>,
  measured: Measured,
  limits: Thresholds,
): string[] {
  const failures: string[] = [];
  const check = (holds: boolean, sentence: string): void => {
    if (!holds) failures.push(sentence);
  };
  const { inputs, latencyMs, server, perPlayer } = report;
  check(report.joined === report.players, `${report.players - report.joined} bots could not join`);
  for (const [reason, count] of measured.joinFailures) failures.push(`${count} × ${reason}`);
  check(inputs.sent > 0, 'no input was given: the world has none that bots know');
  check(inputs.lost === 0, `${inputs.lost} inputs were lost`);
  check(inputs.refused === 0, `${inputs.refused} inputs were refused`);
  check(report.closed === 0, `${report.closed} bots were closed for good`);
  check(report.reconnects === 0, `connections broke ${report.reconnects} times`);
  check(report.badFrames === 0, `${report.badFrames} frames could not be read`);
  check(latencyMs.p95 <= limits.p95Ms, `latency p95 is ${latencyMs.p95} ms, the limit is ${limits.p95Ms} ms`);
  check(latencyMs.p99 <= limits.p99Ms, `latency p99 is ${latencyMs.p99} ms, the limit is ${limits.p99Ms} ms`);
  const rate = perPlayer.bytesInPerSecond / 1000;
  const most = limits.kilobytesPerSecond;
  check(rate <= most, `a player receives ${rate.toFixed(1)} kB/s, the limit is ${most} kB/s`);
  const lateMs = server?.latenessP99Ms ?? 0;
  const mostLateMs = limits.latenessP99Ms;
  check(lateMs <= mostLateMs, `ticks start ${lateMs} ms late at p99, the limit is ${mostLateMs} ms`);
  const overruns = server === undefined || server.ticks === 0 ? 0 : server.overruns / server.ticks;
  check(
    overruns <= limits.overruns,
    `${(overruns * 100).toFixed(1)} % of the ticks took longer than their budget`,
  );
  return failures;
}

/** The whole account of a run. */
export function reportOf(options: BotsOptions, measured: Measured): BotsReport {
  const { counts, atStart, latencies, seconds, joinSeconds } = measured;
  const perPlayer = (total: number): number => total / Math.max(1, counts.joined) / Math.max(seconds, 0.001);
  const lost = counts.inputs - counts.acknowledged - counts.refused;
  const report = {
    url: options.url,
    world: options.lobby ?? options.world,
    players: counts.players,
    joined: counts.joined,
    joinSeconds,
    seconds,
    inputs: { sent: counts.inputs, acknowledged: counts.acknowledged, refused: counts.refused, lost },
    latencyMs: {
      p50: latencies.percentile(0.5),
      p95: latencies.percentile(0.95),
      p99: latencies.percentile(0.99),
    },
    perPlayer: {
      bytesInPerSecond: perPlayer(counts.bytesIn - atStart.bytesIn),
      bytesOutPerSecond: perPlayer(counts.bytesOut - atStart.bytesOut),
      framesPerSecond: perPlayer(counts.frames - atStart.frames),
    },
    coins: counts.coins,
    crossings: counts.crossings,
    badFrames: counts.badFrames,
    reconnects: counts.reconnects,
    closed: counts.closed,
    server: serverReport(measured),
  };
  const failures = failuresOf(report, measured, options.thresholds);
  return { ...report, failures, passed: failures.length === 0 };
}

function rowsOf(report: BotsReport): [label: string, value: string][] {
  const { inputs, latencyMs, perPlayer, server } = report;
  const rows: [string, string][] = [
    ['joined', `${report.joined} of ${report.players} in ${report.joinSeconds.toFixed(1)} s`],
    ['played', `${report.seconds.toFixed(1)} s in ${report.world}`],
    ['inputs sent', String(inputs.sent)],
    ['  acknowledged', String(inputs.acknowledged)],
    ['  refused', String(inputs.refused)],
    ['  lost', String(inputs.lost)],
    ['latency p50', `${latencyMs.p50} ms`],
    ['  p95', `${latencyMs.p95} ms`],
    ['  p99', `${latencyMs.p99} ms`],
    ['received per player', `${(perPlayer.bytesInPerSecond / 1000).toFixed(2)} kB/s`],
    ['sent per player', `${(perPlayer.bytesOutPerSecond / 1000).toFixed(2)} kB/s`],
    ['frames per player', `${perPlayer.framesPerSecond.toFixed(1)} /s`],
    ['coins picked', String(report.coins)],
    ['gate passed', String(report.crossings)],
    ['reconnects', String(report.reconnects)],
  ];
  if (server === undefined) return [...rows, ['server', 'shows no metrics']];
  return [
    ...rows,
    ['server ticks', `${server.ticks}, ${server.overruns} over budget`],
    ['  duration p50, p99', `≤ ${server.tickP50Ms} ms, ≤ ${server.tickP99Ms} ms`],
    ['  late by p50, p99', `≤ ${server.latenessP50Ms} ms, ≤ ${server.latenessP99Ms} ms`],
    ['  time given up', `${server.dilationSeconds.toFixed(2)} s`],
  ];
}

/** The account as a table, with the verdict as its last line. */
export function tableOf(report: BotsReport): string {
  const rows = rowsOf(report).map(([label, value]) => `  ${label.padEnd(22)}${value}`);
  const why = report.failures.map((failure) => `  - ${failure}`);
  const verdict = report.passed ? 'PASSED' : ['FAILED', ...why].join('\n');
  return `${rows.join('\n')}\n\n${verdict}\n`;
}
