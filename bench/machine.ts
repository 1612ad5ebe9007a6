import { cpus, loadavg, totalmem } from 'node:os';

/** Where something was measured, and what else the machine had to do: without it a figure says little. */
export function machine() {
  const [first] = cpus();
  return {
    cores: cpus().length,
    model: first?.model ?? '',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

/** Programs that wanted a core, on average over the last minute. */
export function loadAverage(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}
