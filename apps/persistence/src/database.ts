import { readFileSync } from 'node:fs';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { AccountEntity } from './entities/account.entity.ts';
import { AppliedEffectEntity } from './entities/applied-effect.entity.ts';
import { CharacterEntity } from './entities/character.entity.ts';
import { LedgerEntryEntity } from './entities/ledger-entry.entity.ts';
import { RefreshTokenEntity } from './entities/refresh-token.entity.ts';
import { SessionEntity } from './entities/session.entity.ts';
import { ZoneEntity } from './entities/zone.entity.ts';
import { ZoneSnapshotEntity } from './entities/zone-snapshot.entity.ts';
import { CreateTables1760000000000 } from './migrations/1760000000000-create-tables.ts';
import { OpenZones1761000000000 } from './migrations/1761000000000-open-zones.ts';

/** Any number that no other program takes a lock on in this database. */
const MIGRATION_LOCK = 7_160_411;

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly databaseUrl: string;
  readonly connections: number;
  /** Who signs the server's certificate; empty for a connection without TLS, or as the URL says. */
  readonly caFile?: string;
}

export function dataSourceOptions(options: DatabaseOptions): DataSourceOptions {
  return {
    type: 'postgres',
    url: options.databaseUrl,
    poolSize: options.connections,
    ...(options.caFile ? { ssl: { ca: readFileSync(options.caFile, 'utf8') } } : {}),
    connectTimeoutMS: 5_000,
    applicationName: 'overworld-persistence',
    synchronize: false,
    migrationsRun: false,
    migrations: [CreateTables1760000000000, OpenZones1761000000000],
    entities: [
      AccountEntity,
      AppliedEffectEntity,
      CharacterEntity,
      LedgerEntryEntity,
      RefreshTokenEntity,
      SessionEntity,
      ZoneEntity,
      ZoneSnapshotEntity,
    ],
    extra: { statement_timeout: 10_000 },
  };
}

/** Connects and brings the tables up to date. Of several processes that start at once, one does; the others wait. */
export async function openDatabase(options: DataSourceOptions): Promise<DataSource> {
  const database = await new DataSource(options).initialize();
  const runner = database.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await database.runMigrations({ transaction: 'all' });
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    return database;
  } catch (error) {
    await database.destroy();
    throw error;
  } finally {
    if (!runner.isReleased && database.isInitialized) await runner.release();
  }
}
