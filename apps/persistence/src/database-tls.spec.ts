import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgres, startPostgres } from '@overworld/overworld/postgres';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from './database.ts';

const CERTIFICATE =
  '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:localhost,IP:127.0.0.1';

let folder: string;
let server: Postgres;

function certify(into: string, name: string): string {
  const [key, certificate] = [join(into, `${name}.key`), join(into, `${name}.crt`)];
  execFileSync('openssl', ['req', ...CERTIFICATE.split(' '), '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  return certificate;
}

function source(caFile = ''): DataSource {
  return new DataSource(dataSourceOptions({ databaseUrl: server.url, connections: 1, caFile }));
}

/** The running server takes up a certificate, and from then on nobody without TLS. */
async function askForTls(): Promise<void> {
  const cluster = join(folder, 'postgres', 'cluster');
  certify(cluster, 'server');
  const { uid, gid } = statSync(cluster);
  for (const name of ['server.key', 'server.crt']) {
    chownSync(join(cluster, name), uid, gid);
    chmodSync(join(cluster, name), 0o600);
  }
  const database = await source().initialize();
  await database.query('ALTER SYSTEM SET ssl = on');
  await database.query(
    `COPY (SELECT 'hostssl all all 127.0.0.1/32 scram-sha-256') TO '${cluster}/pg_hba.conf'`,
  );
  await database.query('SELECT pg_reload_conf()');
  await database.destroy();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'overworld-database-tls-'));
  server = await startPostgres({ folder });
  await askForTls();
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a database that asks for TLS', () => {
  it('lets in who trusts its certificate', async () => {
    const ca = join(folder, 'postgres', 'cluster', 'server.crt');
    await expect.poll(() => isEncrypted(ca), { timeout: 10_000 }).toBe(true);
  });

  it('is not talked to by who trusts another one', async () => {
    await expect(source(certify(folder, 'stranger')).initialize()).rejects.toThrow(/certificate/);
  });

  it('does not let in who comes without', async () => {
    await expect(source().initialize()).rejects.toThrow('no encryption');
  });
});

async function isEncrypted(caFile: string): Promise<boolean> {
  const database = await source(caFile).initialize();
  const [row] = await database.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
  await database.destroy();
  return row.ssl;
}
