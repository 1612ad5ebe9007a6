/*
 * The thread that does what would stall the ticks: it syncs and checkpoints the journal's log, and it compresses and
 * stores blobs. It answers every request, in order.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { LIST_BLOBS } from './prefix-queries.ts';
import { openSqlite } from './sqlite-file.ts';

export interface StoreWorkerData {
  readonly journalFile: string | undefined;
  readonly blobsFile: string | undefined;
}

export type StoreRequest =
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'put'; readonly key: string; readonly bytes: Uint8Array }
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'list'; readonly prefix: string }
  | { readonly kind: 'close' };

export type StoreAnswer =
  | { readonly id: number; readonly ok: true; readonly value: Uint8Array | readonly string[] | undefined }
  | { readonly id: number; readonly ok: false; readonly detail: string };

const BLOBS_SCHEMA = 'CREATE TABLE IF NOT EXISTS blobs (key TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT';

const files = workerData as StoreWorkerData;
const journal = files.journalFile === undefined ? undefined : openSqlite(files.journalFile, '');
const blobs = files.blobsFile === undefined ? undefined : openBlobs(files.blobsFile);

interface BlobStatements {
  readonly database: DatabaseSync;
  readonly put: StatementSync;
  readonly get: StatementSync;
  readonly delete: StatementSync;
  readonly list: StatementSync;
}

function openBlobs(file: string): BlobStatements {
  const database = openSqlite(file, BLOBS_SCHEMA);
  return {
    database,
    put: database.prepare('INSERT OR REPLACE INTO blobs (key, bytes) VALUES (?1, ?2)'),
    get: database.prepare('SELECT bytes FROM blobs WHERE key = ?1'),
    delete: database.prepare('DELETE FROM blobs WHERE key = ?1'),
    list: database.prepare(LIST_BLOBS),
  };
}

function stored(): BlobStatements {
  if (blobs === undefined) throw new Error('this worker has no blob file');
  return blobs;
}

function answer(request: StoreRequest): Uint8Array | readonly string[] | undefined {
  switch (request.kind) {
    case 'checkpoint':
      journal?.exec('PRAGMA wal_checkpoint(PASSIVE)');
      return undefined;
    case 'put':
      stored().put.run(request.key, zstdCompressSync(request.bytes));
      return undefined;
    case 'get':
      return readBlob(request.key);
    case 'delete':
      stored().delete.run(request.key);
      return undefined;
    case 'list':
      return stored()
        .list.all(request.prefix)
        .map((row) => String(row.key));
    case 'close':
      journal?.close();
      blobs?.database.close();
      return undefined;
  }
}

function readBlob(key: string): Uint8Array | undefined {
  const row = stored().get.get(key);
  if (row === undefined) return undefined;
  // A copy of its own buffer: small results of zlib share a pooled one, which must not cross threads.
  return new Uint8Array(zstdDecompressSync(row.bytes as Uint8Array));
}

parentPort?.on('message', (message: { readonly id: number; readonly request: StoreRequest }) => {
  try {
    const value = answer(message.request);
    const transfer = value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : [];
    parentPort?.postMessage({ id: message.id, ok: true, value } satisfies StoreAnswer, transfer);
  } catch (error) {
    parentPort?.postMessage({ id: message.id, ok: false, detail: String(error) } satisfies StoreAnswer);
  }
  if (message.request.kind === 'close') parentPort?.close();
});
