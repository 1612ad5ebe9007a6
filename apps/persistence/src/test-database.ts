import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@overworld/overworld/postgres';
import type { DataSource } from 'typeorm';
import { dataSourceOptions, openDatabase } from './database.ts';

export interface TestDatabase {
  readonly url: string;
  readonly database: DataSource;
  /** Kills the server as a crash would; its guard starts it again on the same port. */
  crash(): void;
  close(): Promise<void>;
}

/** A real PostgreSQL of a spec's own, migrated, in a folder that goes with it. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-database-'));
  const server = await startPostgres({ folder });
  const database = await openDatabase(dataSourceOptions({ databaseUrl: server.url, connections: 8 }));
  const lockFile = join(folder, 'postgres', 'cluster', 'postmaster.pid');
  const crash = () => void process.kill(Number.parseInt(readFileSync(lockFile, 'utf8'), 10), 'SIGKILL');
  const close = async () => {
    if (database.isInitialized) await database.destroy();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: server.url, database, crash, close };
}
