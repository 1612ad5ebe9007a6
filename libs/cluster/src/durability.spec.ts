import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderError } from './data-folder.ts';
import { openLocalPorts } from './local-ports.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { StoreThread } from './store-thread.ts';

interface Program {
  readonly child: ChildProcess;
  /** Everything it has told so far. */
  readonly lines: readonly string[];
  line(): Promise<string>;
}

let folder = '';
let programs: Program[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overworld-durability-'));
});
afterEach(async () => {
  await Promise.all(programs.map(kill));
  programs = [];
  rmSync(folder, { recursive: true, force: true });
});

function run(name: string, words: readonly string[]): Program {
  const file = fileURLToPath(new URL(`./test-programs/${name}-worker.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => void lines.push(text));
  let read = 0;
  const line = async () => {
    await expect.poll(() => lines.length, { timeout: 30_000, interval: 1 }).toBeGreaterThan(read);
    return lines[read++] as string;
  };
  const program = { child, lines, line };
  programs.push(program);
  return program;
}

async function kill({ child }: Program): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** How often SQLite has started its log over: a number in the head of the log. */
function logStarts(file: string): number {
  return readFileSync(`${file}-wal`).readUInt32BE(12);
}

interface Acknowledged {
  readonly zone: string;
  readonly before: number;
  readonly sequence: number;
}

/** Reads what a killed process had told: a line is whole or it was never written. */
async function acknowledged(program: Program, afterMs: number): Promise<Acknowledged[]> {
  await program.line();
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const closed = once(program.child, 'close');
  program.child.kill('SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
  return program.lines.map((line) => {
    const [zone = '', before, sequence] = line.split(' ');
    return { zone, before: Number(before), sequence: Number(sequence) };
  });
}

// Processes start slowly on a busy machine.
const PATIENCE = { timeout: 60_000 };

describe('the journal of a process that is killed', PATIENCE, () => {
  it('[DU1] holds everything that was acknowledged, also when the kill meets a checkpoint, and goes on from there', async () => {
    const file = join(folder, 'journal.db');
    const zones = ['a', 'b', 'c'];
    let told: Acknowledged[] = [];
    for (const afterMs of [150, 1_050, 400]) {
      told = [...told, ...(await acknowledged(run('append', [file, ...zones]), afterMs))];
    }
    expect(told.length).toBeGreaterThan(300);
    const journal = SqliteJournal.open(file);
    for (const zone of zones) {
      const records = await journal.read(zone, 0, 1_000_000);
      const stored = new Map(
        records.map(({ sequence, bytes }) => [sequence, new TextDecoder().decode(bytes)]),
      );
      const own = told.filter((one) => one.zone === zone);
      const missing = own.filter(
        ({ before, sequence }) => !stored.get(sequence)?.startsWith(`${zone} after ${before} `),
      );
      expect(missing).toEqual([]);
      // Each record names the one before it: nothing was lost in between, and nothing came twice.
      const before = [0, ...stored.keys()];
      const strays = [...stored.values()].filter(
        (text, index) => !text.startsWith(`${zone} after ${before[index]} `),
      );
      expect(strays).toEqual([]);
    }
    journal.close();
  });

  it('[DU2] never acknowledges both of two processes, in 200 rounds', async () => {
    const file = join(folder, 'journal.db');
    const journal = SqliteJournal.open(file);
    const writers = [run('race', [file]), run('race', [file])];
    for (const writer of writers) expect(await writer.line()).toBe('ready');
    let last = 0;
    for (let round = 0; round < 200; round++) {
      for (const { child } of writers) child.stdin?.write(`${round} ${last}\n`);
      const outcomes = await Promise.all(writers.map((writer) => writer.line()));
      expect(outcomes.sort()).toEqual([`${round} appended`, `${round} conflict`]);
      last = (await journal.last('contested'))?.sequence ?? 0;
    }
    expect(await journal.read('contested', 0, 1_000)).toHaveLength(200);
    journal.close();
  });

  it('[DU3] can be read while another process writes it, and takes no append from the reader', async () => {
    const file = join(folder, 'journal.db');
    const writer = run('append', [file, 'a']);
    await writer.line();
    const reader = SqliteJournal.openReadOnly(file);
    const first = await reader.last('a');
    await expect.poll(async () => (await reader.last('a'))?.sequence).toBeGreaterThan(first?.sequence ?? 0);
    expect((await reader.append('a', first?.sequence ?? 0, new Uint8Array(1))).kind).toBe('unknown');
    reader.close();
    await kill(writer);
    const later = SqliteJournal.openReadOnly(file);
    expect((await later.read('a', 0, 5)).length).toBe(5);
    later.close();
  });

  it('[DU4] starts its log over under a load that never pauses, so that it does not grow for ever', async () => {
    const file = join(folder, 'journal.db');
    const thread = new StoreThread({ journalFile: file, blobsFile: undefined });
    const journal = SqliteJournal.open(file, { checkpoint: () => thread.request({ kind: 'checkpoint' }) });
    let isLoaded = true;
    const load = async (zone: string) => {
      let last = 0;
      while (isLoaded) {
        const outcome = await journal.append(zone, last, new Uint8Array(500));
        if (outcome.kind === 'appended') last = outcome.sequence;
      }
      return last;
    };
    const loads = ['a', 'b', 'c', 'd'].map(load);
    const firstStart = logStarts(file);
    await expect.poll(() => logStarts(file) - firstStart, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
    isLoaded = false;
    const [last = 0] = await Promise.all(loads);
    await thread.close();
    // Without the thread the journal goes on by itself.
    expect((await journal.append('a', last, new Uint8Array(1))).kind).toBe('appended');
    journal.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  it('[DU5] goes on when its other thread dies, which starts again with the next request', async () => {
    const file = join(folder, 'journal.db');
    const thread = new StoreThread({ journalFile: file, blobsFile: join(folder, 'blobs.db') });
    const journal = SqliteJournal.open(file, { checkpoint: () => thread.request({ kind: 'checkpoint' }) });
    const put = (key: string) => thread.request({ kind: 'put', key, bytes: new Uint8Array(10) });
    await put('a');
    const lost = put('b').catch((error: Error) => error.message);
    await thread.crash();
    expect([undefined, 'the store thread ended']).toContain(await lost);
    expect((await journal.append('a', 0, new Uint8Array(1))).kind).toBe('appended');
    await put('c');
    expect(await thread.request({ kind: 'list', prefix: '' })).toEqual(expect.arrayContaining(['a', 'c']));
    await thread.close();
    await expect(put('d')).rejects.toThrow('closed');
    journal.close();
  });

  it('[DU6] answers unknown while another program locks the file, writes nothing, and goes on afterwards', async () => {
    const file = join(folder, 'journal.db');
    const journal = SqliteJournal.open(file);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const outcomes = await Promise.all(
      [1, 2].map((value) => journal.append(`z${value}`, 0, new Uint8Array(value))),
    );
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('locked') });
    other.exec('ROLLBACK');
    other.close();
    expect(await journal.last('z1')).toBeUndefined();
    expect((await journal.append('z1', 0, new Uint8Array(1))).kind).toBe('appended');
    journal.close();
  });

  it('[DU7] answers appends after its end, and fails no one', async () => {
    const journal = SqliteJournal.open(join(folder, 'journal.db'));
    const pending = journal.append('a', 0, new Uint8Array(1));
    journal.close();
    journal.close();
    expect((await pending).kind).toBe('appended');
    expect((await journal.append('a', 1, new Uint8Array(1))).kind).toBe('unknown');
  });
});

describe('the data folder', PATIENCE, () => {
  const open = (path: string) => openLocalPorts({ folder: path });
  const refusal = async (path: string) => {
    const error: unknown = await open(path).catch((caught: unknown) => caught);
    if (!(error instanceof DataFolderError)) throw new Error(`no refusal: ${String(error)}`);
    expect(error.message).not.toContain('\n');
    return error;
  };

  it('[DF1] belongs to one process, and says to which', async () => {
    const path = join(folder, 'data');
    const holder = run('hold', [path]);
    expect(await holder.line()).toBe('open');
    const { reason, message } = await refusal(path);
    expect(reason).toBe('in-use');
    expect(message).toContain(path);
    expect(message).toContain(`process ${holder.child.pid}`);
  });

  it('[DF2] is opened without the leases of earlier processes, besides those that tell of no holder', async () => {
    const path = join(folder, 'data');
    const first = await open(path);
    await first.leases.create('shards/a', new Uint8Array(1));
    await first.leases.create('seats/a', new Uint8Array(1));
    await first.close();
    const second = await openLocalPorts({ folder: path, keptLeases: 'seats/' });
    expect((await second.leases.list('')).map(({ key }) => key)).toEqual(['seats/a']);
    await second.close();
  });

  it('[DF2] is free at once when that process is killed; its leases are gone, its blobs are there', async () => {
    const path = join(folder, 'data');
    const holder = run('hold', [path]);
    expect(await holder.line()).toBe('open');
    await kill(holder);
    const ports = await open(path);
    expect(await ports.leases.list('')).toEqual([]);
    expect((await ports.blobs.get('snapshot/a'))?.length).toBe(1_000);
    await ports.close();
  });

  it('[DF3] is locked within a process, too, and free after close', async () => {
    const path = join(folder, 'a', 'b', 'data');
    const ports = await open(path);
    expect((await refusal(path)).reason).toBe('in-use');
    await Promise.all([ports.close(), ports.close()]);
    const again = await open(path);
    await again.close();
  });

  it('[DF4] that cannot be written is refused in one line', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below'), '/proc/overworld']) {
      const { reason, message } = await refusal(path);
      expect(reason).toBe('not-writable');
      expect(message).toContain(path);
    }
  });

  it('[DF5] with a file that is no database is refused in one line, and left unlocked', async () => {
    const path = join(folder, 'data');
    mkdirSync(path);
    for (const name of ['journal.db', 'leases.db', 'blobs.db']) {
      writeFileSync(join(path, name), 'this is no database'.repeat(100));
      expect((await refusal(path)).reason).toBe('damaged');
      rmSync(join(path, name));
    }
    await (await open(path)).close();
  });
});
