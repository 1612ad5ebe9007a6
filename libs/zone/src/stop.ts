import type { Clock } from '@overworld/ports';
import type { Inlet } from './inlet.ts';
import { owns, type ZoneEvent, type ZoneState } from './life.ts';
import type { CloseReason } from './observation.ts';
import { withinTime } from './reach.ts';
import type { Scribe } from './scribe.ts';

/** An acknowledgement wakes it; this often a record that was lost is looked after. */
const POLL_MS = 10;

export interface Hibernated {
  readonly tick: number;
  readonly hash: string;
}

export interface StopRefusal {
  readonly refused: CloseReason;
  readonly detail: string;
}

export interface StopOptions {
  readonly clock: Clock;
  readonly scribe: Scribe;
  readonly inlet: Inlet;
  /** How long journal and blobs are waited for. */
  readonly timeoutMs: number;
  life(): ZoneState;
  go(event: ZoneEvent): void;
  /** Executes what waits in the mailbox. */
  step(): void;
  /** The newest tick. */
  tick(): number;
  /** Stores a snapshot of the state as it is; only when all of it is in the journal. Never rejects. */
  store(): Promise<unknown>;
  /** Has a snapshot of the running zone stored, or waits for it no longer. Never rejects. */
  snapshot(): Promise<unknown>;
  end(reason: CloseReason, detail: string): void;
  /** Why the zone does not run here any more. */
  endedBecause(): CloseReason | undefined;
}

/**
 * The orderly end of a zone here: it executes what waits and appends a closing record. One that hibernates stores its
 * snapshot behind that. One that goes on elsewhere stores it while it still runs, so that players wait for the closing
 * record alone, and the next owner replays what came between; a prepared one has it already, and needs none.
 */
export class Stop {
  readonly #options: StopOptions;
  #outcome: Promise<Hibernated | StopRefusal> | undefined;
  #wake = (): void => {};

  constructor(options: StopOptions) {
    this.#options = options;
  }

  /** Somebody asked for it: the zone runs on for a moment at most. */
  get isAsked(): boolean {
    return this.#outcome !== undefined;
  }

  /** The journal has acknowledged, or the zone has ended: there may be nothing left to wait for. */
  look(): void {
    this.#wake();
  }

  hibernate(): Promise<Hibernated | StopRefusal> {
    this.#outcome ??= this.#shutDown('hibernated');
    return this.#outcome;
  }

  close(): Promise<Hibernated | StopRefusal> {
    this.#outcome ??= this.#options.snapshot().then(() => this.#shutDown('closed'));
    return this.#outcome;
  }

  handOver(): Promise<Hibernated | StopRefusal> {
    this.#outcome ??= this.#shutDown('closed');
    return this.#outcome;
  }

  async #shutDown(reason: 'hibernated' | 'closed'): Promise<Hibernated | StopRefusal> {
    const { clock, scribe, inlet, timeoutMs, life, go, step, tick, store, end } = this.#options;
    if (!owns(life())) return this.#refusal('the zone does not run here any more');
    go('hibernate');
    const deadlineMs = clock.now() + timeoutMs;
    inlet.close();
    await this.#untilIdle(deadlineMs);
    // What came in before the end is executed: a leave that was lost here would be lost for good.
    if (this.#canAppend() && inlet.mailbox.depth > 0) step();
    if (life() !== 'hibernating') return this.#giveUp();
    // Nothing steps any more: computed while the last operations are on their way to the journal.
    const closing = scribe.hash();
    await this.#untilIdle(deadlineMs);
    if (!this.#canAppend()) return this.#giveUp();
    scribe.recordClose(reason, closing);
    await this.#untilIdle(deadlineMs);
    if (!this.#canAppend()) return this.#giveUp();
    if (reason === 'hibernated') await withinTime(clock, Math.max(1, deadlineMs - clock.now()), store());
    go('done');
    end(reason, `tick ${tick()}, hash ${closing.total}`);
    return { tick: tick(), hash: closing.total };
  }

  #canAppend(): boolean {
    return this.#options.life() === 'hibernating' && this.#options.scribe.isIdle;
  }

  async #untilIdle(deadlineMs: number): Promise<void> {
    const { clock, scribe, life } = this.#options;
    while (life() === 'hibernating' && !scribe.isIdle && clock.now() < deadlineMs) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await withinTime(clock, POLL_MS, woken);
      scribe.poll(clock.now());
    }
  }

  #giveUp(): StopRefusal {
    const { life, go, end } = this.#options;
    if (!owns(life())) return this.#refusal('the zone was taken over meanwhile');
    go('done');
    end('journal-unreachable', 'the closing record was not acknowledged in time');
    return this.#refusal('the closing record was not acknowledged in time');
  }

  #refusal(detail: string): StopRefusal {
    return { refused: this.#options.endedBecause() ?? 'closed', detail };
  }
}
