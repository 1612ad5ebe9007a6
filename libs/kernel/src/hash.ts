import { assert } from './assert.ts';
import { hex64 } from './hex.ts';
import { mix32 } from './mix.ts';

/** The order in which this machine stores the two words of a double. */
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
const STAGED_PAIRS = 128;

/**
 * A streaming 64-bit hash in two 32-bit lanes: equal on every engine, fast, and not meant against an attacker.
 *
 * The algorithm is the inner loop of MurmurHash3_x86_128 (Austin Appleby, public domain) cut down to its first two
 * lanes, with the same cross-lane additions and finaliser. It takes in pairs of 32-bit words, which an invertible mix
 * spreads so that each lane sees all 64 bits. Variable-length values feed their length first, so that neighbours
 * cannot blur.
 */
export class Hash64 {
  #first = 0;
  #second = 0;
  #absorbed = 0;
  /** Pairs wait here, so that the rounds run in one tight loop over many of them. */
  readonly #doubles = new Float64Array(STAGED_PAIRS);
  readonly #words = new Uint32Array(this.#doubles.buffer);
  #staged = 0;
  #lo = 0;
  #hi = 0;

  constructor(seed = 0) {
    this.reset(seed);
  }

  /** Starts over; streams with different 32-bit seeds are unrelated. */
  reset(seed = 0): void {
    this.#first = seed | 0;
    this.#second = mix32(seed ^ 0x9e3779b9);
    this.#absorbed = 0;
    this.#staged = 0;
  }

  /** Takes in the low 32 bits of an integer. */
  u32(value: number): void {
    this.#pair(value, 0);
  }

  /** Takes in a double; -0 counts as 0, and NaN is a programmer error. */
  f64(value: number): void {
    assert(!Number.isNaN(value), 'NaN cannot be hashed');
    if (this.#staged === STAGED_PAIRS) this.#absorb();
    this.#doubles[this.#staged++] = value + 0;
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
      this.#pair(text.charCodeAt(index), index + 1 < count ? text.charCodeAt(index + 1) : 0);
    }
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

  #pair(low: number, high: number): void {
    if (this.#staged === STAGED_PAIRS) this.#absorb();
    const at = 2 * this.#staged++;
    this.#words[at + LOW] = low;
    this.#words[at + HIGH] = high;
  }

  #absorb(): void {
    const words = this.#words;
    const end = 2 * this.#staged;
    let first = this.#first;
    let second = this.#second;
    for (let at = 0; at < end; at += 2) {
      const high = words[at + HIGH] as number;
      let word = ((words[at + LOW] as number) + Math.imul(high, 0x9e3779b1)) | 0;
      const other = (high + Math.imul(word, 0x85ebca77)) | 0;
      word = Math.imul(word, 0x239b961b);
      first ^= Math.imul((word << 15) | (word >>> 17), 0xab0e9789);
      first = (((first << 19) | (first >>> 13)) + second) | 0;
      first = (Math.imul(first, 5) + 0x561ccd1b) | 0;
      word = Math.imul(other, 0xab0e9789);
      second ^= Math.imul((word << 16) | (word >>> 16), 0x38b34ae5);
      second = (((second << 17) | (second >>> 15)) + first) | 0;
      second = (Math.imul(second, 5) + 0x0bcaa747) | 0;
    }
    this.#first = first;
    this.#second = second;
    this.#absorbed += this.#staged;
    this.#staged = 0;
  }

  #finish(): void {
    this.#absorb();
    let first = this.#first ^ this.#absorbed;
    let second = this.#second ^ this.#absorbed;
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
