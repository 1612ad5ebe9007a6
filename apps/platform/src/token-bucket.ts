export interface Rate {
  /** Above 0. */
  readonly perSecond: number;
  /** How many at once, after a time of rest. */
  readonly burst: number;
}

/** Of a token: so much may be missing for rounding. */
const TOLERANCE = 1e-3;

/**
 * Lets `burst` through at once and `perSecond` in the long run. Costs nothing while nobody asks: no timer. What it remembers
 * is one number, the moment at which it would be full again (the generic cell rate algorithm, ITU-T I.371).
 */
export class TokenBucket {
  readonly #rate: Rate;
  #fullAtMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#fullAtMs = nowMs;
  }

  /** Whether one more may pass now; if so, it is counted. */
  take(nowMs: number): boolean {
    const { perSecond, burst } = this.#rate;
    const tokenMs = 1000 / perSecond;
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + tokenMs;
    if (fullAtMs - nowMs > (burst + TOLERANCE) * tokenMs) return false;
    this.#fullAtMs = fullAtMs;
    return true;
  }

  /** Full again: forgetting the bucket changes nothing. */
  isFull(nowMs: number): boolean {
    return this.#fullAtMs <= nowMs;
  }
}

/** One bucket per key (an address, a player); at most `capacity`, beyond which full ones are forgotten first. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #capacity: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, capacity = 10_000) {
    this.#rate = rate;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(key: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#capacity) this.#makeRoom(nowMs);
      bucket = new TokenBucket(this.#rate, nowMs);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(nowMs);
  }

  /** Full buckets go; when there are none, the oldest goes, whose owner gains one burst by it. */
  #makeRoom(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key);
    if (this.#buckets.size < this.#capacity) return;
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
