import { assert } from './assert.ts';
import { Hash64 } from './hash.ts';

/** The number of 32-bit words that one stream keeps. */
export const RANDOM_STREAM_WORDS = 4;
const WARM_UP_DRAWS = 20;

/**
 * A seeded stream of random numbers whose whole state is four words of an array that belongs to the caller, so that
 * it is saved, hashed and rolled back with everything else in there. Not for secrets.
 *
 * Source: sfc32 of Chris Doty-Humphrey's PractRand (public domain).
 */
export class RandomStream {
  #words: Uint32Array;
  #offset: number;

  /** Works on `words[offset, offset + 4)` as they are; call `seed` unless they hold a stream already. */
  constructor(words: Uint32Array, offset: number) {
    this.#words = words;
    this.#offset = offset;
    this.rebind(words, offset);
  }

  /** Goes on with the stream in another array, such as the copy that a growing buffer made. */
  rebind(words: Uint32Array, offset: number): void {
    assert(offset >= 0 && offset + RANDOM_STREAM_WORDS <= words.length, 'a stream lies inside of its array');
    this.#words = words;
    this.#offset = offset;
  }

  /** Starts the stream over; equal seeds give equal streams, on every engine. */
  seed(seed: string | number): void {
    const hash = new Hash64();
    if (typeof seed === 'string') hash.text(seed);
    else hash.f64(seed);
    this.#words[this.#offset] = hash.lo;
    this.#words[this.#offset + 1] = hash.hi;
    hash.u32(1);
    this.#words[this.#offset + 2] = hash.lo;
    this.#words[this.#offset + 3] = 1;
    for (let draw = 0; draw < WARM_UP_DRAWS; draw++) this.nextU32();
  }

  /** An integer in [0, 2^32). */
  nextU32(): number {
    const words = this.#words;
    const at = this.#offset;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const counter = words[at + 3] as number;
    const drawn = ((words[at] as number) + b + counter) | 0;
    words[at] = b ^ (b >>> 9);
    words[at + 1] = c + (c << 3);
    words[at + 2] = ((c << 21) | (c >>> 11)) + drawn;
    words[at + 3] = counter + 1;
    return drawn >>> 0;
  }

  /** A double in [0, 1) with 53 random bits; takes two draws. */
  float(): number {
    const high = this.nextU32() >>> 5;
    const low = this.nextU32() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** An integer in [0, maxExclusive), each as likely as the other; `maxExclusive` is an integer in [1, 2^32]. */
  int(maxExclusive: number): number {
    assert(Number.isSafeInteger(maxExclusive) && maxExclusive >= 1, 'a range holds at least one integer');
    assert(maxExclusive <= 4_294_967_296, 'a range holds at most 2^32 integers');
    // Draws above the largest multiple of the range would favour its beginning: they are thrown away.
    const limit = 4_294_967_296 - (4_294_967_296 % maxExclusive);
    let drawn = this.nextU32();
    while (drawn >= limit) drawn = this.nextU32();
    return drawn % maxExclusive;
  }

  /** A double in [lo, hi). */
  range(lo: number, hi: number): number {
    return lo + (hi - lo) * this.float();
  }

  /** True with probability `p`; never for p <= 0, always for p >= 1. */
  chance(p: number): boolean {
    return this.float() < p;
  }
}
