import type { ComponentValues } from '../src/component.ts';
import { extrapolate, motionStartTick } from '../src/motion.ts';
import type { EnterText, FrameText, UpdateText } from './frame-text.ts';
import { manyComponents, MEADOW, SMALL, TYPES } from './schemas.ts';
import { type MotionCheck, stateCase, type VectorCase, type VectorFile } from './vector-file.ts';

const ID = '89abcdef01234567';

function enter(netId: number, components: EnterText['components'], own = false): EnterText {
  return { netId, id: netId.toString(16).padStart(16, '0'), own, components };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Layout, flags, counts and empty frames. */
export function frames(): VectorFile {
  const place: EnterText = { netId: 1, id: ID, own: true, components: { place: { x: 50 } } };
  const level = (netId: number): UpdateText => ({ netId, components: { level: { level: netId % 256 } } });
  const cases = [
    stateCase('one of each', SMALL, {
      zoneIndex: 2,
      epoch: 7,
      tick: 1000,
      ack: 5,
      leaves: [0x1234],
      enters: [place],
      updates: [{ netId: 2, components: { level: { level: 7 } } }],
    }),
    stateCase('nothing at all', SMALL, { tick: 1 }),
    stateCase('an acknowledgement alone', SMALL, { tick: 2, ack: 4294967295 }),
    stateCase('an empty keyframe', SMALL, { tick: 3, keyframe: true }),
    stateCase('leaves alone', SMALL, { tick: 4, leaves: [0, 65535, 256] }),
    stateCase('enters alone', SMALL, { tick: 5, enters: [place] }),
    stateCase('updates alone', SMALL, { tick: 6, updates: [level(65535)] }),
    stateCase('the largest header', SMALL, {
      zoneIndex: 255,
      epoch: Number.MAX_SAFE_INTEGER,
      tick: 4294967295,
      ack: Number.MAX_SAFE_INTEGER,
      keyframe: true,
    }),
    stateCase('an enter without components', SMALL, {
      tick: 7,
      enters: [{ ...place, own: false, components: {} }],
    }),
    stateCase('a netId that leaves and is entered anew', SMALL, {
      tick: 8,
      leaves: [1],
      enters: [{ ...place, id: 'ffffffffffffffff' }],
    }),
    stateCase('127 leaves: a count of one byte', SMALL, { leaves: range(127) }),
    stateCase('128 of each: counts of two bytes', SMALL, {
      tick: 9,
      leaves: range(128),
      enters: range(128).map((netId) => enter(netId, { place: { x: netId / 2 } })),
      updates: range(128).map((index) => level(index + 1000)),
    }),
    stateCase('300 runs of one record', SMALL, {
      tick: 10,
      updates: range(300).map((netId) =>
        netId % 2 === 0 ? level(netId) : { netId, components: { place: { x: netId } } },
      ),
    }),
  ];
  return {
    about: 'The layout of state frames: flags, counts, empty frames.',
    schemas: { small: SMALL },
    cases,
  };
}

/** Every field type at its borders. */
export function fields(): VectorFile {
  const low: EnterText['components'] = {
    unsigned: { a: 0, b: 0, c: 0 },
    signed: { a: -128, b: -32768, c: -2147483648 },
    floats: { a: -3.4028234663852886e38, b: 5e-324 },
    steps: { a: -5, b: 1000 - 32768 / 3, c: -1, d: 0.1 },
    words: { first: '', middle: 0, last: '' },
    lists: { bytes: [], path: [], weights: [] },
    tag: {},
    small: { halves: [], wide: [], narrow: [], signed: [], short: [] },
  };
  const high: EnterText['components'] = {
    unsigned: { a: 255, b: 65535, c: 4294967295 },
    signed: { a: 127, b: 32767, c: 2147483647 },
    floats: { a: 0.1, b: Number.MAX_VALUE },
    steps: { a: 20.5, b: 1000.5, c: 4293.967295, d: 1e6 },
    words: { first: 'Zoë 東京 🌲', middle: 513, last: `\u0000\ufeff${'å'.repeat(140)}` },
    lists: { bytes: range(200), path: [10, 10.25, -8182, 8201.75], weights: [0.1, -1e300, 3] },
    tag: {},
    small: { halves: [0.5, -0.1], wide: [4294967295], narrow: [-1, -128], signed: [-1], short: [65535, 1] },
  };
  const mixed = { unsigned: low.unsigned, words: high.words, tag: {} } as EnterText['components'];
  const cases = [
    stateCase('the lowest of each', TYPES, { enters: [enter(1, low)] }),
    stateCase('the highest of each', TYPES, { enters: [enter(2, high, true)] }),
    stateCase('values out of range are bounded', TYPES, {
      enters: [enter(3, { unsigned: { a: -1, b: 70000, c: 1e12 }, signed: { a: 1e9, b: -1e9, c: 1e12 } })],
    }),
    stateCase('each component in an update of its own', TYPES, {
      updates: Object.entries(high).map(([name, values], index) => ({
        netId: index,
        components: { [name]: values },
      })),
    }),
    stateCase('runs of mixed sizes', TYPES, {
      updates: [
        { netId: 5, components: mixed },
        { netId: 6, components: mixed },
        { netId: 7, components: { lists: high.lists as ComponentValues } },
      ],
    }),
  ];
  return { about: 'Every type of field, at its borders.', schemas: { types: TYPES }, cases };
}

/** Masks of one, two and four bytes. */
export function masks(): VectorFile {
  const schemas = [manyComponents(8, 1), manyComponents(16, 2), manyComponents(31, 4), manyComponents(3, 4)];
  schemas[3] = { ...(schemas[3] as (typeof schemas)[number]), ruleset: 'mask-4-of-3' };
  const all = (count: number): EnterText['components'] =>
    Object.fromEntries(range(count).map((index) => [`c${index}`, { v: 255 - index }]));
  const cases: VectorCase[] = [];
  for (const schema of schemas) {
    const count = schema.components.length;
    const last = `c${count - 1}`;
    cases.push(stateCase(`${schema.ruleset}: all components`, schema, { enters: [enter(9, all(count))] }));
    cases.push(
      stateCase(`${schema.ruleset}: the first, the last, both`, schema, {
        updates: [
          { netId: 1, components: { c0: { v: 1 } } },
          { netId: 2, components: { [last]: { v: 2 } } },
          { netId: 3, components: { c0: { v: 3 }, [last]: { v: 4 } } },
        ],
      }),
    );
  }
  return {
    about: 'Masks of one, two and four bytes.',
    schemas: Object.fromEntries(schemas.map((schema) => [schema.ruleset, schema])),
    cases,
  };
}

const METER = 0.02;

function moving(start: number): EnterText['components'] {
  return { body: { x: 500 * METER, y: 0, vx: 4, vy: -2.5, start } };
}

/** Start ticks around the wrap of their 16 bits, and where the entity is later. */
function motionCase(name: string, tick: number, start: number, at: number): VectorCase {
  const frame: Partial<FrameText> = { tick, enters: [enter(4, moving(start))] };
  const decoded = stateCase(name, MEADOW, frame);
  const values = (decoded.expect as FrameText).enters[0]?.components.body as { [field: string]: number };
  const startTick = motionStartTick(start, tick);
  const axis = (position: string, velocity: string): number =>
    extrapolate(values[position] as number, values[velocity] as number, startTick, at, MEADOW.tickHz);
  const position = [axis('x', 'vx'), axis('y', 'vy')];
  const check: MotionCheck = { netId: 4, component: 'body', startTick, at, position };
  return { ...decoded, motion: [check] };
}

export function motion(): VectorFile {
  const cases = [
    motionCase('started in this very tick', 1000, 1000, 1010),
    motionCase('started before the wrap', 65538, 65530, 65550),
    motionCase('started just before the wrap, read at the wrap', 65536, 65535, 65536.5),
    motionCase('as old as a start can be', 165535, 100000 % 65536, 165540),
    motionCase('the largest tick', 4294967295, 65535, 4294967295),
    motionCase('past 2^31', 2147483650, 65534, 2147483660),
    motionCase('a fractional tick', 500, 490, 497.25),
    motionCase('an older start in the first ticks of a zone', 5, 65535, 10),
  ];
  return { about: 'Motion: start ticks of 16 bits, and extrapolation.', schemas: { meadow: MEADOW }, cases };
}
