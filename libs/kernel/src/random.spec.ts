import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RANDOM_STREAM_WORDS, RandomStream } from './random.ts';

function stream(seed: string | number): RandomStream {
  const made = new RandomStream(new Uint32Array(RANDOM_STREAM_WORDS), 0);
  made.seed(seed);
  return made;
}

/** sfc32 as PractRand has it, word for word. */
function reference(state: [number, number, number, number]): number {
  let [a, b, c, counter] = state;
  const drawn = (a + b + counter) >>> 0;
  counter = (counter + 1) >>> 0;
  a = (b ^ (b >>> 9)) >>> 0;
  b = (c + (c << 3)) >>> 0;
  c = (((c << 21) | (c >>> 11)) + drawn) >>> 0;
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = counter;
  return drawn;
}

describe('RandomStream', () => {
  it('draws what sfc32 draws', () => {
    const words = Uint32Array.of(0xdeadbeef, 0x01234567, 0x89abcdef, 1);
    const state = [...words] as [number, number, number, number];
    const drawn = new RandomStream(words, 0);
    for (let draw = 0; draw < 1000; draw++) expect(drawn.nextU32()).toBe(reference(state));
    expect([...words]).toEqual(state);
  });

  it('gives these numbers for these seeds on every engine, for ever', () => {
    const text = stream('overworld');
    expect([text.nextU32(), text.nextU32(), text.float(), text.int(6)]).toMatchInlineSnapshot(`
      [
        733043521,
        1389094215,
        0.28469766806571484,
        0,
      ]
    `);
    const number = stream(42);
    expect([number.nextU32(), number.nextU32(), number.float(), number.int(6)]).toMatchInlineSnapshot(`
      [
        1129002619,
        113672423,
        0.8108974341818375,
        2,
      ]
    `);
  });

  it('gives unrelated streams for different seeds', () => {
    const firsts = new Set<number>();
    for (let seed = 0; seed < 500; seed++) {
      firsts.add(stream(seed).nextU32());
      firsts.add(stream(String(seed)).nextU32());
    }
    expect(firsts.size).toBe(1000);
  });

  it('goes on in another array', () => {
    const words = new Uint32Array(RANDOM_STREAM_WORDS);
    const moved = new RandomStream(words, 0);
    moved.seed('a');
    const stayed = stream('a');
    const grown = new Uint32Array(20);
    grown.set(words, 7);
    moved.rebind(grown, 7);
    expect(moved.nextU32()).toBe(stayed.nextU32());
    expect(() => moved.rebind(grown, 17)).toThrow();
  });

  it('stays in its ranges', () => {
    const ends = fc.integer({ min: 1, max: 2 ** 32 });
    fc.assert(
      fc.property(fc.string(), ends, (seed, end) => {
        const drawn = stream(seed);
        const integer = drawn.int(end);
        expect(Number.isSafeInteger(integer) && integer >= 0 && integer < end).toBe(true);
        const fraction = drawn.float();
        expect(fraction >= 0 && fraction < 1).toBe(true);
        const between = drawn.range(-5, 5);
        expect(between >= -5 && between < 5).toBe(true);
      }),
    );
    expect(() => stream('a').int(0)).toThrow();
    expect(() => stream('a').int(2 ** 32 + 1)).toThrow();
  });

  it('is even: no value is preferred, not even where the range does not divide 2^32', () => {
    const drawn = stream('dice');
    const counts = new Uint32Array(6);
    const thirds = new Uint32Array(3);
    let certain = 0;
    for (let draw = 0; draw < 60_000; draw++) {
      counts[drawn.int(6)]!++;
      thirds[Math.floor(drawn.int(3 * 2 ** 30) / 2 ** 30)]!++;
      if (drawn.chance(0.25)) certain++;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    for (const count of thirds) expect(Math.abs(count - 20_000)).toBeLessThan(700);
    expect(Math.abs(certain - 15_000)).toBeLessThan(600);
    expect([drawn.chance(0), drawn.chance(1)]).toEqual([false, true]);
  });
});
