import { assert } from './assert.ts';
import { hex64 } from './hex.ts';
import { mix32 } from './mix.ts';

const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/**
 * A streaming 64-bit hash in two 32-bit lanes: equal on every engine, fast, and not meant against an attacker.
 *
 * The algorithm is the inner loop of MurmurHash3_x86_128 (Austin Appleby, public domain) cut down to its first two
 * lanes, each of which takes in every value, with the same cross-lane additions and finaliser. Variable-length values
 * feed their length first, so that neighbours cannot blur.
 */
export class Hash64 {
  #first = 0;
  #second = 0;
  #words = 0;
  #lo = 0;
  #hi = 0;

  constructor(seed = 0) {
    this.reset(seed);
  }

  /** Starts over; streams with different 32-bit seeds are unrelated. */
  reset(seed = 0): void {
    this.#first = seed | 0;
    this.#second = mix32(seed ^ 0x9e3779b9);
    this.#words = 0;
  }

  /** Takes in the low 32 bits of an integer. */
  u32(value: number): void {
    this.#absorb(value, value);
  }

  /** Takes in a double; -0 counts as 0, and NaN is a programmer error. */
  f64(value: number): void {
    assert(!Number.isNaN(value), 'NaN cannot be hashed');
    scratch[0] = value + 0;
    this.#pair(scratchWords[LOW] as number, scratchWords[HIGH] as number);
  }

  bytes(bytes: Uint8Array): void {
    const count = bytes.length;
    this.u32(count);
    let at = 0;
    for (; at + 8 <= count; at += 8) this.#pair(wordAt(bytes, at), wordAt(bytes, at + 4));
    if (at < count) this.#pair(tailAt(bytes, at), tailAt(bytes, at + 4));
  }

  /** Takes in the UTF-16 units of a text. */
  text(text: string): void {
    const count = text.length;
    this.u32(count);
    for (let index = 0; index < count; index += 2) {
      const next = index + 1 < count ? text.charCodeAt(index + 1) : 0;
      this.u32(text.charCodeAt(index) | (next << 16));
    }
  }

  /** Takes in 64 bits by an invertible mix, so that each lane sees all of them in one round. */
  #pair(low: number, high: number): void {
    const mixed = (low + Math.imul(high, 0x9e3779b1)) | 0;
    this.#absorb(mixed, high + Math.imul(mixed, 0x85ebca77));
  }

  #absorb(firstWord: number, secondWord: number): void {
    let word = Math.imul(firstWord, 0x239b961b);
    word = Math.imul((word << 15) | (word >>> 17), 0xab0e9789);
    let first = this.#first ^ word;
    first = ((first << 19) | (first >>> 13)) + this.#second;
    first = (Math.imul(first, 5) + 0x561ccd1b) | 0;
    word = Math.imul(secondWord, 0xab0e9789);
    word = Math.imul((word << 16) | (word >>> 16), 0x38b34ae5);
    let second = this.#second ^ word;
    second = ((second << 17) | (second >>> 15)) + first;
    this.#first = first;
    this.#second = (Math.imul(second, 5) + 0x0bcaa747) | 0;
    this.#words++;
  }

  /** The low word of the hash of everything taken in so far, in [0, 2^32). */
  get lo(): number {
    this.#finish();
    return this.#lo;
  }

  /** The high word of the hash of everything taken in so far, in [0, 2^32). */
  get hi(): number {
    this.#finish();
    return this.#hi;
  }

  /** The hash of everything taken in so far as 16 hexadecimal digits; more can be taken in afterwards. */
  digest(): string {
    this.#finish();
    return hex64(this.#lo, this.#hi);
  }

  #finish(): void {
    let first = this.#first ^ this.#words;
    let second = this.#second ^ this.#words;
    first = (first + second) | 0;
    second = (second + first) | 0;
    first = mix32(first);
    second = mix32(second);
    first = (first + second) | 0;
    this.#lo = first >>> 0;
    this.#hi = (second + first) >>> 0;
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  return low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
}

/** The up to four bytes from `at`, those past the end counting as 0. */
function tailAt(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let index = Math.min(at + 4, bytes.length) - 1; index >= at; index--) {
    word = (word << 8) | (bytes[index] as number);
  }
  return word;
}
