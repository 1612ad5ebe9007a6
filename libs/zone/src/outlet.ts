import { subjects } from '@overworld/contracts';
import type { Bus, BusSubscription } from '@overworld/ports';
import type { Operation, PlayerChange, ZoneRuntime } from '@overworld/ruleset';
import { Effects } from './effects.ts';
import { Handoffs } from './handoff.ts';
import type { Observe } from './observation.ts';
import { type OutEncoder, Views } from './views.ts';

export interface OutletOptions {
  readonly zone: string;
  readonly world: string;
  readonly epoch: number;
  readonly bus: Bus;
  readonly viewEvery: number;
  readonly observe: Observe;
  runtime(): ZoneRuntime;
  /** An encoder for the runtime as it is now. */
  makeEncoder(runtime: ZoneRuntime): OutEncoder;
  settleHandoff(handoff: number, accepted: boolean, reason: string): void;
  settleEffects(upTo: number): void;
}

/** What goes out: views, handoffs and receipts, effects. Everything is held until `release`. */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #views: Views;
  readonly #handoffs: Handoffs;
  readonly #effects: Effects;
  #subscription: BusSubscription | undefined;
  #stopFollowing = (): void => {};
  #wasShown = true;
  #pendingHandoffs = 0;

  constructor(options: OutletOptions) {
    const { zone, world, epoch, bus, observe } = options;
    this.#options = options;
    this.#views = new Views({
      zone,
      bus,
      epoch,
      observe,
      makeEncoder: () => options.makeEncoder(options.runtime()),
    });
    this.#handoffs = new Handoffs({ zone, bus, observe, settle: options.settleHandoff });
    this.#effects = new Effects({
      zone,
      world,
      bus,
      observe,
      describe: (effect) => options.runtime().describeEffect(effect),
      settle: options.settleEffects,
    });
    this.#readOutbox();
  }

  get pendingEffects(): number {
    return this.#effects.pending;
  }

  get pendingHandoffs(): number {
    return this.#pendingHandoffs;
  }

  /** Whether there is anything that would leave now if it might. */
  wantsRelease(nowMs: number): boolean {
    return this.#views.isHolding || this.#handoffs.isDue(nowMs) || this.#effects.isDue(nowMs);
  }

  listen(): void {
    const { bus, zone } = this.#options;
    this.#subscription = bus.subscribe(subjects.zoneSync(zone), (message) =>
      this.#views.requestSync(message),
    );
    // A message that nobody asked for and that says everything tells gateways that something may have been lost.
    this.#stopFollowing = bus.onStatus((connected) => {
      if (connected) this.#views.reset();
    });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#stopFollowing();
    this.#effects.stop();
  }

  /** Tells everything there is, and these changes, which may not have been told before. */
  begin(tick: number, nowMs: number, carried: readonly PlayerChange[]): void {
    this.#views.encode(tick, nowMs, { events: [], players: [...carried] });
  }

  /** Takes over what the last step gave. */
  take(operations: readonly Operation[], isRebuilt: boolean): void {
    const { output } = this.#options.runtime();
    if (isRebuilt) this.#views.reset();
    if (output.handoffResults.length > 0) this.#handoffs.answer(output.handoffResults);
    const touchesOutbox = operations.some(settles) || output.handoffs.length > 0 || output.effects.length > 0;
    if (touchesOutbox || isRebuilt) this.#readOutbox();
    for (const operation of operations) if (operation.kind === 'handoff-done') this.#report(operation);
  }

  /** Shows the state as it is now, at a tick that began then, when it is time to and somebody watches. */
  view(tick: number, beganMs: number, isWatched: boolean): void {
    const { output } = this.#options.runtime();
    const isShown = isWatched || this.#views.isAsked;
    if (!isShown && this.#wasShown) this.#views.reset();
    this.#wasShown = isShown;
    if (!isShown) return;
    if (tick % this.#options.viewEvery === 0) this.#views.encode(tick, beganMs, output);
    else this.#views.collect(output);
  }

  handOffAgain(toZone: string): void {
    this.#handoffs.again(toZone);
  }

  /** Everything that is in the state may leave. */
  release(nowMs: number): void {
    const runtime = this.#options.runtime();
    this.#views.release(runtime.state.tick, nowMs);
    if (this.#handoffs.isDue(nowMs)) this.#handoffs.release(nowMs, runtime.handoffLowWater());
    if (this.#effects.isDue(nowMs)) this.#effects.release(nowMs);
  }

  #readOutbox(): void {
    const runtime = this.#options.runtime();
    const handoffs = runtime.pendingHandoffs();
    this.#pendingHandoffs = handoffs.length;
    this.#handoffs.update(handoffs);
    this.#effects.update(runtime.pendingEffects());
  }

  #report(operation: Extract<Operation, { kind: 'handoff-done' }>): void {
    const { handoff, accepted, reason } = operation;
    this.#options.observe({ kind: 'handoff-settled', handoff, accepted, reason });
  }
}

function settles(operation: Operation): boolean {
  return operation.kind === 'effects-settled' || operation.kind === 'handoff-done';
}
