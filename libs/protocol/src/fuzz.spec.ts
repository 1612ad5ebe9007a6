/*
 * A hundred thousand packets, random and mutated from sound ones, into every decoder. The seed is fixed: a failure
 * names its round and comes again.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RANDOM_STREAM_WORDS, RandomStream } from '@overworld/kernel';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../generate/tables.ts';
import { fromHex, type VectorFile } from '../generate/vector-file.ts';
import { componentLength, type ComponentValues, readComponent } from './component.ts';
import { FRAME_FAULTS, type FrameSink, readFrame } from './frame-reader.ts';
import { INPUT_FAULTS, readInputFrame } from './input-frame.ts';
import { parseWireSchema } from './parse-schema.ts';
import type { WireComponent, WireSchema } from './schema.ts';
import { ValueCodec } from './value-codec.ts';
import type { ValueType } from './value-type.ts';

const ROUNDS = 100_000;
const MAX_HEAP_GROWTH_BYTES = 4 * 1024 * 1024;
const SEED = 'fuzz-1';
/** Rounds are counted, not timed: a busy machine may take as long as it needs. */
const TIMEOUT_MS = 300_000;

function stream(name: string): RandomStream {
  const random = new RandomStream(new Uint32Array(RANDOM_STREAM_WORDS), 0);
  random.seed(`${SEED}-${name}`);
  return random;
}

const files = Object.entries(generatedFiles()).filter(([path]) => path.startsWith('vectors/'));
const vectors = files.map(([, text]) => JSON.parse(text) as VectorFile);
const schemas = vectors.flatMap((file) => Object.values(file.schemas ?? {}));
const states = vectors.flatMap(({ cases, schemas: own }) =>
  cases.flatMap(({ state, schema }) =>
    state === undefined ? [] : [{ bytes: fromHex(state), schema: own?.[schema ?? ''] as WireSchema }],
  ),
);
const inputs = vectors.flatMap(({ cases }) =>
  cases.flatMap(({ input }) => (input === undefined ? [] : [fromHex(input)])),
);
const values = vectors.flatMap(({ cases }) =>
  cases.flatMap(({ type, bytes }) =>
    type === undefined ? [] : [{ codec: new ValueCodec(type), bytes: fromHex(bytes as string) }],
  ),
);

function pick<T>(random: RandomStream, items: readonly T[]): T {
  return items[random.int(items.length)] as T;
}

function randomBytes(random: RandomStream, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(random.int(maxBytes + 1));
  for (let index = 0; index < bytes.length; index++) bytes[index] = random.int(256);
  return bytes;
}

const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xff, 16, 31, 32] as const;

function mutateByte(random: RandomStream, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  // Mostly near the front, where counts and masks are.
  const reach = random.chance(0.6) ? Math.min(24, bytes.length) : bytes.length;
  const at = random.int(reach);
  const how = random.int(3);
  if (how === 0) bytes[at] = random.int(256);
  else if (how === 1) bytes[at] = (bytes[at] as number) ^ (1 << random.int(8));
  else bytes[at] = pick(random, INTERESTING);
}

function splice(random: RandomStream, bytes: Uint8Array): Uint8Array {
  const from = random.int(bytes.length + 1);
  const to = from + random.int(Math.min(8, bytes.length - from) + 1);
  const inserted = randomBytes(random, 8);
  return Uint8Array.from([...bytes.subarray(0, from), ...inserted, ...bytes.subarray(to)]);
}

function mutate(random: RandomStream, sound: Uint8Array): Uint8Array {
  let bytes: Uint8Array = sound.slice(0, random.chance(0.2) ? random.int(sound.length + 1) : sound.length);
  if (random.chance(0.3)) bytes = splice(random, bytes);
  for (let count = random.int(4); count > 0; count--) mutateByte(random, bytes);
  return bytes;
}

/** Reads everything it is given, as a client would, and counts it. */
class CountingSink implements FrameSink {
  calls = 0;
  open = false;
  readonly #out: ComponentValues = {};

  begin(): void {
    this.calls = 0;
    this.open = true;
  }

  leave(): void {
    this.calls++;
  }

  enter(): void {
    this.calls++;
  }

  update(): void {
    this.calls++;
  }

  component(component: WireComponent, bytes: Uint8Array, offset: number, lengthBytes: number): void {
    if (componentLength(component, bytes, offset, offset + lengthBytes) !== lengthBytes)
      throw new Error('unsound');
    if (readComponent(component, bytes, offset, this.#out) !== lengthBytes)
      throw new Error('read past the end');
  }

  end(): void {
    this.open = false;
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Runs the rounds after a warm-up and holds the growth of the heap against its bound. */
function soak(rounds: number, round: (index: number) => void): void {
  for (let index = 0; index < rounds / 10; index++) round(index);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < rounds; index++) round(index);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
}

describe('hostile bytes', { timeout: TIMEOUT_MS }, () => {
  it('[G4] a state frame is whole or refused with a reason', () => {
    const random = stream('state');
    const sink = new CountingSink();
    let accepted = 0;
    soak(ROUNDS, () => {
      const { bytes: sound, schema } = pick(random, states);
      const bytes = random.chance(0.25) ? randomBytes(random, 120) : mutate(random, sound);
      sink.calls = -1;
      const outcome = readFrame(bytes, () => schema, sink);
      if (outcome.ok) accepted++;
      else if (!FRAME_FAULTS.includes(outcome.reason)) throw new Error(outcome.reason);
      // A refused frame reaches no sink; an accepted one makes no more calls than it has bytes.
      if (outcome.ok ? sink.open || sink.calls > bytes.length : sink.calls !== -1)
        throw new Error(outcome.ok ? 'too many calls' : 'half a frame');
    });
    expect(accepted).toBeGreaterThan(ROUNDS / 100);
    expect(accepted).toBeLessThan(ROUNDS);
  });

  it('[X5] an input frame is whole or refused with a reason', () => {
    const random = stream('input');
    let accepted = 0;
    soak(ROUNDS, () => {
      const bytes = random.chance(0.25) ? randomBytes(random, 60) : mutate(random, pick(random, inputs));
      const outcome = readInputFrame(bytes);
      if (outcome.ok) accepted++;
      else if (!INPUT_FAULTS.includes(outcome.reason)) throw new Error(outcome.reason);
    });
    expect(accepted).toBeGreaterThan(ROUNDS / 100);
  });

  it('[T3] a value is decoded whole or refused, and what is decoded can be encoded', () => {
    const random = stream('value');
    let accepted = 0;
    soak(ROUNDS, () => {
      const { codec, bytes: sound } = pick(random, values);
      const outcome = codec.decode(random.chance(0.25) ? randomBytes(random, 40) : mutate(random, sound));
      if (!outcome.ok) return;
      accepted++;
      // JSON can be spelled shorter than it is written: only the other types promise to fit again.
      const again = codec.encode(outcome.value);
      if (again === undefined ? !JSON.stringify(codec.type).includes('"json"') : !codec.decode(again).ok) {
        throw new Error('decoded what cannot be encoded');
      }
    });
    expect(accepted).toBeGreaterThan(ROUNDS / 100);
  });
});

/** Places in a JSON tree, found without recursion. */
function nodesOf(root: unknown): { holder: Record<string, unknown>; key: string }[] {
  const found: { holder: Record<string, unknown>; key: string }[] = [];
  const open = [root];
  while (open.length > 0) {
    const holder = open.pop();
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of Object.keys(holder)) {
      found.push({ holder: holder as Record<string, unknown>, key });
      open.push((holder as Record<string, unknown>)[key]);
    }
  }
  return found;
}

const JUNK: readonly unknown[] = [
  null,
  -1,
  0,
  1,
  2.5,
  1e308,
  2 ** 53,
  '',
  'x',
  'u8',
  'text',
  'list',
  [],
  {},
  true,
  'a'.repeat(300),
];

function mutateJson(random: RandomStream, schema: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
  const nodes = nodesOf(copy);
  for (let count = random.int(3); count >= 0; count--) {
    const { holder, key } = pick(random, nodes);
    const how = random.int(4);
    if (how === 0) delete holder[key];
    else if (how === 1) holder[key] = pick(random, JUNK);
    else if (how === 2) holder[key] = pick(random, nodes).holder[pick(random, nodes).key];
    else if (typeof holder[key] === 'number') holder[key] = (holder[key] as number) + random.int(3) - 1;
  }
  return copy;
}

function nest(depth: number): unknown {
  let type: unknown = { t: 'u8' };
  for (let index = 0; index < depth; index++) type = { t: 'array', max: 2, of: type };
  return type;
}

describe('hostile schemas', { timeout: TIMEOUT_MS }, () => {
  it('[S1] a schema is refused, or frames and values can be read with it', () => {
    const random = stream('schema');
    const sink = new CountingSink();
    let accepted = 0;
    soak(ROUNDS / 5, () => {
      const outcome = parseWireSchema(mutateJson(random, pick(random, schemas)));
      if (!outcome.ok) return;
      accepted++;
      const { schema } = outcome;
      for (const { value } of [...schema.inputs, ...schema.events])
        new ValueCodec(value).decode(randomBytes(random, 20));
      readFrame(mutate(random, pick(random, states).bytes), () => schema, sink);
    });
    expect(accepted).toBeGreaterThan(10);
  });

  it('[T2] depth, width and self-similar nesting are refused at their limits', () => {
    const schema = schemas.find(({ inputs: list }) => list.length > 0) as WireSchema;
    const withType = (value: unknown): unknown => ({ ...schema, inputs: [{ ...schema.inputs[0], value }] });
    expect(parseWireSchema(withType(nest(7))).ok).toBe(true);
    for (const depth of [8, 9, 1000, 100_000]) expect(parseWireSchema(withType(nest(depth))).ok).toBe(false);
    const wide = {
      t: 'object',
      fields: Array.from({ length: 65 }, (_, index) => ({ name: `f${index}`, value: { t: 'u8' } })),
    };
    expect(parseWireSchema(withType(wide)).ok).toBe(false);
    const cyclic: Record<string, unknown> = { t: 'array', max: 3 };
    cyclic.of = cyclic;
    expect(parseWireSchema(withType(cyclic)).ok).toBe(false);
  });

  it('[G4] arrays in arrays cost no more than their bytes', () => {
    const codec = new ValueCodec({ t: 'array', max: 4096, of: nest(6) as ValueType });
    const before = process.cpuUsage();
    for (let round = 0; round < 200; round++) codec.decode(new Uint8Array(1024).fill(round % 3));
    for (let round = 0; round < 200; round++)
      codec.decode(Uint8Array.from([0xff, 0x1f, ...new Array<number>(1000).fill(0x80)]));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(3000);
  });
});
