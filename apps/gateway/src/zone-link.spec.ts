import { BATCH_LIMITS, decodeBatch } from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import type { Bus, Clock } from '@overworld/ports';
import { defineRuleset } from '@overworld/ruleset';
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
