import { parseArgs } from 'node:util';
import { runSeed, type SeedReport } from './run-seed.ts';

const USAGE = `Usage: npm run sim -- [--seed N] [--seeds COUNT] [--from N] [--verbose]
  --seed N       one seed; with --verbose what happened in it
  --seeds COUNT  so many seeds, from --from (default 1) on
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(USAGE);
else await campaign();

async function campaign(): Promise<void> {
  const first = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 1) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  const failed: number[] = [];
  const totals: { [name: string]: number } = {};
  const startedMs = performance.now();
  for (let seed = first; seed < first + count; seed += 1) {
    const report = await runSeed({ seed, isVerbose: values.verbose });
    if (values.verbose) process.stdout.write(`${report.log.join('\n')}\n`);
    if (report.findings.length > 0) failed.push(seed);
    for (const [name, times] of Object.entries(report.counts)) totals[name] = (totals[name] ?? 0) + times;
    tell(report, count);
    if (count > 1 && (seed - first + 1) % 100 === 0) progress(seed - first + 1, count, failed, startedMs);
  }
  progress(count, count, failed, startedMs);
  process.stdout.write(`what happened: ${JSON.stringify(totals)}\n`);
  if (failed.length > 0) process.exitCode = 1;
}

function tell({ seed, findings, digest, counts }: SeedReport, count: number): void {
  if (findings.length === 0 && count > 1) return;
  process.stdout.write(
    `seed ${seed}: ${findings.length} findings, journals ${digest}, ${JSON.stringify(counts)}\n`,
  );
  for (const { invariant, detail } of findings) process.stdout.write(`  [${invariant}] ${detail}\n`);
  if (findings.length > 0) process.stdout.write(`  replay: npm run sim -- --seed ${seed} --verbose\n`);
}

function progress(done: number, count: number, failed: readonly number[], startedMs: number): void {
  const seconds = (performance.now() - startedMs) / 1000;
  process.stdout.write(
    `${done} of ${count} seeds in ${seconds.toFixed(1)} s, ${failed.length} failed ${failed.join(' ')}\n`,
  );
}
