/*
 * What snapshots cost on NATS, and what the library's object store costs in the same run, with the same compression: put, get
 * and delete of 10 to 500 kB that compress to about a third, on one server and on a cluster of three.
 *
 *   node --import tsx libs/cluster/bench/nats-blobs.bench.ts
 */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { jetstream } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { connect } from '@nats-io/transport-node';
import type { Blobs } from '@overworld/ports';
import { startTestNats } from '../src/nats/test-nats.ts';

const ROUNDS = 40;
const SIZES = [10_000, 100_000, 500_000];
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Floats that move a little from row to row, as a zone's columns do. */
function snapshot(sizeBytes: number): Uint8Array {
  const values = new Float32Array(sizeBytes / 4);
  for (let index = 0; index < values.length; index++) values[index] = Math.fround(index + (index % 7) / 8);
  return new Uint8Array(values.buffer);
}

function objectStore(store: Awaited<ReturnType<Objm['create']>>): Blobs {
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

async function timed(work: (round: number) => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    await work(round);
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} max ${at(1)} ms`;
}

async function measure(name: string, blobs: Blobs): Promise<void> {
  for (const size of SIZES) {
    const bytes = snapshot(size);
    const before = process.cpuUsage();
    const put = await timed((round) => blobs.put(`zone-${round}/${size}`, bytes));
    const get = await timed((round) => blobs.get(`zone-${round}/${size}`));
    const remove = await timed((round) => blobs.delete(`zone-${round}/${size}`));
    const { user, system } = process.cpuUsage(before);
    const cpuMs = ((user + system) / 1_000 / ROUNDS).toFixed(1);
    console.log(
      `${name}, ${size / 1_000} kB: put ${put}, get ${get}, delete ${remove}; ${cpuMs} ms of processor for all three`,
    );
  }
}

for (const count of [1, 3] as const) {
  const nats = await startTestNats(count);
  const ports = await nats.open();
  const connection = await connect({ servers: [...nats.servers.urls], noAsyncTraces: true });
  const store = await new Objm(jetstream(connection)).create('compared', { replicas: count });
  await measure(`the port, ${count} server(s)`, ports.blobs);
  await measure(`object store, ${count} server(s)`, objectStore(store));
  await connection.close();
  await nats.close();
}
