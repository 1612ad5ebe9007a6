import { loadConfig, overworldConfig, usage } from '@overworld/config';
import { startOverworld } from './overworld.ts';
import { endWith, stopOnSignals, yieldToTicks } from '@overworld/service';

const STOP_TIMEOUT_MS = 5000;

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
  yieldToTicks();
  const startedMs = performance.now();
  const starting = startOverworld(outcome.config, {
    onProgress: (line) => process.stdout.write(`${line}\n`),
  });
  stopOnSignals(starting, STOP_TIMEOUT_MS);
  const running = await starting;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  for (const line of running.services) process.stdout.write(`  ${line}\n`);
  process.stdout.write(`Overworld runs at ${running.url} (ready in ${seconds} s; Ctrl-C stops it)\n`);
}

main().catch(endWith);
