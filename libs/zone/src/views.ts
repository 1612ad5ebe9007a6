import { subjects } from '@overworld/contracts';
import type { Bus, BusMessage } from '@overworld/ports';
import type { PlayerChange, StepEvent } from '@overworld/ruleset';
import type { Observe } from './observation.ts';

const HELD_BYTES = 4 * 1024 * 1024;
const WAITING_SYNCS = 64;

interface ShownOutput {
  readonly events: StepEvent[];
  readonly players: PlayerChange[];
}

/** What the zone needs of the encoder of its out messages: `ZoneEncoder` of the replication library is one. */
export interface OutEncoder {
  /** Takes over what a step gave that is not followed by a message. */
  collect(output: ShownOutput): void;
  /** What changed since the last message; the first one of an encoder says everything. */
  encode(
    header: { readonly epoch: number; readonly tick: number; readonly previousTick: number },
    output?: ShownOutput,
  ): Uint8Array;
  /** Notes in a message of `encode` that leaves now how long ago its tick began. */
  stamp(message: Uint8Array, ageMs: number): void;
  /** Everything, as the last message left it. */
  sync(header: { readonly epoch: number }): Uint8Array;
}

export interface ViewsOptions {
  readonly zone: string;
  readonly bus: Bus;
  readonly epoch: number;
  readonly observe: Observe;
  /** A new encoder for the state as it is now. */
  makeEncoder(): OutEncoder;
}

/**
 * The zone's out messages: encoded in tick order, held until the journal has what they rest on, then published in tick
 * order. After a rest or a rebuild of the state the next message says everything. Held messages are bounded by the ticks
 * that a zone may run ahead of its journal, and in bytes: past that they are replaced by one full message, which loses
 * their events and nothing else.
 */
export class Views {
  readonly #options: ViewsOptions;
  #encoder: OutEncoder | undefined;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #waiting: BusMessage[] = [];
  /** Tick of the last message, -1 before the first of this encoder. */
  #encodedTick = -1;
  #beganMs = 0;

  constructor(options: ViewsOptions) {
    this.#options = options;
  }

  get isHolding(): boolean {
    return this.#held.length > 0 || this.#waiting.length > 0;
  }

  /** A gateway waits for everything. */
  get isAsked(): boolean {
    return this.#waiting.length > 0;
  }

  /** Nobody watches, or the state was rebuilt: the next message does not build on those before. */
  reset(): void {
    this.#encoder = undefined;
    this.#encodedTick = -1;
  }

  /** Adds what a step gave to the next message. */
  collect(output: ShownOutput): void {
    this.#bound().collect(output);
  }

  /** Encodes the state as it is now, at `tick`, which began then, and holds the message. `output` was not collected before. */
  encode(tick: number, beganMs: number, output?: ShownOutput): void {
    this.#beganMs = beganMs;
    const encoder = this.#bound();
    const previousTick = this.#encodedTick < 0 ? tick : this.#encodedTick;
    this.#hold(encoder.encode({ epoch: this.#options.epoch, tick, previousTick }, output));
    this.#encodedTick = tick;
    if (this.#heldBytes > HELD_BYTES && this.#held.length > 1) this.#coalesce(encoder);
  }

  /** Everything that is held may leave. */
  release(tick: number, nowMs: number): void {
    const { zone, bus, observe } = this.#options;
    const newest = this.#held.at(-1);
    if (newest !== undefined) this.#encoder?.stamp(newest, nowMs - this.#beganMs);
    const [messages, sizeBytes] = [this.#held.length, this.#heldBytes];
    for (const message of this.#held) bus.publish(subjects.zoneOut(zone), message);
    this.#held = [];
    this.#heldBytes = 0;
    this.#answerSyncs();
    if (messages > 0) observe({ kind: 'released', tick, messages, sizeBytes });
  }

  /** A gateway asks for everything: it gets what the last message left, once that may leave. The oldest go beyond 64. */
  requestSync(request: BusMessage): void {
    if (this.#waiting.length >= WAITING_SYNCS) this.#waiting.shift();
    this.#waiting.push(request);
  }

  #answerSyncs(): void {
    if (this.#waiting.length === 0 || this.#encodedTick < 0) return;
    const message = this.#bound().sync({ epoch: this.#options.epoch });
    for (const request of this.#waiting) request.reply?.(message);
    this.#waiting = [];
  }

  #bound(): OutEncoder {
    this.#encoder ??= this.#options.makeEncoder();
    return this.#encoder;
  }

  #hold(message: Uint8Array): void {
    this.#held.push(message);
    this.#heldBytes += message.length;
  }

  #coalesce(encoder: OutEncoder): void {
    const messages = this.#held.length;
    this.#held = [];
    this.#heldBytes = 0;
    this.#hold(encoder.sync({ epoch: this.#options.epoch }));
    this.#options.observe({ kind: 'views-coalesced', tick: this.#encodedTick, messages });
  }
}
