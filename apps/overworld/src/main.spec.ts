import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeRecord, encodeRecord } from '@overworld/zone';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestPlayer } from '../test/test-player.ts';
import { TestProcess } from '../test/test-process.ts';

/** The server as its operator meets it: a process with options, signals and an exit code. */
const WAIT = { timeout: 15_000, interval: 50 };
const SLOW = 90_000;

let folder: string;
const processes: TestProcess[] = [];
const players: TestPlayer[] = [];

function run(script: string, ...words: string[]): TestProcess {
  const started = new TestProcess(script, words);
  processes.push(started);
  return started;
}

async function serve(): Promise<{ readonly server: TestProcess; readonly url: string }> {
  const server = run('main.ts', '--data', join(folder, 'data'), '--port', '0');
  return { server, url: await server.ready() };
}

function newPlayer(url: string, name: string): TestPlayer {
  const player = new TestPlayer(url, name);
  players.push(player);
  return player;
}

async function finished(
  started: TestProcess,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code } = await started.exited;
  return { code, stdout: started.stdout, stderr: started.stderr };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-main-'));
});

afterEach(async () => {
  for (const player of players.splice(0)) player.close();
  for (const started of processes.splice(0)) {
    started.kill('SIGKILL');
    await started.exited;
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the program', () => {
  it(
    '[MA1] explains itself',
    async () => {
      const help = await finished(run('main.ts', '--help'));
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout).toContain('--port');
      expect(help.stdout).toContain('OVERWORLD_DATA');
    },
    SLOW,
  );

  it(
    '[MA2] says in one line what keeps it from starting',
    async () => {
      const busy = await new Promise<Server>((resolve) => {
        const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
      });
      const { port } = busy.address() as { port: number };
      const blocked = join(folder, 'blocked');
      await writeFile(blocked, 'a file where a folder should be');
      const cases: [TestProcess, RegExp][] = [
        [
          run('main.ts', '--port', String(port), '--data', join(folder, 'a')),
          /^port \d+ on 127.0.0.1 is in use/,
        ],
        [run('main.ts', '--port', '0', '--data', join(blocked, 'b')), /cannot be written/],
        [run('main.ts', '--port', 'many'), /^--port is "many": it must be/],
        [run('main.ts', '--prot=3000'), /^--prot=3000 is not an option/],
      ];
      for (const [started, line] of cases) {
        const { code, stderr } = await finished(started);
        expect(stderr).toMatch(line);
        expect(stderr.trimEnd().split('\n')).toHaveLength(1);
        expect(code).toBe(1);
      }
      busy.close();
    },
    SLOW,
  );

  it(
    '[MA8] ends when the database of the operator is out of reach, and does not print its password',
    async () => {
      const words = ['--port', '0', '--data', join(folder, 'c')];
      const started = new TestProcess('main.ts', words, {
        OVERWORLD_DATABASE_URL: 'postgres://ada:verysecret@127.0.0.1:1/game',
      });
      processes.push(started);
      const { code, stdout, stderr } = await finished(started);
      expect(code).toBe(1);
      expect(stderr).toMatch(/ECONNREFUSED/);
      expect(stdout + stderr).not.toContain('verysecret');
    },
    SLOW,
  );

  it(
    '[MA3] stops on SIGTERM and SIGINT within two seconds, with exit code 0 and nothing left behind',
    async () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        const { server, url } = await serve();
        const ada = await newPlayer(url, 'Ada').enter('forest');
        const startedMs = performance.now();
        server.kill(signal);
        expect(await finished(server)).toMatchObject({ code: 0, stderr: '' });
        expect(performance.now() - startedMs).toBeLessThan(2500);
        expect(ada.closing).toMatchObject({ reason: 'draining' });
        const left = spawnSync('pgrep', ['-f', join(folder, 'data')], { encoding: 'utf8' });
        expect(left.stdout).toBe('');
      }
    },
    SLOW,
  );

  it(
    '[MA4] gives players their seats back after it was killed in the middle of the game',
    async () => {
      const first = await serve();
      const ada = await newPlayer(first.url, 'Ada').enter('forest');
      ada.input('move', { dx: 100, dy: 0 });
      await expect.poll(() => ada.replica.ack, WAIT).toBe(1);
      const { you, resume, epoch } = ada.zone;
      first.server.kill('SIGKILL');
      await first.server.exited;
      const second = await serve();
      const again = newPlayer(second.url, 'Ada');
      again.token = ada.token;
      const back = await again.connect().join({ resume });
      expect(back).toMatchObject({ you, sequence: 1 });
      expect(back.epoch).toBeGreaterThan(epoch);
      await expect.poll(() => again.replica.own?.id, WAIT).toBe(you);
      second.server.kill('SIGTERM');
      await second.server.exited;
      const verified = await finished(run('verify-journal.ts', '--data', join(folder, 'data')));
      expect(verified.stdout).toContain('all equal');
      expect(verified.code).toBe(0);
    },
    SLOW,
  );

  it(
    '[MA5] keeps its data folder for itself',
    async () => {
      const { server } = await serve();
      const second = await finished(run('main.ts', '--data', join(folder, 'data'), '--port', '0'));
      expect(second.code).toBe(1);
      expect(second.stderr).toMatch(/in use by another Overworld/);
      server.kill('SIGTERM');
      await server.exited;
    },
    SLOW,
  );

  it(
    '[MA6] names the tick and the column where a journal was changed',
    async () => {
      const data = join(folder, 'data');
      const changed = changeOneHash(join(data, 'journal.db'));
      const verified = await finished(run('verify-journal.ts', '--data', data));
      expect(verified.stdout).toContain(`DIFFERENT  tick ${changed.tick}: recorded ${changed.total}`);
      expect(verified.stdout).toMatch(/, in body\.x$/m);
      expect(verified.stdout).toContain('1 different');
      expect(verified.code).toBe(1);
      const replayed = await finished(run('replay.ts', '--data', data, '--zone', changed.zone));
      expect(replayed.stdout).toContain(`DIFFERENT at tick ${changed.tick}, in body.x`);
      expect(replayed.code).toBe(1);
    },
    SLOW,
  );

  it(
    '[MA7] says that there is no journal where there is none',
    async () => {
      const verified = await finished(run('verify-journal.ts', '--data', join(folder, 'nowhere')));
      expect(verified).toMatchObject({ code: 1, stdout: '' });
      expect(verified.stderr).toMatch(/^there is no journal in/);
    },
    SLOW,
  );
});

/** Writes another hash of `body.x` into the newest record that carries hashes. */
function changeOneHash(file: string): {
  readonly zone: string;
  readonly tick: number;
  readonly total: string;
} {
  const journal = new DatabaseSync(file);
  const rows = journal
    .prepare('SELECT sequence, bytes, name FROM records JOIN zones ON zones.id = zone ORDER BY sequence DESC')
    .all();
  for (const { sequence, bytes, name } of rows) {
    const record = decodeRecord(bytes as Uint8Array);
    if (record === undefined || !('hash' in record) || record.hash === undefined) continue;
    const total = record.hash.total.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    // The order of the parts: tick, entities, then the columns.
    const parts = record.hash.parts.map((part, index) => (index === 2 ? (part ^ 1) >>> 0 : part));
    const changed = encodeRecord({ ...record, hash: { total, parts } });
    journal.prepare('UPDATE records SET bytes = ?1 WHERE sequence = ?2').run(changed, sequence as number);
    journal.close();
    return { zone: String(name), tick: record.tick, total };
  }
  throw new Error('no record carries hashes');
}
