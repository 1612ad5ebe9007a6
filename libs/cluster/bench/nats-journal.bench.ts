/*
 * What an append to the journal on NATS costs, and what the library's own publish costs in the same run: 100 zones of 30 Hz,
 * each with one append of 200 bytes in flight, for ten seconds; on one server, and on a cluster of three.
 *
 *   npm run bench -- nats-journal
 */
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsNames } from '../src/nats/nats-options.ts';
import { type Figure, figureOf, isSmoke, report } from '../../../bench/results.ts';
import { percentileOf } from '../../../bench/spread.ts';
import { startTestNats, type TestNats } from '../src/nats/test-nats.ts';

const ZONES = 100;
const PERIOD_MS = 1_000 / 30;
const [ROUNDS, ROUND_MS] = isSmoke ? [1, 200] : [4, 2_500];
const CLOCK_TICK_MS = 10;

type Append = (zone: string, expected: number, bytes: Uint8Array) => Promise<number>;

interface Zone {
  readonly name: string;
  dueMs: number;
  last: number;
  isWaiting: boolean;
}

async function run(append: Append, prefix: string): Promise<{ latencyMs: number[]; skipped: number }> {
  const latencyMs: number[] = [];
  let skipped = 0;
  const startMs = performance.now();
  const zones = Array.from({ length: ZONES }, (_, index): Zone => {
    return {
      name: `${prefix}-${index}`,
      dueMs: startMs + (PERIOD_MS * index) / ZONES,
      last: 0,
      isWaiting: false,
    };
  });
  const tick = async (zone: Zone, nowMs: number): Promise<void> => {
    zone.dueMs += PERIOD_MS;
    if (zone.isWaiting) {
      skipped++;
      return;
    }
    zone.isWaiting = true;
    zone.last = await append(zone.name, zone.last, new Uint8Array(200));
    latencyMs.push(performance.now() - nowMs);
    zone.isWaiting = false;
  };
  while (performance.now() - startMs < ROUND_MS) {
    const nowMs = performance.now();
    for (const zone of zones) if (nowMs >= zone.dueMs) void tick(zone, nowMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // What is under way is answered before the connection goes.
  while (zones.some(({ isWaiting }) => isWaiting)) await new Promise((resolve) => setTimeout(resolve, 1));
  return { latencyMs, skipped };
}

/** Processor time of the servers, where the system tells it. */
function serverCpuMs(nats: TestNats): number {
  const times = nats.servers.servers.map(({ pid }) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
    } catch {
      return Number.NaN;
    }
  });
  return times.reduce((sum, time) => sum + time, 0);
}

interface Round {
  readonly latencyMs: readonly number[];
  readonly cpuUs: number;
  readonly serverCpuUs: number;
}

/** What the ticks cost without an append is taken off. */
async function measureRound(nats: TestNats, append: Append, prefix: string): Promise<Round> {
  const idle = process.cpuUsage();
  await run(async () => 0, prefix);
  const idleUs = cpuUsSince(idle);
  const before = process.cpuUsage();
  const serverBeforeMs = serverCpuMs(nats);
  const { latencyMs } = await run(append, prefix);
  const serverUs = (serverCpuMs(nats) - serverBeforeMs) * 1_000;
  const count = latencyMs.length;
  return { latencyMs, cpuUs: (cpuUsSince(before) - idleUs) / count, serverCpuUs: serverUs / count };
}

function cpuUsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function measure(name: string, nats: TestNats, append: Append, prefix: string): Promise<Figure[]> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await measureRound(nats, append, `${prefix}-${round}`));
  }
  const each = (value: (round: Round) => number): number[] => rounds.map(value);
  const latency =
    (share: number) =>
    ({ latencyMs }: Round): number =>
      percentileOf(latencyMs, share);
  return [
    figureOf(`append p50, ${name}`, 'ms', each(latency(0.5))),
    figureOf(`append p99, ${name}`, 'ms', each(latency(0.99))),
    figureOf(
      `processor time of an append, ${name}`,
      'µs',
      each(({ cpuUs }) => cpuUs),
    ),
    figureOf(
      `processor time of the servers, ${name}`,
      'µs',
      each(({ serverCpuUs }) => serverCpuUs),
    ),
  ];
}

const figures: Figure[] = [];
for (const count of [1, 3] as const) {
  const nats = await startTestNats(count);
  const ports = await nats.open();
  const own: Append = async (zone, expected, bytes) => {
    const outcome = await ports.journal.append(zone, expected, bytes);
    if (outcome.kind !== 'appended') throw new Error(outcome.kind);
    return outcome.sequence;
  };
  // Without the stack trace that the library otherwise makes for every request.
  const connection = await connect({ servers: [...nats.servers.urls], noAsyncTraces: true });
  const stream = jetstream(connection);
  const { journalSubject } = natsNames();
  const library: Append = async (zone, expected, bytes) => {
    const expect = { lastSubjectSequence: expected };
    return (await stream.publish(`${journalSubject}.${zone}`, bytes, { expect })).seq;
  };
  await run(own, 'warm-a');
  figures.push(...(await measure(`the port, ${count} server(s)`, nats, own, 'a')));
  figures.push(...(await measure(`js.publish, ${count} server(s)`, nats, library, 'b')));
  await connection.close();
  await nats.close();
}
report('nats-journal', figures);
