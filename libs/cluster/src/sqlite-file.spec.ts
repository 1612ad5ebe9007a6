import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqlite } from './sqlite-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overworld-sqlite-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('[SF1] keeps what players said and did from other users of the machine, the log files too', () => {
  for (const name of ['new.db', 'old.db']) {
    const file = join(folder, name);
    if (name === 'old.db') writeFileSync(file, '', { mode: 0o644 });
    const database = openSqlite(file, 'CREATE TABLE said (text TEXT) STRICT');
    for (const suffix of ['', '-wal', '-shm']) expect(statSync(file + suffix).mode & 0o077).toBe(0);
    database.close();
  }
});
