/*
 * What replication costs on this machine: `node --import tsx libs/replication/bench/replication.bench.ts`.
 * Zone side: one encode of a zone. Gateway side: one message into the mirror, and one take for each of its players.
 */
import { defineRuleset, ZoneRuntime } from '@overworld/ruleset';
import { z } from 'zod';
import { Replica } from '../src/client/index.ts';
import { Mirror, View } from '../src/gateway/index.ts';
import { ZoneEncoder } from '../src/zone/index.ts';

const field = defineRuleset({
  name: 'bench-field',
  tickHz: 20,
  capacity: { players: 200, entities: 20_000 },
  gap: { policy: 'hold' },
  components: {
    body: {
      fields: { x: 'f64', y: 'f64', vx: 'f64', vy: 'f64' },
      show: {
        motion: {
          position: ['x', 'y'],
          velocity: ['vx', 'vy'],
          min: 0,
          max: 2000,
          step: 0.05,
          velocityMax: 12,
          velocityStep: 0.1,
          epsilon: 0.1,
        },
      },
    },
    look: { fields: { hue: 'u8', name: { text: 24 } }, show: {} },
    purse: { fields: { coins: 'u32' }, show: { audience: 'owner' } },
  },
  interest: { position: ['body', 'x', 'y'], radius: 100 },
  inputs: { move: { schema: z.object({ dx: z.int() }), policy: 'latest' } },
  create() {},
  join(zone, player) {
    const entity = zone.spawn({ body: { x: 1000, y: 1000 }, look: { name: 'player' }, purse: {} });
    zone.own(entity, player);
    return entity;
  },
  input: { move() {} },
  tick(zone) {
    const { x, y, vx, vy } = zone.body;
    zone.each('body', (row) => {
      x[row] = (x[row] as number) + (vx[row] as number) * zone.dt;
      y[row] = (y[row] as number) + (vy[row] as number) * zone.dt;
    });
  },
});

interface Timing {
  encodeMicroseconds: number;
  applyMicroseconds: number;
  takeMicroseconds: number;
  replicaMicroseconds: number;
  messageBytes: number;
  bytesPerSecond: number;
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1] ?? 0;
}

function measure(entities: number, players: number, spread: number): Timing {
  const runtime = ZoneRuntime.create(field, {
    zoneId: 'b',
    zoneNumber: 1,
    seed: 'b',
    params: null,
    idKey: [1, 2],
  });
  // biome-ignore lint/suspicious/noExplicitAny: the benchmark drives the zone from outside
  const zone = runtime.context as any;
  const noise = (limit: number): number => Math.floor(Math.random() * limit);
  const walkers: number[] = [];
  for (let index = 0; index < entities; index++) {
    const at = { x: 1000 + noise(spread) - spread / 2, y: 1000 + noise(spread) - spread / 2 };
    walkers.push(zone.spawn({ body: at, look: { name: 'npc' } }));
  }
  const encoder = new ZoneEncoder(runtime, { netIdKey: 1 });
  const mirror = new Mirror(field.wire, field.definition.interest);
  const ids = Array.from({ length: players }, (_, index) => (index + 1).toString(16).padStart(16, '0'));
  const character = new Uint8Array(0);
  const options = { budgetBytesPerSecond: 64_000, maxMessageBytes: 65_535 };
  const views = ids.map((player) => new View(mirror, { player, ...options }));
  const replica = new Replica(field.wire);
  const samples: number[][] = [[], [], [], [], []];
  for (let tick = 1; tick <= 400; tick++) {
    const joins =
      tick > 1
        ? []
        : ids.map((player) => ({ kind: 'join' as const, tick, player, name: 'p', character, gateway: 'g' }));
    for (const row of walkers) {
      if (noise(40) !== 0) continue;
      zone.body.vx[row] = (noise(100) - 50) / 10;
      zone.body.vy[row] = (noise(100) - 50) / 10;
    }
    runtime.step(tick, joins);
    const t0 = performance.now();
    const message = encoder.encode({ epoch: 1, tick, previousTick: tick - 1 }, runtime.output);
    const t1 = performance.now();
    mirror.apply(message);
    const t2 = performance.now();
    const taken = views.map((view) => view.take(tick));
    const t3 = performance.now();
    for (const frame of taken[0]?.frames ?? []) replica.apply(frame);
    const t4 = performance.now();
    if (tick < 100) continue;
    [t1 - t0, t2 - t1, (t3 - t2) / players, t4 - t3, message.length].forEach((value, index) => {
      samples[index]?.push(value);
    });
  }
  const [encode, apply, take, apply1, bytes] = samples.map(median) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    encodeMicroseconds: Math.round(encode * 1000),
    applyMicroseconds: Math.round(apply * 1000),
    takeMicroseconds: Math.round(take * 10_000) / 10,
    replicaMicroseconds: Math.round(apply1 * 1000),
    messageBytes: Math.round(bytes),
    bytesPerSecond: Math.round((views[0]?.counts.bytes ?? 0) / 20),
  };
}

console.table({
  '250 entities, 50 players': measure(250, 50, 300),
  '1,000 entities, 200 players': measure(1000, 200, 600),
  '10,000 entities, 50 players': measure(10_000, 50, 1900),
});
