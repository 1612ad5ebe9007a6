import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from './postgres.ts';
import { PostgresError } from './postgres-error.ts';

const PARENT = fileURLToPath(new URL('./postgres-parent-worker.ts', import.meta.url));
const PATIENCE = { timeout: 60_000 };
let folder = '';
let children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'overworld-postgres-'));
  const lines: string[] = [];
  const server = await startPostgres({ folder, onProgress: (line) => void lines.push(line) });
  expect(lines).toEqual(['making the database (first start only)']);
  await server.stop();
});
afterEach(async () => {
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  children = [];
  await expect.poll(() => serverOf(folder), { timeout: 20_000 }).toBeUndefined();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parent(dataFolder = folder) {
  const child = spawn(process.execPath, [PARENT, dataFolder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  children.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => void lines.push(line));
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const said = async (word: string) => {
    await expect.poll(() => lines.find((line) => line.startsWith(word)), { timeout: 30_000 }).toBeDefined();
    return (lines.find((line) => line.startsWith(word)) ?? '').slice(word.length + 1);
  };
  return { child, lines, said, errors: () => errors };
}

/** The process id of the server that runs on a folder. */
function serverOf(dataFolder: string): number | undefined {
  const file = join(dataFolder, 'postgres', 'cluster', 'postmaster.pid');
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
  return pid !== undefined && isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What is only waiting to be reaped does nothing any more.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0];
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', PATIENCE, () => {
  it('[PG1] starts again in less than 1.5 s, keeps what was written, and stops within a second', async () => {
    let startMs = performance.now();
    const first = await startPostgres({ folder, onProgress: () => expect.unreachable() });
    expect(performance.now() - startMs).toBeLessThan(1_500);
    await ask(first.url, 'CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer');
    startMs = performance.now();
    await Promise.all([first.stop(), first.stop()]);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    const second = await startPostgres({ folder });
    expect(await ask(second.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 });
    await second.stop();
    await second.stop();
  });

  it('[PG2] is closed to other machines and to those without its password', async () => {
    const server = await startPostgres({ folder });
    const wrong = new URL(server.url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect(await ask(server.url, 'SHOW listen_addresses')).toEqual({ listen_addresses: '127.0.0.1' });
    expect(await ask(server.url, 'SHOW unix_socket_directories')).toEqual({ unix_socket_directories: '' });
    expect(await ask(server.url, 'SHOW server_encoding')).toEqual({ server_encoding: 'UTF8' });
    const password = join(folder, 'postgres', 'password');
    expect(new URL(server.url).password).toBe(readFileSync(password, 'utf8').trim());
    expect(statSync(password).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'postgres', 'postgres.log')).mode & 0o777).toBe(0o600);
    await server.stop();
  });

  it('[PG3] ends with its parent when that is killed, and its next start finds everything', async () => {
    const first = parent();
    await ask(await first.said('url'), 'CREATE TABLE IF NOT EXISTS survived AS SELECT 7 AS answer');
    const pid = serverOf(folder) as number;
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    const server = await startPostgres({ folder });
    expect(await ask(server.url, 'SELECT answer FROM survived')).toEqual({ answer: 7 });
    await server.stop();
  });

  it('[PG4] can be started in the moment in which its earlier parent is killed', async () => {
    const first = parent();
    await first.said('url');
    first.child.kill('SIGKILL');
    const server = await startPostgres({ folder });
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await server.stop();
  });

  it('[PG5] takes over from a server whose parent and guard were both killed', async () => {
    const first = parent();
    await first.said('url');
    const pid = serverOf(folder) as number;
    const guard = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    expect(readFileSync(`/proc/${guard}/cmdline`, 'utf8')).toContain('guard.mjs');
    process.kill(guard, 'SIGKILL');
    first.child.kill('SIGKILL');
    expect(isAlive(pid)).toBe(true);
    const server = await startPostgres({ folder });
    expect(isAlive(pid)).toBe(false);
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await server.stop();
  });

  it('[PG6] takes no notice of the Ctrl-C that its parent handles, and writes nothing to the terminal', async () => {
    const first = parent();
    const url = await first.said('url');
    const pid = serverOf(folder) as number;
    // What the terminal does: the signal goes to the whole group in the foreground.
    process.kill(-(first.child.pid as number), 'SIGINT');
    await first.said('interrupted');
    const session = (id: number) => readFileSync(`/proc/${id}/stat`, 'utf8').split(' ')[5];
    expect(session(pid)).not.toBe(session(first.child.pid as number));
    expect(await ask(url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    first.child.kill('SIGTERM');
    const [code] = await once(first.child, 'exit');
    expect(code).toBe(0);
    expect(isAlive(pid)).toBe(false);
    expect(first.errors()).toBe('');
    expect(first.lines).toEqual([`url ${url}`, 'interrupted']);
    expect(readFileSync(join(folder, 'postgres', 'postgres.log'), 'utf8')).toContain(
      'ready to accept connections',
    );
  });

  it('[PG7] comes back on the same address when it crashes', async () => {
    const server = await startPostgres({ folder });
    const pid = serverOf(folder) as number;
    process.kill(pid, 'SIGKILL');
    const back = () => ask(server.url, 'SELECT 1 AS one').catch(() => undefined);
    await expect.poll(back, { timeout: 20_000 }).toEqual({ one: 1 });
    expect(serverOf(folder)).not.toBe(pid);
    await server.stop();
  });

  it('[PG8] is not misled by the lock file of a process number that belongs to another program now', async () => {
    const lock = join(folder, 'postgres', 'cluster', 'postmaster.pid');
    writeFileSync(
      lock,
      `${process.pid}\n${join(folder, 'postgres', 'cluster')}\n1\n1\n\n127.0.0.1\n1 1\nready\n`,
    );
    const server = await startPostgres({ folder });
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await server.stop();
  });

  it('[PG9] makes the cluster anew when the first attempt was killed', async () => {
    const other = mkdtempSync(join(tmpdir(), 'overworld-postgres-'));
    const first = parent(other);
    await first.said('progress');
    const entries = () => readdirSync(join(other, 'postgres')).sort();
    await expect.poll(() => entries().join(), { timeout: 20_000 }).toContain('cluster.new-');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(existsSync(join(other, 'postgres', 'cluster'))).toBe(false);
    const server = await startPostgres({ folder: other });
    expect(await ask(server.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await server.stop();
    // Programs of the killed attempt may have gone on writing for a while.
    const tidy = async () => {
      await (await startPostgres({ folder: other })).stop();
      return entries();
    };
    const left = ['cluster', 'password', 'postgres.log'];
    await expect.poll(tidy, { timeout: 30_000, interval: 500 }).toEqual(left);
    rmSync(other, { recursive: true, force: true });
  });

  it('[PG10] says in one line why it cannot start', async () => {
    const configuration = join(folder, 'postgres', 'cluster', 'postgresql.conf');
    const good = readFileSync(configuration, 'utf8');
    writeFileSync(configuration, `${good}\nnonsense = on\n`);
    const error: unknown = await startPostgres({ folder }).catch((caught: unknown) => caught);
    writeFileSync(configuration, good);
    expect(error).toBeInstanceOf(PostgresError);
    expect((error as Error).message).toMatch(/^PostgreSQL did not start .* see .*postgres\.log$/);
    const blocked = join(folder, 'a-file');
    writeFileSync(blocked, '');
    await expect(startPostgres({ folder: blocked })).rejects.toThrow(/^the folder .* cannot be used/);
  });
});
