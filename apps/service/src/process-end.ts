import { SecretError } from '@overworld/config';
import { StartupError } from './startup-error.ts';

/**
 * Errors of the operator's making are one line; others show where they come from. Ends the process: services that were
 * put together in part may have timers that would keep it.
 */
export function endWith(error: unknown): never {
  const isExpected = error instanceof StartupError || error instanceof SecretError;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${isExpected ? error.message : detail}\n`);
  process.exit(1);
}

/** SIGINT and SIGTERM stop what was started, once; the process ends with code 1 when that takes longer than it may. */
export function stopOnSignals(starting: Promise<{ stop(): Promise<void> }>, timeoutMs: number): void {
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), timeoutMs).unref();
    const running = await starting.catch(() => undefined);
    await running?.stop();
    process.exit(process.exitCode ?? 0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}
