/*
 * What appends cost, and what they do to the ticks beside them: 100 zones of 30 Hz, each with one append of 200 bytes in
 * flight, for ten seconds in all; with the checkpoints on this thread, and on the store thread.
 *
 *   npm run bench -- bench/journal
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Figure, figureOf, isSmoke, report } from '../../../bench/results.ts';
import { percentileOf } from '../../../bench/spread.ts';
import { SqliteJournal } from '../src/sqlite-journal.ts';
import { StoreThread } from '../src/store-thread.ts';

const ZONES = 100;
const PERIOD_MS = 1_000 / 30;
const [ROUNDS, ROUND_MS] = isSmoke ? [2, 250] : [4, 2_500];

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

async function measure(journal: SqliteJournal, round: number): Promise<Samples> {
  const samples: Samples = { latencyMs: [], latenessMs: [], skipped: 0 };
  const startMs = performance.now();
  const zones = Array.from({ length: ZONES }, (_, index): Zone => {
    return {
      name: `zone-${round}-${index}`,
      dueMs: startMs + (PERIOD_MS * index) / ZONES,
      last: 0,
      isWaiting: false,
    };
  });
  while (performance.now() - startMs < ROUND_MS) {
    for (const zone of zones) tick(journal, zone, samples);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // What is under way is answered before the file is closed.
  while (zones.some(({ isWaiting }) => isWaiting)) await new Promise((resolve) => setTimeout(resolve, 1));
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

interface Round extends Samples {
  /** Of this process, for each append: the ticks are in it. */
  readonly cpuUs: number;
}

async function measureRound(journal: SqliteJournal, round: number): Promise<Round> {
  const before = process.cpuUsage();
  const samples = await measure(journal, round);
  const { user, system } = process.cpuUsage(before);
  return { ...samples, cpuUs: (user + system) / samples.latencyMs.length };
}

function figuresOf(where: string, rounds: readonly Round[]): Figure[] {
  const each = (values: (round: Round) => number[], share: number): number[] =>
    rounds.map((round) => percentileOf(values(round), share));
  const latency = ({ latencyMs }: Round): number[] => latencyMs;
  const lateness = ({ latenessMs }: Round): number[] => latenessMs;
  return [
    figureOf(`append p50, ${where}`, 'ms', each(latency, 0.5)),
    figureOf(`append p99, ${where}`, 'ms', each(latency, 0.99)),
    figureOf(`lateness of ticks p99, ${where}`, 'ms', each(lateness, 0.99)),
    figureOf(
      `processor time of an append, ${where}`,
      'µs',
      rounds.map(({ cpuUs }) => cpuUs),
    ),
  ];
}

async function run(onThread: boolean): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-bench-'));
  const file = join(folder, 'journal.db');
  const thread = new StoreThread({ journalFile: file, blobsFile: undefined });
  const checkpoint = onThread ? () => thread.request({ kind: 'checkpoint' }) : undefined;
  const journal = SqliteJournal.open(file, { checkpoint });
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(journal, round));
  const where = onThread ? 'checkpoints on the store thread' : 'checkpoints on this thread';
  const skipped = rounds.reduce((sum, round) => sum + round.skipped, 0);
  const logMegabytes = Math.round(statSync(`${file}-wal`).size / 1e6);
  console.log(`${where}: ${skipped} ticks found the append before still open, log ${logMegabytes} MB`);
  journal.close();
  await thread.close();
  rmSync(folder, { recursive: true, force: true });
  return figuresOf(where, rounds);
}

report('journal', [...(await run(false)), ...(await run(true))]);
