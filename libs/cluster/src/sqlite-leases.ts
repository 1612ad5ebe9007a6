import type { DatabaseSync } from 'node:sqlite';
import type { Lease, LeaseOutcome, LeasePage, Leases } from '@overworld/ports';
import { LIST_LEASES } from './prefix-queries.ts';
import { openSqlite } from './sqlite-file.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS leases (key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO counter (id, revision) VALUES (1, 0);
`;

/** SQLite takes a negative limit for none. */
const EVERYTHING: LeasePage = { after: '', limit: -1 };

type Listener = (key: string, lease: Lease | undefined) => void;

interface Watch {
  readonly prefix: string;
  readonly listener: Listener;
  isActive: boolean;
}

/**
 * Leases in one SQLite file. Revisions come from one counter that is never set back, so a key that was deleted and
 * created again has a higher one. Watchers are called after the change, never from within it; they see the changes that
 * are made through this object.
 */
export class SqliteLeases implements Leases {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #watches = new Set<Watch>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = prepare(database);
  }

  static open(file: string): SqliteLeases {
    return new SqliteLeases(openSqlite(file, SCHEMA));
  }

  async get(key: string): Promise<Lease | undefined> {
    const row = this.#statements.get.get(key);
    return row === undefined ? undefined : toLease(row);
  }

  async create(key: string, value: Uint8Array): Promise<LeaseOutcome> {
    return this.#change(key, value, (revision) => this.#statements.create.run(key, value, revision).changes);
  }

  async update(key: string, value: Uint8Array, expectedRevision: number): Promise<LeaseOutcome> {
    return this.#change(key, value, (revision) => {
      return this.#statements.update.run(key, value, revision, expectedRevision).changes;
    });
  }

  async delete(key: string, expectedRevision: number): Promise<LeaseOutcome> {
    return this.#change(key, undefined, () => this.#statements.delete.run(key, expectedRevision).changes);
  }

  async list(prefix: string, page: LeasePage = EVERYTHING): Promise<readonly Lease[]> {
    return this.#statements.list.all(prefix, page.after, page.limit).map(toLease);
  }

  watch(prefix: string, listener: Listener): () => void {
    const watch: Watch = { prefix, listener, isActive: true };
    const present = this.#statements.list.all(prefix, EVERYTHING.after, EVERYTHING.limit).map(toLease);
    for (const lease of present) this.#call(watch, lease.key, lease);
    this.#watches.add(watch);
    return () => {
      watch.isActive = false;
      this.#watches.delete(watch);
    };
  }

  /** Deletes every key but those with the prefix: for an owner of the file who knows that every holder is gone. */
  clear(keptPrefix?: string): void {
    this.#statements.clear.run(keptPrefix ?? null);
  }

  close(): void {
    for (const watch of this.#watches) watch.isActive = false;
    this.#watches.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #change(
    key: string,
    value: Uint8Array | undefined,
    write: (revision: number) => number | bigint,
  ): LeaseOutcome {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const revision = Number(this.#statements.count.get()?.revision);
      const isChanged = Number(write(revision)) > 0;
      this.#database.exec(isChanged ? 'COMMIT' : 'ROLLBACK');
      if (!isChanged) return { kind: 'conflict' };
      this.#notify(key, value === undefined ? undefined : { key, value: value.slice(), revision });
      return { kind: 'held', revision };
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  #notify(key: string, lease: Lease | undefined): void {
    for (const watch of this.#watches) if (key.startsWith(watch.prefix)) this.#call(watch, key, lease);
  }

  #call(watch: Watch, key: string, lease: Lease | undefined): void {
    setImmediate(() => {
      if (watch.isActive) watch.listener(key, lease);
    });
  }
}

function prepare(database: DatabaseSync) {
  return {
    get: database.prepare('SELECT key, value, revision FROM leases WHERE key = ?1'),
    count: database.prepare('UPDATE counter SET revision = revision + 1 RETURNING revision'),
    create: database.prepare('INSERT OR IGNORE INTO leases (key, value, revision) VALUES (?1, ?2, ?3)'),
    update: database.prepare('UPDATE leases SET value = ?2, revision = ?3 WHERE key = ?1 AND revision = ?4'),
    delete: database.prepare('DELETE FROM leases WHERE key = ?1 AND revision = ?2'),
    clear: database.prepare('DELETE FROM leases WHERE ?1 IS NULL OR substr(key, 1, length(?1)) <> ?1'),
    list: database.prepare(LIST_LEASES),
  };
}

function toLease(row: Record<string, unknown>): Lease {
  return { key: String(row.key), value: row.value as Uint8Array, revision: Number(row.revision) };
}
