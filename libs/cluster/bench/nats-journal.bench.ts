/*
 * What an append to the journal on NATS costs, and what the library's own publish costs in the same run: 100 zones of 30 Hz,
 * each with one append of 200 bytes in flight, for ten seconds; on one server, and on a cluster of three.
 *
 *   node --import tsx libs/cluster/bench/nats-journal.bench.ts
 */
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsNames } from '../src/nats/nats-options.ts';
import { startTestNats, type TestNats } from '../src/nats/test-nats.ts';

const ZONES = 100;
const PERIOD_MS = 1_000 / 30;
const RUN_MS = 10_000;
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
  while (performance.now() - startMs < RUN_MS) {
    const nowMs = performance.now();
    for (const zone of zones) if (nowMs >= zone.dueMs) void tick(zone, nowMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
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

function percentiles(values: number[]): string {
  values.sort((a, b) => a - b);
  const at = (share: number) =>
    (values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0).toFixed(2);
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  p99.9 ${at(0.999)}  max ${at(1)} ms`;
}

async function report(name: string, nats: TestNats, append: Append, prefix: string): Promise<void> {
  const idle = process.cpuUsage();
  await run(async () => 0, prefix);
  const idleMs = process.cpuUsage(idle).user / 1_000 + process.cpuUsage(idle).system / 1_000;
  const before = process.cpuUsage();
  const serverBeforeMs = serverCpuMs(nats);
  const { latencyMs, skipped } = await run(append, prefix);
  const { user, system } = process.cpuUsage(before);
  const clientMs = (user + system) / 1_000 - idleMs;
  const per = (ms: number) => `${((ms * 1_000) / latencyMs.length).toFixed(1)} µs`;
  console.log(`${name}: ${latencyMs.length} appends, ${skipped} ticks found the one before still open`);
  console.log(`  append     ${percentiles(latencyMs)}`);
  console.log(
    `  processor  ${per(clientMs)} here, ${per(serverCpuMs(nats) - serverBeforeMs)} of the servers`,
  );
}

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
  await report(`the port, ${count} server(s)`, nats, own, 'a');
  await report(`js.publish, ${count} server(s)`, nats, library, 'b');
  await connection.close();
  await nats.close();
}
