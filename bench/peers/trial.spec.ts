import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastingProcesses } from './process-tree.ts';
import { tickReader, tickWriter } from './tick-log.ts';
import { nowMs, summaryOf } from './trial.ts';

it('sums up the intervals between ticks', () => {
  const beginnings = Array.from({ length: 101 }, (_, index) => index * 50 + (index > 50 ? 30 : 0));
  expect(summaryOf(beginnings)).toEqual({ ticks: 100, tickP50: 50, tickP99: 80, tickMax: 80 });
  expect(summaryOf([])).toMatchObject({ ticks: 0, tickP99: Number.NaN });
});

it('reads the ticks that another process has written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-spec-'));
  const file = join(folder, 'ticks');
  const tick = tickWriter(file);
  tick();
  await expect.poll(() => nowMs()).toBeGreaterThan(tickReader(file).since(0)[0] as number);
  const beginMs = nowMs();
  tick();
  tick();
  expect(tickReader(file).since(0)).toHaveLength(3);
  expect(tickReader(file).since(beginMs)).toHaveLength(2);
  await rm(folder, { recursive: true });
});

it('counts a process and all that it has started', async () => {
  // A shell that waits for its child; both end with their standard input.
  const shell = spawn('sh', ['-c', 'echo up; cat; true'], { stdio: ['pipe', 'pipe', 'ignore'] });
  await new Promise((resolve) => shell.stdout.once('data', resolve));
  await expect.poll(() => lastingProcesses(shell.pid as number)).toHaveLength(2);
  expect(lastingProcesses(process.pid)).toContain(shell.pid);
  const ended = new Promise((resolve) => shell.once('exit', resolve));
  shell.stdin.end();
  await ended;
  expect(lastingProcesses(shell.pid as number)).toEqual([]);
});
