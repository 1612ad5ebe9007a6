import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const START_TIMEOUT_MS = 120_000;
const GONE_TIMEOUT_MS = 20_000;
const data = mkdtempSync(join(tmpdir(), 'overworld-launcher-'));

afterAll(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }));

interface Launched {
  readonly child: ChildProcess;
  readonly text: () => string;
}

function launch(...words: string[]): Launched {
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    'tsx',
    'apps/cluster/src/main.ts',
    ...words,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return { child, text: () => text };
}

/** Every process that has the data folder, or one of the services' files, in its words and was started by the launcher. */
function pidsOf(text: string): number[] {
  return [...text.matchAll(/^(?:\S+) +(\d+) +(?:ready|runs)/gm)].map((match) => Number(match[1]));
}

function isAlive(pid: number): boolean {
  try {
    // One that has ended and was not waited for yet is gone, too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function running(): Promise<Launched & { readonly pids: number[] }> {
  const launched = launch('--port', '0', '--data', data, '--replicas', 'shard=1,gateway=1,session=1');
  const pids = (): number[] => pidsOf(launched.text());
  await expect.poll(() => pids().length, { timeout: START_TIMEOUT_MS, interval: 200 }).toBeGreaterThan(7);
  return { ...launched, pids: pids() };
}

describe('npm run cluster', () => {
  it('[LA1] stops everything at Ctrl-C and ends with 0', async () => {
    const { child, text, pids } = await running();
    const [, url = ''] = /Overworld runs at (\S+)/.exec(text()) ?? [];
    expect((await fetch(`${url}/worlds`)).status).toBe(200);
    expect((await fetch(url)).headers.get('content-type')).toContain('text/html');
    expect(pids.filter(isAlive)).toEqual(pids);
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    await expect.poll(() => pids.filter(isAlive), { timeout: GONE_TIMEOUT_MS }).toEqual([]);
    expect(existsSync(join(data, 'logs', 'shard-1.log'))).toBe(true);
  });

  it('[LA2] leaves no process behind when it is killed, not even one that stands still', async () => {
    const { child, pids } = await running();
    const shard = pids.at(-2) as number;
    process.kill(shard, 'SIGSTOP');
    child.kill('SIGKILL');
    await expect.poll(() => pids.filter(isAlive), { timeout: GONE_TIMEOUT_MS }).toEqual([]);
  });

  it.each([
    [['--replicas', 'shard=many'], /^--replicas has "shard=many"/],
    [['--nats', '2'], /^--nats is "2"/],
  ])('[LA3] refuses %j with one line', async (words, line) => {
    const { child, text } = launch(...words);
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(text()).toMatch(line);
    expect(text().trim().split('\n')).toHaveLength(1);
  });

  it('[LA4] explains itself', async () => {
    const { child, text } = launch('--help');
    expect((await once(child, 'exit'))[0]).toBe(0);
    expect(text()).toContain('npm run cluster -- [options]');
  });
});
