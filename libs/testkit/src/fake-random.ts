/** Seeded chance for the fakes (mulberry32 by Tommy Ettinger): the same seed gives the same faults. */
export class FakeRandom {
  #word: number;

  constructor(seed: number) {
    this.#word = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#word = (this.#word + 0x6d2b79f5) >>> 0;
    let mixed = this.#word;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  int(below: number): number {
    return Math.floor(this.next() * below);
  }
}
