import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Every benchmark as `npm run bench` runs it, as small as it goes: whether it works, not how fast anything is. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RESULTS = join(ROOT, '.cache/bench');

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export function bench(...words: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['scripts/bench.mjs', ...words], { cwd: ROOT });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

export interface Found {
  readonly isSmoke: boolean;
  readonly figures?: readonly { what: string; median: number; low: number; high: number }[];
}

/** What an earlier run left is not to be taken for what this one found. */
export function forget(...files: string[]): void {
  for (const file of files) rmSync(join(RESULTS, file), { recursive: true, force: true });
}

export function textOf(file: string): string {
  return readFileSync(join(RESULTS, file), 'utf8');
}

export function found(name: string): Found & Record<string, unknown> {
  return JSON.parse(textOf(`${name}.json`));
}
