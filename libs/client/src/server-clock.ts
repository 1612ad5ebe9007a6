/** Samples of one window are kept as their minimum; this many windows are looked back. */
const WINDOWS = 8;
const WINDOW_MS = 1_000;
/** Frames later than this against the estimate mean that the server's ticks no longer follow it. */
const LOST_MS = 400;
/** Who hears no frames pings every second: after so long a silence nobody knows whether the server still ticks. */
const FRESH_MS = 2_000;
const SMOOTHING = 1 / 8;
const FIRST_PINGS = 5;

/**
 * Estimates the server's tick and the round trip from frame arrivals and from `clock` pings.
 *
 * The frame that travelled fastest within the last seconds says where the server's ticks are (delays only ever add); half
 * the round trip is then the time a frame takes. All times are milliseconds of the client's monotonic clock.
 */
export class ServerClock {
  #tickMs: number;
  /** The earliest arrival of tick zero, by window; a ring. */
  readonly #origins = new Float64Array(WINDOWS).fill(Number.POSITIVE_INFINITY);
  #window = 0;
  #windowStartMs = 0;
  #heardAtMs = 0;
  #lateSinceMs = -1;
  #roundTripMs = 0;
  #jitterMs = 0;
  #pings = 0;

  constructor(tickHz: number) {
    this.#tickMs = 1000 / tickHz;
  }

  /** Smoothed, milliseconds; 0 before the first answer. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** Mean deviation of the round trip, milliseconds. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** False when the server has been silent for two seconds; its tick then stands still, as far as this clock knows. */
  isFresh(nowMs: number): boolean {
    return nowMs - this.#heardAtMs <= FRESH_MS;
  }

  /** Starts over at a known tick, at a join, a new epoch or a handoff. The round trip stays. */
  restart(tickHz: number, tick: number, nowMs: number): void {
    this.#tickMs = 1000 / tickHz;
    this.#origins.fill(Number.POSITIVE_INFINITY);
    this.#heardAtMs = nowMs;
    this.#windowStartMs = nowMs;
    this.#lateSinceMs = -1;
    this.#origins[this.#window] = nowMs - tick * this.#tickMs;
  }

  /** A frame of `tick` has arrived. */
  frame(tick: number, nowMs: number): void {
    this.#heardAtMs = nowMs;
    const origin = nowMs - tick * this.#tickMs;
    if (this.#isLost(origin, nowMs)) {
      this.#origins.fill(Number.POSITIVE_INFINITY);
      this.#lateSinceMs = -1;
    }
    this.#turn(nowMs);
    const best = this.#origins[this.#window] as number;
    if (origin < best) this.#origins[this.#window] = origin;
  }

  /** A ping sent at `sentMs` was answered; `serverTick` is where the answer says that the zone is, if it does. */
  pong(sentMs: number, nowMs: number, serverTick: number | undefined): void {
    const sampleMs = Math.max(0, nowMs - sentMs);
    this.#heardAtMs = nowMs;
    this.#measure(sampleMs);
    if (serverTick === undefined) return;
    // A gateway that heard nothing new from a quiet zone answers with an old tick: that says nothing about the clock.
    const origin = nowMs - serverTick * this.#tickMs;
    if (origin - this.#origin() < LOST_MS) this.frame(serverTick, nowMs);
  }

  /** Smoothed as TCP does (RFC 6298); the first pings meet a page that is still loading, of them the best counts. */
  #measure(sampleMs: number): void {
    this.#pings += 1;
    if (this.#pings === 1 || (this.#pings <= FIRST_PINGS && sampleMs < this.#roundTripMs)) {
      this.#roundTripMs = sampleMs;
      this.#jitterMs = sampleMs / 4;
      return;
    }
    this.#jitterMs += (Math.abs(sampleMs - this.#roundTripMs) - this.#jitterMs) * SMOOTHING;
    this.#roundTripMs += (sampleMs - this.#roundTripMs) * SMOOTHING;
  }

  /** The newest tick, with fraction, whose frame can have arrived by now. */
  arrivedTick(nowMs: number): number {
    const origin = this.#origin();
    if (origin === Number.POSITIVE_INFINITY) return 0;
    const knownMs = Math.min(nowMs, this.#heardAtMs + FRESH_MS);
    return Math.max(0, (knownMs - origin) / this.#tickMs);
  }

  /** The tick, with fraction, that the server is at now. */
  serverTick(nowMs: number): number {
    return this.arrivedTick(nowMs) + this.#roundTripMs / 2 / this.#tickMs;
  }

  /** The tick at which something that is sent now arrives. */
  arrivalTick(nowMs: number): number {
    return this.arrivedTick(nowMs) + this.#roundTripMs / this.#tickMs;
  }

  #origin(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < WINDOWS; index++) {
      earliest = Math.min(earliest, this.#origins[index] as number);
    }
    return earliest;
  }

  #turn(nowMs: number): void {
    while (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs += WINDOW_MS;
      // After a long silence the old windows are as good as any: only the current one is given up.
      if (nowMs - this.#windowStartMs >= WINDOW_MS) continue;
      this.#window = (this.#window + 1) % WINDOWS;
      this.#origins[this.#window] = Number.POSITIVE_INFINITY;
    }
  }

  /** True when frames have come late for a second: the server stood still or runs slower than it says. */
  #isLost(origin: number, nowMs: number): boolean {
    if (origin - this.#origin() < LOST_MS) {
      this.#lateSinceMs = -1;
      return false;
    }
    if (this.#lateSinceMs < 0) this.#lateSinceMs = nowMs;
    return nowMs - this.#lateSinceMs >= WINDOW_MS;
  }
}
