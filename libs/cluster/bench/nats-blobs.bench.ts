/*
 * What snapshots cost on NATS, and what the library's object store costs in the same run, with the same compression: put, get
 * and delete of 10 to 500 kB that compress to about a third, on one server and on a cluster of three.
 *
 *   npm run bench -- nats-blobs
 */
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { jetstream } from '@nats-io/jetstream';
import { type ObjectStore, Objm } from '@nats-io/obj';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Blobs } from '@overworld/ports';
import { type Figure, figureOf, isSmoke, report } from '../../../bench/results.ts';
import { startTestNats } from '../src/nats/test-nats.ts';

const ROUNDS = isSmoke ? 2 : 40;
const STORE_ATTEMPTS = 5;
const STORE_PAUSE_MS = 500;
const SIZES = [10_000, 100_000, 500_000];
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Floats that move a little from row to row, as a zone's columns do. */
function snapshot(sizeBytes: number): Uint8Array {
  const values = new Float32Array(sizeBytes / 4);
  for (let index = 0; index < values.length; index++) values[index] = Math.fround(index + (index % 7) / 8);
  return new Uint8Array(values.buffer);
}

function objectStore(store: ObjectStore): Blobs {
  return {
    put: async (key, bytes) => void (await store.putBlob({ name: key }, await compress(bytes))),
    get: async (key) => {
      const packed = await store.getBlob(key);
      return packed === null ? undefined : new Uint8Array(await decompress(packed));
    },
    delete: async (key) => void (await store.delete(key)),
    list: async () => [],
  };
}

async function timed(what: string, work: (round: number) => Promise<unknown>): Promise<Figure> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    await work(round);
    times.push(performance.now() - startMs);
  }
  return figureOf(what, 'ms', times);
}

async function measure(name: string, blobs: Blobs): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of SIZES) {
    const bytes = snapshot(size);
    const of = `${size / 1_000} kB, ${name}`;
    const before = process.cpuUsage();
    figures.push(
      await timed(`put ${of}`, (round) => blobs.put(`zone-${round}/${size}`, bytes)),
      await timed(`get ${of}`, (round) => blobs.get(`zone-${round}/${size}`)),
      await timed(`delete ${of}`, (round) => blobs.delete(`zone-${round}/${size}`)),
    );
    const { user, system } = process.cpuUsage(before);
    figures.push(figureOf(`processor time of all three, ${of}`, 'ms', [(user + system) / 1_000 / ROUNDS]));
  }
  return figures;
}

/** A cluster that has just elected its leader may have no place for a stream yet. */
async function createStore(connection: NatsConnection, replicas: number): Promise<ObjectStore> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await new Objm(jetstream(connection)).create('compared', { replicas });
    } catch (error) {
      if (attempt === STORE_ATTEMPTS) throw error;
      await wait(STORE_PAUSE_MS);
    }
  }
}

const figures: Figure[] = [];
for (const count of [1, 3] as const) {
  const nats = await startTestNats(count);
  const ports = await nats.open();
  const connection = await connect({ servers: [...nats.servers.urls], noAsyncTraces: true });
  const store = await createStore(connection, count);
  figures.push(...(await measure(`the port, ${count} server(s)`, ports.blobs)));
  figures.push(...(await measure(`object store, ${count} server(s)`, objectStore(store))));
  await connection.close();
  await nats.close();
}
report('nats-blobs', figures);
