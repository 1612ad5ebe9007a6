import { type BotsOptions, readOptions, USAGE } from './options.ts';
import { tableOf } from './report.ts';
import { type Progress, runBots } from './run.ts';

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function optionsOrExit(words: readonly string[]): BotsOptions {
  try {
    const options = readOptions(words);
    if (options !== 'help') return options;
  } catch (error) {
    fail(`${error instanceof Error ? error.message : error}\nnpm run bots -- --help lists the options.`);
  }
  process.stdout.write(USAGE);
  process.exit(0);
}

async function isThere(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/worlds`, { signal: AbortSignal.timeout(5_000) });
    return response.ok;
  } catch {
    return false;
  }
}

/** One line a second; on a terminal it stays in place. */
function tell({ phase, seconds, counts, p99Ms }: Progress): void {
  const done = `${counts.acknowledged} of ${counts.inputs} inputs acknowledged`;
  const line = `${seconds.toFixed(0).padStart(4)} s  ${phase.padEnd(8)} ${counts.joined}/${counts.players} joined, ${done}, p99 ${p99Ms} ms, ${counts.reconnects} reconnects`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

const options = optionsOrExit(process.argv.slice(2));
if (!(await isThere(options.url))) {
  fail(`No server answers at ${options.url}. Start one with npm start, or name another with --url.`);
}
const abort = new AbortController();
process.once('SIGINT', () => abort.abort());
const report = await runBots(options, tell, abort.signal).catch((error: unknown) => {
  fail(`\nThe run broke off: ${error instanceof Error ? error.message : error}`);
});
if (process.stderr.isTTY) process.stderr.write('\n');
process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${tableOf(report)}`);
process.exit(report.passed ? 0 : 1);
