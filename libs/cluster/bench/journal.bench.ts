/*
 * What appends cost, and what they do to the ticks beside them: 100 zones of 30 Hz, each with one append of 200 bytes in
 * flight, for ten seconds; with the checkpoints on this thread, and on the store thread.
 *
 *   node libs/cluster/bench/journal.bench.ts
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteJournal } from '../src/sqlite-journal.ts';
import { StoreThread } from '../src/store-thread.ts';

const ZONES = 100;
const PERIOD_MS = 1_000 / 30;
const RUN_MS = 10_000;

interface Zone {
  readonly name: string;
  dueMs: number;
  last: number;
  isWaiting: boolean;
}

interface Samples {
  readonly latencyMs: number[];
  readonly latenessMs: number[];
  skipped: number;
}

async function measure(journal: SqliteJournal): Promise<Samples> {
  const samples: Samples = { latencyMs: [], latenessMs: [], skipped: 0 };
  const startMs = performance.now();
  const zones = Array.from({ length: ZONES }, (_, index): Zone => {
    return { name: `zone-${index}`, dueMs: startMs + (PERIOD_MS * index) / ZONES, last: 0, isWaiting: false };
  });
  while (performance.now() - startMs < RUN_MS) {
    for (const zone of zones) tick(journal, zone, samples);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return samples;
}

function tick(journal: SqliteJournal, zone: Zone, samples: Samples): void {
  const nowMs = performance.now();
  if (nowMs < zone.dueMs) return;
  samples.latenessMs.push(nowMs - zone.dueMs);
  zone.dueMs += PERIOD_MS;
  if (zone.isWaiting) {
    samples.skipped++;
    return;
  }
  zone.isWaiting = true;
  void journal.append(zone.name, zone.last, new Uint8Array(200)).then((outcome) => {
    if (outcome.kind !== 'appended') throw new Error(outcome.kind);
    samples.latencyMs.push(performance.now() - nowMs);
    zone.last = outcome.sequence;
    zone.isWaiting = false;
  });
}

function percentiles(values: number[]): string {
  values.sort((a, b) => a - b);
  const at = (share: number) =>
    (values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0).toFixed(2);
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  p99.9 ${at(0.999)}  max ${at(1)} ms`;
}

for (const onThread of [false, true]) {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-bench-'));
  const file = join(folder, 'journal.db');
  const thread = new StoreThread({ journalFile: file, blobsFile: undefined });
  const checkpoint = onThread ? () => thread.request({ kind: 'checkpoint' }) : undefined;
  const journal = SqliteJournal.open(file, { checkpoint });
  const before = process.cpuUsage();
  const samples = await measure(journal);
  const { user, system } = process.cpuUsage(before);
  console.log(onThread ? 'checkpoints on the store thread' : 'checkpoints on this thread');
  console.log(`  append     ${percentiles(samples.latencyMs)}  (${samples.latencyMs.length} appends)`);
  console.log(
    `  lateness   ${percentiles(samples.latenessMs)}  (${samples.skipped} ticks found the append before still open)`,
  );
  console.log(
    `  processor  ${Math.round((user + system) / 1_000)} ms, log ${Math.round(statSync(`${file}-wal`).size / 1e6)} MB`,
  );
  journal.close();
  await thread.close();
  rmSync(folder, { recursive: true, force: true });
}
