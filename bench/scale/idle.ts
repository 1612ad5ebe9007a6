import { Overworld } from '@overworld/client/node';
import { MetricsPage } from '@overworld/cluster-runner';
import { percentileOf } from '../spread.ts';
import { Child } from './child.ts';
import { useOf } from './process-use.ts';

export interface IdleServer {
  readonly port: number;
  readonly pids: readonly number[];
  readonly world: string;
}

export interface ZoneRange {
  readonly from: number;
  readonly count: number;
}

export interface IdleMemory {
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly diskBytes: number;
}

export interface IdleOptions {
  /** Zones that sleep. */
  readonly zones: number;
  /** Zones that run although nobody is in them. */
  readonly running: number;
  readonly coldJoins: number;
  readonly measureSeconds: number;
  /** What is under way is over so long after. */
  readonly settleSeconds: number;
}

export interface IdleResult {
  readonly zones: number;
  /** Milliseconds to make a zone, let it run, put it to sleep and archive it, sixteen at a time. */
  readonly layDownMsPerZone: number;
  /** Processor time, also of PostgreSQL, of an empty server and with the sleeping zones. */
  readonly cpuUsPerSecondEmpty: number;
  readonly cpuUsPerSecondAsleep: number;
  readonly heapBytesPerSleepingZone: number;
  readonly residentBytesPerSleepingZone: number;
  readonly diskBytesPerSleepingZone: number;
  readonly coldJoinMs: readonly number[];
  readonly coldJoinP50Ms: number;
  readonly coldJoinP99Ms: number;
  readonly running: number;
  readonly cpuUsPerSecondPerRunningZone: number;
  readonly heapBytesPerRunningZone: number;
  readonly residentBytesPerRunningZone: number;
}

const SLICE = 2000;
const POLL_MS = 100;
const ARCHIVED_WITHIN_MS = 600_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Microseconds of processor time a second, over some seconds. */
async function cpuOf(pids: readonly number[], seconds: number): Promise<number> {
  const before = useOf(pids).cpuMs;
  const startMs = performance.now();
  await pause(seconds * 1000);
  return ((useOf(pids).cpuMs - before) * 1000) / ((performance.now() - startMs) / 1000);
}

async function inSlices(
  server: Child,
  question: string,
  { from, count }: ZoneRange,
  then: (zones: number) => Promise<void> = async () => undefined,
): Promise<void> {
  for (let done = 0; done < count; done += SLICE) {
    const slice = { from: from + done, count: Math.min(SLICE, count - done) };
    await server.ask(question, slice);
    await then(slice.from + slice.count);
    if (count > SLICE) process.stdout.write(`  ${question}: ${Math.min(count, done + SLICE)} of ${count}\n`);
  }
}

/** The snapshots of sleeping zones go to the database behind the zones, a few at a time; only so many may wait. */
async function archived(port: number, count: number): Promise<void> {
  const untilMs = performance.now() + ARCHIVED_WITHIN_MS;
  for (;;) {
    const page = new MetricsPage(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    if (page.sum('overworld_zone_archive_total') >= count) return;
    if (performance.now() > untilMs) throw new Error('the snapshots of sleeping zones are not archived');
    await pause(POLL_MS);
  }
}

/** From asking for a ticket until the player is in; the connection is part of it. */
async function joinCold(port: number, zone: number, player: number): Promise<number> {
  const game = new Overworld({ url: `http://127.0.0.1:${port}` });
  await game.login(`cold-${player}`);
  const startMs = performance.now();
  await game.join({ zone: `yard-${zone}` });
  const tookMs = performance.now() - startMs;
  await game.leave();
  game.close();
  return tookMs;
}

async function joinAllCold(port: number, { zones, coldJoins }: IdleOptions): Promise<number[]> {
  const times: number[] = [];
  const step = Math.max(1, Math.floor(zones / coldJoins));
  for (let index = 0; index < Math.min(coldJoins, zones); index++) {
    times.push(await joinCold(port, index * step, index));
  }
  return times;
}

async function measure(server: Child, options: IdleOptions): Promise<IdleResult> {
  const { zones, running, measureSeconds, settleSeconds } = options;
  const { port, pids } = await server.ask<IdleServer>('running');
  // What is loaded and compiled with the first zones belongs to none of them.
  const first = { from: 0, count: Math.min(20, zones) };
  await server.ask('layDown', first);
  await pause(settleSeconds * 1000);
  const cpuUsPerSecondEmpty = await cpuOf(pids, measureSeconds);
  const before = await server.ask<IdleMemory>('memory');
  const startMs = performance.now();
  const rest = zones - first.count;
  await inSlices(server, 'layDown', { from: first.count, count: rest }, (made) => archived(port, made));
  const layDownMsPerZone = (performance.now() - startMs) / Math.max(1, rest);
  await pause(settleSeconds * 1000);
  const asleep = await server.ask<IdleMemory>('memory');
  const cpuUsPerSecondAsleep = await cpuOf(pids, measureSeconds);
  const coldJoinMs = await joinAllCold(port, options);
  const [fromCpu, from] = [await cpuOf(pids, measureSeconds), await server.ask<IdleMemory>('memory')];
  // The last of them: the first were woken by the joins.
  await inSlices(server, 'wake', { from: zones - running, count: running });
  await pause(settleSeconds * 1000);
  const awake = await server.ask<IdleMemory>('memory');
  const cpuAwake = await cpuOf(pids, measureSeconds);
  const per = (count: number, bytes: number): number => bytes / Math.max(1, count);
  return {
    zones,
    layDownMsPerZone,
    cpuUsPerSecondEmpty,
    cpuUsPerSecondAsleep,
    heapBytesPerSleepingZone: per(rest, asleep.heapBytes - before.heapBytes),
    residentBytesPerSleepingZone: per(rest, asleep.residentBytes - before.residentBytes),
    diskBytesPerSleepingZone: per(rest, asleep.diskBytes - before.diskBytes),
    coldJoinMs,
    coldJoinP50Ms: percentileOf(coldJoinMs, 0.5),
    coldJoinP99Ms: percentileOf(coldJoinMs, 0.99),
    running,
    cpuUsPerSecondPerRunningZone: per(running, cpuAwake - fromCpu),
    heapBytesPerRunningZone: per(running, awake.heapBytes - from.heapBytes),
    residentBytesPerRunningZone: per(running, awake.residentBytes - from.residentBytes),
  };
}

/** Zones that nobody is in, asleep and awake, on one shard. */
export async function measureIdle(options: IdleOptions): Promise<IdleResult> {
  const server = await Child.start('../../apps/overworld/bench/idle-server.ts', options);
  try {
    return await measure(server, options);
  } finally {
    await server.stop();
  }
}
