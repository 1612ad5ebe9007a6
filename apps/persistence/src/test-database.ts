import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@overworld/overworld/postgres';
import type { DataSource } from 'typeorm';
import { dataSourceOptions, openDatabase } from './database.ts';

export interface TestDatabase {
  readonly url: string;
  readonly database: DataSource;
  close(): Promise<void>;
}

/** A real PostgreSQL of a spec's own, migrated, in a folder that goes with it. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-database-'));
  const server = await startPostgres({ folder });
  const database = await openDatabase(dataSourceOptions({ databaseUrl: server.url, connections: 8 }));
  const close = async () => {
    if (database.isInitialized) await database.destroy();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: server.url, database, close };
}
