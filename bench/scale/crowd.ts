import { MetricsPage, quantile } from '@overworld/cluster-runner';
import { Child } from './child.ts';
import type { LoadCounts, LoadSetting } from './crowd-load.ts';
import type { CrowdSetting, RunningServer } from './crowd-server.ts';
import { useOf } from './process-use.ts';

/** What one kind of process took while the trial ran. */
export interface PartUse {
  readonly cpuUsPerSecond: number;
  readonly residentBytes: number;
}

/** A crowd of players in the zones of one server, for some seconds. */
export interface CrowdRow {
  readonly setting: CrowdSetting;
  readonly repetition: number;
  readonly seconds: number;
  readonly parts: Readonly<Record<string, PartUse>>;
  readonly bytesPerClientSecond: number;
  readonly framesPerClientSecond: number;
  readonly entitiesInSight: number;
  /** Messages with inputs, from the gateway to all zones. */
  readonly batchesPerSecond: number;
  readonly journalBytesPerZoneSecond: number;
  readonly tickMeanMs: number;
  readonly tickP99Ms: number;
  readonly tickLatenessP99Ms: number;
  /** Connections that had ended: there should be none. */
  readonly closed: number;
}

export interface CrowdTimes {
  readonly warmupSeconds: number;
  readonly measureSeconds: number;
}

interface Reading {
  readonly atMs: number;
  readonly pages: readonly MetricsPage[];
  readonly counts: LoadCounts;
  readonly cpuMs: Readonly<Record<string, number>>;
}

async function read(server: RunningServer, load: Child): Promise<Reading> {
  const pages = await Promise.all(
    server.metrics.map(async (url) => new MetricsPage(await (await fetch(url)).text())),
  );
  const counts = await load.ask<LoadCounts>('counts');
  const cpuMs = Object.fromEntries(server.parts.map(({ name, pids }) => [name, useOf(pids).cpuMs]));
  return { atMs: performance.now(), pages, counts, cpuMs };
}

function growth(before: Reading, after: Reading, name: string): number {
  const sum = ({ pages }: Reading): number => pages.reduce((total, page) => total + page.sum(name), 0);
  return sum(after) - sum(before);
}

function meanBetween(before: Reading, after: Reading, name: string): number {
  return growth(before, after, `${name}_sum`) / growth(before, after, `${name}_count`);
}

/**
 * The largest over the pages, as the upper edge of its bucket: each process has its own histogram. What lies beyond all edges
 * counts as the last one.
 */
function p99MsBetween(before: Reading, after: Reading, name: string): number {
  const each = after.pages.map((page, index) => {
    const buckets = page.buckets(name);
    const edge = quantile(buckets, before.pages[index]?.buckets(name) ?? new Map(), 0.99) ?? 0;
    return Math.min(edge, Math.max(0, ...[...buckets.keys()].filter(Number.isFinite)));
  });
  return Math.max(0, ...each) * 1000;
}

function rowOf(
  setting: CrowdSetting,
  repetition: number,
  server: RunningServer,
  [before, after]: readonly [Reading, Reading],
): CrowdRow {
  const seconds = (after.atMs - before.atMs) / 1000;
  const clients = setting.zones * setting.playersPerZone;
  const parts = server.parts.map(({ name, pids }) => {
    const cpuMs = (after.cpuMs[name] ?? 0) - (before.cpuMs[name] ?? 0);
    const use = { cpuUsPerSecond: (cpuMs * 1000) / seconds, residentBytes: useOf(pids).residentBytes };
    return [name, use] as const;
  });
  const perClient = (what: 'bytes' | 'frames'): number =>
    (after.counts[what] - before.counts[what]) / clients / seconds;
  return {
    setting,
    repetition,
    seconds,
    parts: Object.fromEntries(parts),
    bytesPerClientSecond: perClient('bytes'),
    framesPerClientSecond: perClient('frames'),
    batchesPerSecond: growth(before, after, 'overworld_batches_total') / seconds,
    entitiesInSight: meanBetween(before, after, 'overworld_view_entities'),
    journalBytesPerZoneSecond:
      growth(before, after, 'overworld_journal_bytes_total') / seconds / setting.zones,
    tickMeanMs: meanBetween(before, after, 'overworld_tick_duration_seconds') * 1000,
    tickP99Ms: p99MsBetween(before, after, 'overworld_tick_duration_seconds'),
    tickLatenessP99Ms: p99MsBetween(before, after, 'overworld_tick_lateness_seconds'),
    closed: after.counts.closed,
  };
}

export function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** One trial: the server and the players are processes of their own, and both are gone afterwards. */
export async function measureCrowd(
  setting: CrowdSetting,
  repetition: number,
  { warmupSeconds, measureSeconds }: CrowdTimes,
): Promise<CrowdRow> {
  const child = await Child.start('crowd-server.ts', setting);
  try {
    const server = await child.ask<RunningServer>('running');
    const { zones, playersPerZone, inputTurns } = setting;
    const load = await Child.start('crowd-load.ts', {
      port: server.port,
      zones,
      playersPerZone,
      inputTurns,
    } satisfies LoadSetting);
    try {
      await pause(warmupSeconds);
      const before = await read(server, load);
      await pause(measureSeconds);
      return rowOf(setting, repetition, server, [before, await read(server, load)]);
    } finally {
      await load.stop();
    }
  } finally {
    await child.stop();
  }
}
