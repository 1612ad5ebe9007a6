import { LocalBus } from '@overworld/cluster';
import { BATCH_LIMITS, decodeBatch, subjects, type WrittenInput } from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import type { Bus, Clock } from '@overworld/ports';
import { ZoneEncoder } from '@overworld/replication/zone';
import { defineRuleset, ZoneRuntime } from '@overworld/ruleset';
import { expect, it } from 'vitest';
import { ZoneLink, type ZoneWatcher } from './zone-link.ts';

const place = { zone: 'yard-1', world: 'yard', ruleset: 'yard', params: null };
const yard = defineRuleset({
  name: 'yard',
  tickHz: 20,
  capacity: { players: 1, entities: 1 },
  gap: { policy: 'hold' },
  components: { body: { fields: { x: 'f64' }, show: { as: { x: { min: 0, max: 1, step: 0.5 } } } } },
  interest: { everything: true },
  inputs: {},
  input: {},
  join: (zone) => zone.spawn({ body: {} }),
});

function inputOf(sequence: number): WrittenInput {
  const value = { bytes: Uint8Array.of(0), from: 0, to: 1 };
  return { idLo: 0xa1, idHi: 0, sequence, after: 0, tick: 0, input: 0, source: 'player', ...value };
}

it('[ZL1] cuts what one turn brings into batches that the zone accepts', () => {
  const sent: Uint8Array[] = [];
  const bus = {
    publish: (_: string, payload: Uint8Array) => sent.push(payload),
    subscribe: () => ({ unsubscribe: () => {} }),
    request: () => new Promise(() => {}),
    onStatus: () => () => {},
  } as unknown as Bus;
  const clock = { now: () => 0 } as unknown as Clock;
  const ports = { gateway: 'g', bus, clock, services: {} as ServiceCaller, synced: () => {} };
  const link = new ZoneLink(place, yard, ports);
  const count = BATCH_LIMITS.maxCommands * 2 + 5;
  for (let index = 0; index < count; index++) link.push({ kind: 'drop', player: '00000000000000a1' });
  link.close();
  const received = sent.map((payload) => decodeBatch(payload)?.commands.length ?? 0);
  expect(received).toEqual([BATCH_LIMITS.maxCommands, BATCH_LIMITS.maxCommands, 5]);
  expect(link.batches).toBe(3);
});

it('[ZL2] doubts what was sent when its connection to the bus has come back', () => {
  let tell = (_connected: boolean): void => {};
  const bus = {
    publish: () => {},
    subscribe: () => ({ unsubscribe: () => {} }),
    request: () => new Promise(() => {}),
    onStatus: (listener: (connected: boolean) => void) => {
      tell = listener;
      return () => {
        tell = () => {};
      };
    },
  } as unknown as Bus;
  const clock = { now: () => 0 } as unknown as Clock;
  const ports = { gateway: 'g', bus, clock, services: {} as ServiceCaller, synced: () => {} };
  const link = new ZoneLink(place, yard, ports);
  let doubts = 0;
  const watcher = { inputsInDoubt: () => (doubts += 1) } as unknown as ZoneWatcher;
  link.attach('00000000000000a1', watcher);
  tell(false);
  expect(doubts).toBe(0);
  tell(true);
  expect(doubts).toBe(1);
  link.close();
  tell(true);
  expect(doubts).toBe(1);
});

it('[ZL3] lets inputs wait for the tick that is to execute them, and nothing else, and nobody for a new owner', () => {
  const runtime = ZoneRuntime.create(yard, {
    ...{ zoneId: 'yard-1', zoneNumber: 1, seed: 'spec', params: null },
    idKey: [1, 2],
  });
  const encoder = new ZoneEncoder(runtime);
  const sent: { readonly atMs: number; readonly kinds: readonly string[] }[] = [];
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  let nowMs = 0;
  let hear = (_payload: Uint8Array): void => {};
  const bus = {
    publish: (_: string, payload: Uint8Array) =>
      sent.push({ atMs: nowMs, kinds: decodeBatch(payload)?.commands.map(({ kind }) => kind) ?? [] }),
    subscribe: (_: string, listener: (message: { payload: Uint8Array }) => void) => {
      hear = (payload) => listener({ payload });
      return { unsubscribe: () => {} };
    },
    request: () => new Promise(() => {}),
    onStatus: () => () => {},
  } as unknown as Bus;
  const clock: Clock = {
    now: () => nowMs,
    wall: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const soon = (callback: () => void): void => void clock.after(0, callback);
  const ports = { gateway: 'g', bus, clock, services: {} as ServiceCaller, synced: () => {}, soon };
  const link = new ZoneLink(place, yard, ports);
  const passes = (untilMs: number): void => {
    for (; nowMs < untilMs; nowMs++) {
      for (const timer of [...timers]) {
        if (timer.atMs > nowMs || !timers.delete(timer)) continue;
        timer.callback();
      }
    }
  };
  const news = (tick: number): void => {
    runtime.step(tick, []);
    const message = encoder.encode({ epoch: 1, tick, previousTick: tick - 1 }, runtime.output);
    encoder.stamp(message, 5);
    hear(message);
  };
  const player = '00000000000000a1';
  const input = (sequence: number): void => link.pushInput(inputOf(sequence));

  input(1);
  passes(1);
  expect(sent.splice(0)).toEqual([{ atMs: 0, kinds: ['input'] }]);
  hear(encoder.sync({ epoch: 1 }));
  for (let tick = 1; tick <= 6; tick++) {
    passes(tick * 50);
    news(tick);
  }
  passes(310);
  input(2);
  passes(320);
  input(3);
  passes(400);
  // The next tick begins at 345, and nobody else came along for a moment.
  expect(sent.splice(0)).toEqual([{ atMs: 342, kinds: ['input', 'input'] }]);
  passes(410);
  input(4);
  passes(434);
  input(5);
  passes(440);
  input(6);
  passes(441);
  input(7);
  passes(450);
  // Who comes when all is due takes the others along; one that cannot go before the tick waits for the next one.
  expect(sent.splice(0)).toEqual([{ atMs: 440, kinds: ['input', 'input', 'input'] }]);
  passes(455);
  input(8);
  link.push({ kind: 'drop', player });
  passes(500);
  expect(sent.splice(0)).toEqual([{ atMs: 455, kinds: ['input', 'input', 'drop'] }]);
  passes(502);
  input(9);
  hear(encoder.sync({ epoch: 2 }));
  input(10);
  passes(550);
  expect(sent.splice(0)).toEqual([
    { atMs: 502, kinds: ['input'] },
    { atMs: 507, kinds: ['input'] },
  ]);
  link.close();
});

it('[ZL4] gives a zone of the same process at its last call what has come by then, and waits for no other', async () => {
  const bus = new LocalBus();
  const received: number[] = [];
  bus.subscribe(subjects.zoneIn(place.zone), ({ payload }) => {
    for (const command of decodeBatch(payload)?.commands ?? []) {
      if (command.kind === 'input') received.push(command.sequence);
    }
  });
  // The zone has nothing to tell.
  bus.subscribe(subjects.zoneSync(place.zone), () => {});
  const timers: number[] = [];
  let nowMs = 0;
  const clock = {
    now: () => nowMs,
    after: (delayMs: number) => {
      timers.push(nowMs + delayMs);
      return () => {};
    },
  } as unknown as Clock;
  const link = new ZoneLink(place, yard, {
    ...{ gateway: 'g', bus, clock, services: {} as ServiceCaller, synced: () => {} },
  });
  const lastCall = async (): Promise<boolean> => {
    const isAny = bus.lastCalls.call(subjects.zoneIn(place.zone));
    await new Promise(setImmediate);
    return isAny;
  };
  const before = timers.length;
  expect(await lastCall()).toBe(false);
  nowMs = 40;
  for (const sequence of [1, 2, 3]) link.pushInput(inputOf(sequence));
  await new Promise(setImmediate);
  expect([received, timers.length - before]).toEqual([[], 0]);
  expect(await lastCall()).toBe(true);
  expect(received.splice(0)).toEqual([1, 2, 3]);
  // Without a call for two ticks it goes as if there had never been one.
  nowMs += 101;
  link.pushInput(inputOf(4));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(received).toEqual([4]);
  link.close();
  expect(await lastCall()).toBe(false);
});
