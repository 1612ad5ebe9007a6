import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLocalPorts } from './local-ports.ts';
import { LIST_BLOBS, LIST_LEASES } from './prefix-queries.ts';
import { openSqliteReadOnly } from './sqlite-file.ts';

let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'overworld-prefix-'));
  await (await openLocalPorts({ folder })).close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** How SQLite goes about it. */
function planOf(file: string, query: string, ...parameters: (string | number)[]): string {
  const database = openSqliteReadOnly(join(folder, file));
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all(...parameters);
  database.close();
  return steps.map(({ detail }) => String(detail)).join('; ');
}

it('[PQ1] finds the snapshots of a zone in the index, without a look at those of others', () => {
  const plan = planOf('blobs.db', LIST_BLOBS, 'snapshot/hills-1/');
  expect(plan).toMatch(/^SEARCH blobs USING COVERING INDEX \S+ \(key>\? AND key<\?\)$/);
});

it('[PQ2] finds a page of leases in the index, where the page begins', () => {
  const plan = planOf('leases.db', LIST_LEASES, 'zones/', 'zones/hills-1', 500);
  expect(plan).toMatch(/^SEARCH leases USING INDEX \S+ \(key>\? AND key<\?\)$/);
});
