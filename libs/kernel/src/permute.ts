import { mix32 } from './mix.ts';

const ROUNDS_64 = 32;
const DELTA = 0x9e3779b9;

/**
 * A bijection of the 64-bit values chosen by a 64-bit key. Writes the low word to `out[0]`, the high word to `out[1]`.
 * Without the key, outputs of consecutive inputs can neither be told from random ones nor be put in order.
 *
 * Source: XTEA (Roger Needham and David Wheeler, "Tea extensions", 1997), a Feistel network of 64 rounds, whose
 * 128-bit key is the given one followed by a mix of it.
 */
export function permute64(keyLo: number, keyHi: number, lo: number, hi: number, out: Uint32Array): void {
  const key2 = mix32(keyLo ^ 0x3c6ef372);
  const key3 = mix32(keyHi ^ 0xdaa66d2b);
  let left = lo | 0;
  let right = hi | 0;
  let sum = 0;
  for (let round = 0; round < ROUNDS_64; round++) {
    const evenKey = pick(sum & 3, keyLo, keyHi, key2, key3);
    left = (left + ((((right << 4) ^ (right >>> 5)) + right) ^ (sum + evenKey))) | 0;
    sum = (sum + DELTA) | 0;
    const oddKey = pick((sum >>> 11) & 3, keyLo, keyHi, key2, key3);
    right = (right + ((((left << 4) ^ (left >>> 5)) + left) ^ (sum + oddKey))) | 0;
  }
  out[0] = left;
  out[1] = right;
}

function pick(index: number, key0: number, key1: number, key2: number, key3: number): number {
  if (index < 2) return index === 0 ? key0 : key1;
  return index === 2 ? key2 : key3;
}
