/*
 * What a message over the local bus costs, published and delivered.
 *
 *   npm run bench -- bus
 */
import { type Figure, figureOf, isSmoke, report } from '../../../bench/results.ts';
import { LocalBus } from '../src/local-bus.ts';

const [ROUNDS, MESSAGES, REQUESTS] = isSmoke ? [2, 2_000, 200] : [4, 100_000, 12_500];
const BATCH = 1_000;
const payload = new Uint8Array(200);

async function round(
  subscriptions: (bus: LocalBus, hear: () => void) => void,
  perMessage: number,
): Promise<number> {
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
  return (tookMs * 1_000) / MESSAGES;
}

async function run(name: string, ...how: Parameters<typeof round>): Promise<Figure> {
  const rounds: number[] = [];
  for (let index = 0; index < ROUNDS; index++) rounds.push(await round(...how));
  return figureOf(`message, ${name}`, 'µs', rounds);
}

async function requests(): Promise<number> {
  const bus = new LocalBus();
  bus.subscribe('echo', (message) => message.reply?.(message.payload), { queue: 'q' });
  const startMs = performance.now();
  for (let sent = 0; sent < REQUESTS; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => bus.request('echo', payload, 1_000)));
  }
  const tookMs = performance.now() - startMs;
  await bus.close();
  return (tookMs * 1_000) / REQUESTS;
}

async function runRequests(): Promise<Figure> {
  const rounds: number[] = [];
  for (let index = 0; index < ROUNDS; index++) rounds.push(await requests());
  return figureOf('request and answer', 'µs', rounds);
}

function subscribeEach(bus: LocalBus, hear: () => void, copies: number): void {
  for (let zone = 0; zone < 50; zone++) {
    for (let copy = 0; copy < copies; copy++) bus.subscribe(`zone.forest-${zone}.out`, hear);
  }
}

report('bus', [
  await run('one subscriber per subject', (bus, hear) => subscribeEach(bus, hear, 1), 1),
  await run('one subscriber with a wildcard', (bus, hear) => void bus.subscribe('zone.*.out', hear), 1),
  await run('three subscribers per subject', (bus, hear) => subscribeEach(bus, hear, 3), 3),
  await runRequests(),
]);
