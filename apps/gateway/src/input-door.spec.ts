import { TokenBucket } from '@overworld/platform';
import { encodeInputFrame, type RefusedMessage } from '@overworld/protocol';
import { defineRuleset } from '@overworld/ruleset';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { InputChain } from './input-chain.ts';
import { InputDoor } from './input-door.ts';
import { GATEWAY_DEFAULTS } from './options.ts';
import type { PlayerConnection } from './player-connection.ts';
import type { PushedInput } from './seat.ts';

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
    shout: { schema: z.object({ text: z.string().max(200).trim().toUpperCase() }), policy: 'all' },
  },
  input: { say() {}, jump() {}, shout() {} },
  join: (zone) => zone.spawn({ body: {} }),
});

function setup() {
  const refused: RefusedMessage[] = [];
  const pushed: { input: number; sequence: number; value: Uint8Array }[] = [];
  const { inputRate, chatRate } = GATEWAY_DEFAULTS;
  const inputs = new InputChain();
  const connection = {
    player: '00000000000000a1',
    isClosed: false,
    inputs,
    inputBucket: new TokenBucket(inputRate, 0),
    chatBucket: new TokenBucket(chatRate, 0),
    seat: {
      index: 3,
      link: { ruleset: hall, inputs: 0 },
      push: ({ kind, sequence, bytes, from, to }: PushedInput) => {
        inputs.letIn(sequence);
        pushed.push({ input: kind, sequence, value: bytes.slice(from, to) });
      },
    },
    refuse: (message: RefusedMessage) => {
      inputs.refused(message.sequence ?? 0);
      refused.push(message);
    },
    watch: () => {},
  } as unknown as PlayerConnection;
  const asked: string[] = [];
  const door = new InputDoor({
    now: () => 0,
    askAi: (_connection, _seat, { text }) => asked.push(text),
  });
  return { refused, pushed, asked, connection, door };
}

const jump = { tick: 0, kind: 1, value: hall.inputs[1]?.codec.encode({}) as Uint8Array };

it('[ID2] takes an input frame like as many events', () => {
  const { door, connection, pushed, refused } = setup();
  const frame = encodeInputFrame(
    3,
    [1, 2, 5].map((sequence) => ({ ...jump, sequence })),
  );
  expect(door.frame(connection, frame), 'is all let in').toBe(true);
  expect(pushed).toMatchObject([1, 2, 5].map((sequence) => ({ sequence, input: 1 })));
  expect(refused).toEqual([]);
});

it('[ID6] passes bytes on as they came, and anew when the schema changes what they say', () => {
  const { door, connection, pushed } = setup();
  const [say, , shout] = hall.inputs;
  const line = { tick: 0, value: say?.codec.encode({ text: ' up ' }) as Uint8Array };
  const records = [
    { ...line, kind: 0, sequence: 1 },
    { ...line, kind: 2, sequence: 2 },
  ];
  expect(door.frame(connection, encodeInputFrame(3, records))).toBe(true);
  expect([say?.isPlain, shout?.isPlain]).toEqual([true, false]);
  expect(pushed.map(({ value }) => value)).toEqual([line.value, shout?.codec.encode({ text: 'UP' })]);
});

it('[ID3] drops a frame for the zone before a handoff, and refuses what is none or names no input', () => {
  const { door, connection, pushed, refused } = setup();
  const frames = [
    encodeInputFrame(2, [{ ...jump, sequence: 1 }]),
    Uint8Array.of(16, 3, 200),
    'text',
    encodeInputFrame(3, [{ ...jump, kind: 9, sequence: 2 }]),
    encodeInputFrame(3, [{ ...jump, kind: 0, value: Uint8Array.of(9, 9), sequence: 3 }]),
  ];
  for (const frame of frames) expect(door.frame(connection, frame)).toBe(false);
  expect(pushed).toEqual([]);
  expect(refused.map(({ reason, sequence }) => [reason, sequence])).toEqual([
    ['bad-request', undefined],
    ['bad-request', undefined],
    ['unknown-input', 2],
    ['bad-input', 3],
  ]);
});

it('[ID4] stops at the first input of a frame that comes too fast', () => {
  const { door, connection, pushed, refused } = setup();
  const { burst } = GATEWAY_DEFAULTS.inputRate;
  for (let first = 1; first <= burst + 20; first += 20) {
    const sequences = Array.from({ length: 20 }, (_, index) => first + index);
    const frame = encodeInputFrame(
      3,
      sequences.map((sequence) => ({ ...jump, sequence })),
    );
    expect(door.frame(connection, frame)).toBe(first <= burst);
  }
  expect(pushed).toHaveLength(burst);
  expect(refused).toMatchObject([{ reason: 'rate-limited', sequence: burst + 1 }]);
});

it('[ID7] counts a line once, however often it comes, and a line for the ai each time', () => {
  const { door, connection, pushed, asked, refused } = setup();
  const { burst } = GATEWAY_DEFAULTS.chatRate;
  for (let time = 0; time < burst + 3; time++)
    door.message(connection, { sequence: 1, name: 'say', value: { text: 'here' } });
  expect([pushed.length, refused.length]).toEqual([burst + 3, 0]);
  for (let time = 0; time < burst + 3; time++)
    door.message(connection, { sequence: 2, name: 'say', value: { text: '/ai stop' } });
  expect(asked).toHaveLength(burst - 1);
  expect(refused).toHaveLength(4);
  door.message(connection, { sequence: 1, name: 'say', value: { text: '/ai stop' } });
  expect(refused).toHaveLength(5);
});

it('[ID8] takes nobody at his word who says that he has said something before', () => {
  const { door, connection, pushed } = setup();
  const sequences = Array.from({ length: 40 }, (_, index) => index + 1);
  const value = hall.inputs[0]?.codec.encode({ text: 'buy gold' }) as Uint8Array;
  const lines = sequences.map((sequence) => ({ sequence, tick: 0, kind: 0, value }));
  door.frame(connection, encodeInputFrame(2, lines));
  door.frame(connection, encodeInputFrame(3, lines));
  expect(pushed).toHaveLength(GATEWAY_DEFAULTS.chatRate.burst);
});

it('[ID9] has what comes behind the inputs of a frame for another zone wait for them', () => {
  const { door, connection } = setup();
  door.frame(connection, encodeInputFrame(2, [{ ...jump, sequence: 4 }]));
  expect(connection.inputs.letIn(5)).toBe(4);
});

it('[ID10] does not refuse what it has let in, and has none wait for what it refuses', () => {
  const { door, connection, refused } = setup();
  const { burst } = GATEWAY_DEFAULTS.inputRate;
  const frameOf = (first: number, count: number): Uint8Array =>
    encodeInputFrame(
      3,
      Array.from({ length: count }, (_, index) => ({ ...jump, sequence: first + index })),
    );
  for (let first = 1; first <= burst; first += 10) door.frame(connection, frameOf(first, 10));
  const { returns } = connection.inputs;
  door.frame(connection, frameOf(burst - 9, 10));
  expect(connection.inputs.returns).toBe(returns + 10);
  door.message(connection, { sequence: burst, name: 'jump', value: {} });
  expect(refused).toEqual([]);
  door.frame(connection, frameOf(burst + 1, 10));
  expect(refused).toMatchObject([{ sequence: burst + 1, reason: 'rate-limited' }]);
  expect(connection.inputs.letIn(burst + 11)).toBe(burst);
});

it('[ID5] hands a line for the ai to the ai, and not to the zone', () => {
  const { door, connection, pushed, asked } = setup();
  door.message(connection, { sequence: 1, name: 'say', value: { text: '/ai walk north' } });
  door.message(connection, { sequence: 2, name: 'say', value: { text: 'what does /ai do?' } });
  expect(asked).toEqual(['walk north']);
  expect(pushed).toMatchObject([{ sequence: 2 }]);
});

it('[ID1] lets a player talk less often than act: what is said goes to everybody', () => {
  const refused: RefusedMessage[] = [];
  const pushed: unknown[] = [];
  const { inputRate, chatRate } = GATEWAY_DEFAULTS;
  const connection = {
    player: '00000000000000a1',
    inputs: new InputChain(),
    inputBucket: new TokenBucket(inputRate, 0),
    chatBucket: new TokenBucket(chatRate, 0),
    seat: {
      link: { ruleset: hall, inputs: 0 },
      push: (command: unknown) => pushed.push(command),
    },
    refuse: (message: RefusedMessage) => refused.push(message),
    watch: () => {},
  } as unknown as PlayerConnection;
  const door = new InputDoor({ now: () => 0, askAi: () => {} });
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
