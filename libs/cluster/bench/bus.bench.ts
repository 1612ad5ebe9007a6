/*
 * What a message over the local bus costs, published and delivered.
 *
 *   node libs/cluster/bench/bus.bench.ts
 */
import { LocalBus } from '../src/local-bus.ts';

const MESSAGES = 400_000;
const BATCH = 1_000;
const payload = new Uint8Array(200);

async function run(
  name: string,
  subscriptions: (bus: LocalBus, hear: () => void) => void,
  perMessage: number,
): Promise<void> {
  const bus = new LocalBus();
  let heard = 0;
  subscriptions(bus, () => void heard++);
  const startMs = performance.now();
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    for (let index = 0; index < BATCH; index++) bus.publish(`zone.forest-${index % 50}.out`, payload);
    await new Promise(setImmediate);
  }
  await bus.close();
  const tookMs = performance.now() - startMs;
  if (heard !== MESSAGES * perMessage) throw new Error(`heard ${heard}`);
  console.log(`${name.padEnd(34)} ${((tookMs * 1_000) / MESSAGES).toFixed(2)} µs per message`);
}

async function requests(): Promise<void> {
  const bus = new LocalBus();
  bus.subscribe('echo', (message) => message.reply?.(message.payload), { queue: 'q' });
  const startMs = performance.now();
  const count = 50_000;
  for (let sent = 0; sent < count; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => bus.request('echo', payload, 1_000)));
  }
  console.log(
    `${'request and answer'.padEnd(34)} ${(((performance.now() - startMs) * 1_000) / count).toFixed(2)} µs each`,
  );
  await bus.close();
}

await run(
  'one subscriber per subject',
  (bus, hear) => {
    for (let zone = 0; zone < 50; zone++) bus.subscribe(`zone.forest-${zone}.out`, hear);
  },
  1,
);
await run('one subscriber with a wildcard', (bus, hear) => void bus.subscribe('zone.*.out', hear), 1);
await run(
  'three subscribers per subject',
  (bus, hear) => {
    for (let zone = 0; zone < 50; zone++) {
      for (let copy = 0; copy < 3; copy++) bus.subscribe(`zone.forest-${zone}.out`, hear);
    }
  },
  3,
);
await requests();
