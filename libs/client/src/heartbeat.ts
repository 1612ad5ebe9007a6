import type { Clock, OpenSocket } from './ports.ts';

const INTERVAL_MS = 1_000;
/** While frames come, they show that the server lives: then the clock alone is worth asking for, and it drifts slowly. */
const RELAXED_PINGS = 8;
/** So many come first at the usual pace: a page that is still loading answers late. */
const SETTLING_PINGS = 12;
const HEARING_MS = 500;
/** The first pings follow quickly, so that the clock is right within a second. */
const HASTY_PINGS = 4;
const HASTY_INTERVAL_MS = 200;
const ANSWER_TIMEOUT_MS = 3_000;
/** A connection that was silent for so long is dead, whatever TCP thinks. */
const SILENCE_MS = 6_000;

export interface HeartbeatHandlers {
  pong(sentMs: number, nowMs: number, answer: unknown): void;
  /** Pings stay unanswered and nothing else has been heard for `SILENCE_MS`. */
  silent(): void;
}

/**
 * Pings over one socket: measures the round trip, each second, or each eighth while frames come, and notices a dead connection
 * long before TCP does.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #socket: OpenSocket;
  readonly #handlers: HeartbeatHandlers;
  #heardAtMs: number;
  #pings = 0;
  #skipped = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(clock: Clock, socket: OpenSocket, handlers: HeartbeatHandlers) {
    this.#clock = clock;
    this.#socket = socket;
    this.#handlers = handlers;
    this.#heardAtMs = clock.now();
    this.#beat();
  }

  /** Something came from the server. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #beat(): void {
    if (this.#stopped) return;
    const isSettled = this.#pings > SETTLING_PINGS;
    const isHearing = this.#clock.now() - this.#heardAtMs < HEARING_MS;
    if (isSettled && isHearing && this.#skipped < RELAXED_PINGS - 1) this.#skipped += 1;
    else this.#ping();
    const delayMs = this.#pings <= HASTY_PINGS ? HASTY_INTERVAL_MS : INTERVAL_MS;
    this.#cancel = this.#clock.after(delayMs, () => this.#beat());
  }

  #ping(): void {
    this.#pings += 1;
    this.#skipped = 0;
    const sentMs = this.#clock.now();
    this.#socket.request('clock', { t: sentMs }, ANSWER_TIMEOUT_MS, (answer) => {
      if (this.#stopped) return;
      const nowMs = this.#clock.now();
      if (answer === undefined) return this.#missed(nowMs);
      this.#heardAtMs = nowMs;
      this.#handlers.pong(sentMs, nowMs, answer);
    });
  }

  /** Judged when an answer is missing, not by the time alone: a page in the background pings seldom. */
  #missed(nowMs: number): void {
    if (nowMs - this.#heardAtMs < SILENCE_MS) return;
    this.stop();
    this.#handlers.silent();
  }
}
