export { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts';
export { PostgresError } from './postgres-error.ts';
