import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNats } from './nats.ts';
import { startRedis } from './redis.ts';

const PARENT = fileURLToPath(new URL('./test-programs/parent-worker.ts', import.meta.url));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overworld-servers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What is only waiting to be reaped does nothing any more.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The first line that a server says to whoever connects. */
async function greeting(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return bytes.toString();
}

describe('a nats-server', () => {
  it('runs, is killed, comes back on the same port, and stops', async () => {
    const nats = await startNats({ folder });
    const [server] = nats.servers;
    if (server === undefined) return expect.unreachable();
    expect(await greeting(server.port)).toContain('"jetstream":true');
    const pid = server.pid as number;
    await server.kill();
    expect([isAlive(pid), server.isRunning, server.pid]).toEqual([false, false, undefined]);
    await server.start();
    expect(server.pid).not.toBe(pid);
    expect(await greeting(server.port)).toContain('"server_name":"nats-1"');
    await nats.stop();
    expect(server.isRunning).toBe(false);
  });

  it('says why it does not start', async () => {
    const starting = startNats({ folder, configuration: 'nonsense {' });
    await expect(starting).rejects.toThrow(/nats-1 does not serve: it ended with code 1\n.*Parse error/s);
  });

  it('that is no nats-server is refused with its output', async () => {
    const program = join(folder, 'other');
    writeFileSync(program, '#!/bin/sh\necho "not what you think"; exit 3\n', { mode: 0o755 });
    await expect(startNats({ folder, program })).rejects.toThrow('not what you think');
  });
});

describe('a redis-server', () => {
  it('runs, is killed, comes back on the same port, and stops', async () => {
    const redis = await startRedis({ folder });
    const { url } = redis;
    await redis.restart('SIGKILL');
    expect([redis.url, redis.isRunning]).toEqual([url, true]);
    await redis.stop();
    expect(redis.isRunning).toBe(false);
  });
});

describe('servers', () => {
  it('end when their parent is killed', async () => {
    const parent = spawn(process.execPath, ['--import', 'tsx', PARENT, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pids = line.toString().trim().split(' ').map(Number);
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await expect.poll(() => pids.map(isAlive), { timeout: 5_000 }).toEqual([false, false]);
  });
});
