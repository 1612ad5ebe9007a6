import type { AnyRuleset } from '@overworld/ruleset';
import { InputTimeline } from './input-timeline.ts';
import type { PendingInput } from './pending-inputs.ts';
import { type CorrectionStats, SelfPrediction, type ServerValue } from './self-prediction.ts';
import type { ServerClock } from './server-clock.ts';
import type { ZoneInfo } from './zone-info.ts';

const NO_CORRECTIONS: CorrectionStats = { count: 0, last: 0, largest: 0 };

/** Joins the prediction of the own entity to the clock: which tick it is shown at, and when a new input is executed. */
export class OwnEntity {
  readonly #clock: ServerClock;
  readonly #timeline: InputTimeline;
  readonly #prediction: SelfPrediction | undefined;
  #advancedAtMs = 0;

  /** @param ruleset the code to predict with, when it is the one that the zone runs. */
  constructor(ruleset: AnyRuleset | undefined, info: ZoneInfo, clock: ServerClock) {
    this.#clock = clock;
    this.#timeline = new InputTimeline(info.tickHz);
    this.#prediction = ruleset && SelfPrediction.of(ruleset, info.zone, info.params, info.player);
  }

  get isPredicted(): boolean {
    return this.#prediction?.isReady ?? false;
  }

  get corrections(): CorrectionStats {
    return this.#prediction?.corrections ?? NO_CORRECTIONS;
  }

  /** How many ticks ahead of the server it is shown. */
  leadTicks(nowMs: number): number {
    this.advance(nowMs);
    return this.isPredicted ? this.#timeline.tick - this.#clock.serverTick(nowMs) : 0;
  }

  /** A new epoch of the same zone, or a connection that came back. */
  restart(tickHz: number): void {
    this.#timeline.restart(tickHz);
    this.#prediction?.restart();
  }

  /** Moves on to `nowMs`; cheap when nothing is due. */
  advance(nowMs: number): void {
    // While nothing is heard it stays where it is, as everything else does.
    if (this.#prediction === undefined || !this.#clock.isFresh(nowMs)) return;
    const smooth = this.#timeline.advance(nowMs, {
      arrivalTick: this.#clock.arrivalTick(nowMs),
      jitterMs: this.#clock.jitterMs,
      serverTick: this.#clock.serverTick(nowMs),
    });
    const elapsedMs = nowMs - this.#advancedAtMs;
    this.#advancedAtMs = nowMs;
    if (!smooth) this.#prediction.restart();
    this.#prediction.advance(this.#timeline.tick, elapsedMs);
  }

  /** The tick that an input of this name, given now, asks for; 0 when it is not run ahead. */
  tickFor(name: string, nowMs: number): number {
    if (this.#prediction === undefined || !this.#prediction.isReady || !this.#prediction.predicts(name))
      return 0;
    this.advance(nowMs);
    return Math.max(1, this.#prediction.newestTick);
  }

  input(input: PendingInput, latest: boolean): void {
    if (!this.#prediction?.predicts(input.name)) return;
    this.#prediction.input(input.sequence, input.name, input.value, latest, input.tick);
  }

  refuse(sequence: number): void {
    this.#prediction?.refuse(sequence);
  }

  /** The server's state of the own entity at `tick`. */
  reconcile(tick: number, acknowledged: number, server: ServerValue, nowMs: number): void {
    if (this.#prediction === undefined) return;
    this.advance(nowMs);
    const late = this.#prediction.reconcile(tick, acknowledged, server);
    if (late > 0) this.#timeline.late();
    this.#prediction.advance(this.#timeline.tick, 0);
  }

  /** Puts what is predicted over what the server said. */
  show(sample: { [component: string]: { [field: string]: unknown } }): void {
    this.#prediction?.show(sample);
  }
}
