import { defineRuleset, ZoneRuntime } from '@overworld/ruleset';
import { expect, it } from 'vitest';
import { Replica } from '../client/index.ts';
import { Mirror, View, type ViewOptions } from '../gateway/index.ts';
import { ZoneEncoder } from '../zone/index.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
const shown = { fields: { value: 'u8' }, show: {} } as const;
const PLAYER = '00000000000000a1';

const bits = defineRuleset({
  name: 'spec-bits',
  tickHz: 20,
  capacity: { players: 1, entities: 64 },
  gap: { policy: 'hold' },
  components: { a: shown, b: shown, c: shown, d: shown, e: shown },
  interest: { everything: true },
  inputs: {},
  input: {},
  create(zone) {
    for (let count = 0; count < 30; count++) zone.spawn({ a: {}, b: {}, c: {}, d: {}, e: {} });
  },
  join: (zone) => zone.spawn({ a: {}, b: {}, c: {}, d: {}, e: {} }),
});

it.each<[string, Partial<ViewOptions>]>([
  ['one frame', {}],
  ['many small frames', { maxMessageBytes: 64 }],
  ['many small frames, and a small budget', { maxMessageBytes: 64, budgetBytesPerSecond: 300 }],
  ['a link that loses frames', { lossy: true }],
  ['one that loses small frames', { lossy: true, maxMessageBytes: 64 }],
])('thirty-one kinds of updates, the own one last, reach the client: %s', (_, options) => {
  const identity = { zoneId: 'spec-1', zoneNumber: 1, seed: 'spec', params: null };
  const runtime = ZoneRuntime.create(bits, { ...identity, idKey: [1, 2] });
  const encoder = new ZoneEncoder(runtime);
  const mirror = new Mirror(bits.wire, { everything: true });
  const view = new View(mirror, {
    ...{ player: PLAYER, budgetBytesPerSecond: 1e6, maxMessageBytes: 65_535 },
    ...options,
  });
  const replica = new Replica(bits.wire);
  let tick = 0;
  const advance = (isJoining = false): void => {
    tick++;
    const who = { player: PLAYER, name: 'Ada', character: new Uint8Array(0), gateway: 'g' };
    runtime.step(tick, isJoining ? [{ kind: 'join', tick, ...who }] : []);
    mirror.apply(encoder.encode({ epoch: 1, tick, previousTick: tick - 1 }, runtime.output));
    const taken = view.take(tick);
    for (const frame of taken?.frames ?? []) expect(replica.apply(frame)).toBe('applied');
    if (taken !== undefined) view.delivered(taken.receipt);
  };
  advance(true);
  for (let count = 0; count < 100; count++) advance();
  expect(replica.entities.size).toBe(31);
  // biome-ignore lint/suspicious/noExplicitAny: the components are named by a list
  const zone = runtime.context as any;
  const entities: number[] = [];
  zone.each('a', (entity: number) => entities.push(entity));
  for (let round = 0; round < 3; round++) {
    entities.forEach((entity, index) => {
      NAMES.forEach((name, bit) => {
        if (((index + 1) & (1 << bit)) !== 0) zone[name].value[entity]++;
      });
    });
    for (let count = 0; count < 60; count++) advance();
    for (const entity of entities) {
      const seen = replica.entities.get(zone.stableId(entity));
      for (const name of NAMES) expect(seen?.get(name)).toEqual({ value: zone[name].value[entity] });
    }
  }
});
