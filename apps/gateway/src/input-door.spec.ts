import { TokenBucket } from '@overworld/platform';
import type { RefusedMessage } from '@overworld/protocol';
import { defineRuleset } from '@overworld/ruleset';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { InputDoor } from './input-door.ts';
import { GATEWAY_DEFAULTS } from './options.ts';
import type { PlayerConnection } from './player-connection.ts';

const hall = defineRuleset({
  name: 'hall',
  tickHz: 20,
  capacity: { players: 1, entities: 1 },
  gap: { policy: 'hold' },
  components: { body: { fields: { x: 'f64' }, show: { as: { x: { min: 0, max: 1, step: 0.5 } } } } },
  interest: { everything: true },
  inputs: {
    say: { schema: z.object({ text: z.string().max(200) }), policy: 'all' },
    jump: { schema: z.object({}), policy: 'all' },
  },
  input: { say() {}, jump() {} },
  join: (zone) => zone.spawn({ body: {} }),
});

it('[ID1] lets a player talk less often than act: what is said goes to everybody', () => {
  const refused: RefusedMessage[] = [];
  const pushed: unknown[] = [];
  const { inputRate, chatRate } = GATEWAY_DEFAULTS;
  const connection = {
    player: '00000000000000a1',
    inputBucket: new TokenBucket(inputRate, 0),
    chatBucket: new TokenBucket(chatRate, 0),
    seat: { link: { ruleset: hall }, push: (command: unknown) => pushed.push(command), passOver: () => {} },
    refuse: (message: RefusedMessage) => refused.push(message),
    watch: () => {},
  } as unknown as PlayerConnection;
  const door = new InputDoor({ now: () => 0, counted: () => {}, askAi: () => {} });
  const lines = chatRate.burst + 2;
  for (let sequence = 1; sequence <= lines; sequence++) {
    door.message(connection, { sequence, name: 'say', value: { text: 'buy gold' } });
  }
  for (let sequence = lines + 1; sequence <= lines + 30; sequence++) {
    door.message(connection, { sequence, name: 'jump', value: {} });
  }
  expect(pushed.length).toBe(chatRate.burst + 30);
  const about = { reason: 'rate-limited', input: 'say' };
  expect(refused).toMatchObject([
    { ...about, sequence: lines - 1 },
    { ...about, sequence: lines },
  ]);
});
