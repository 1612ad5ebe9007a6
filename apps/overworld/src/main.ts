import { loadConfig, overworldConfig, usage } from '@overworld/config';
import { type Overworld, startOverworld } from './overworld.ts';
import { StartupError } from '@overworld/service';

const STOP_TIMEOUT_MS = 5000;

/**
 * Errors of the operator's making are one line; others show where they come from. Ends the process: services that were
 * put together in part may have timers that would keep it.
 */
function fail(error: unknown): void {
  const isExpected = error instanceof StartupError;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${isExpected ? error.message : detail}\n`);
  process.exit(1);
}

function stopOnSignals(starting: Promise<Overworld>): void {
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    const running = await starting.catch(() => undefined);
    await running?.stop();
    process.exit(process.exitCode ?? 0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

async function main(): Promise<void> {
  const outcome = loadConfig(overworldConfig);
  if (outcome.kind === 'help') {
    process.stdout.write(usage(overworldConfig, 'npm start --'));
    return;
  }
  if (outcome.kind === 'problems') {
    process.stderr.write(`${outcome.lines.join('\n')}\n`);
    process.exitCode = 1;
    return;
  }
  const startedMs = performance.now();
  const starting = startOverworld(outcome.config, {
    onProgress: (line) => process.stdout.write(`${line}\n`),
  });
  stopOnSignals(starting);
  const running = await starting;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  for (const line of running.services) process.stdout.write(`  ${line}\n`);
  process.stdout.write(`Overworld runs at ${running.url} (ready in ${seconds} s; Ctrl-C stops it)\n`);
}

main().catch(fail);
