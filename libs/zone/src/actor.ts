import { subjects } from '@overworld/contracts';
import type { BusSubscription, JournalRecord } from '@overworld/ports';
import type { AnyRuleset, ZoneRuntime } from '@overworld/ruleset';
import { answerControl } from './control.ts';
import { Inlet } from './inlet.ts';
import { nextState, owns, type ZoneEvent, type ZoneState } from './life.ts';
import { Meter } from './meter.ts';
import type { CloseReason, Observe } from './observation.ts';
import {
  markTicksOf,
  type ResolvedOptions,
  type ZoneOptions,
  type ZonePorts,
  type ZoneRefusal,
} from './options.ts';
import { Outlet } from './outlet.ts';
import { Pace } from './pace.ts';
import type { Preparation } from './preparation.ts';
import type { Takeover } from './rebuild.ts';
import { decodeRecord } from './record.ts';
import { Scribe } from './scribe.ts';
import type { ZoneSnapshot } from './snapshot.ts';
import { keeperFor, type SnapshotKeeper } from './snapshot-keeper.ts';
import { type TakeoverParts, takeoverParts } from './source.ts';
import type { ZoneSpec } from './spec.ts';
import { type PlayerStanding, standingIn, type ZoneStatus } from './status.ts';
import { Stepper } from './stepper.ts';
import { type Hibernated, Stop, type StopRefusal } from './stop.ts';
import { takeOver } from './takeover.ts';

/** How much a rebuild after a throw has to step again at most. */
const CHECKPOINT_SECONDS = 5;

/**
 * One zone, run by this process: see the README for what it guarantees. It makes no timers for its ticks: whoever opened
 * it calls `advance` when `nextDueMs` has come. The rest it does when the journal, the bus or the blobs answer.
 */
export class ZoneActor {
  /** As the zone's first fence has it. */
  readonly spec: ZoneSpec;
  readonly epoch: number;
  readonly #ruleset: AnyRuleset;
  readonly #options: ResolvedOptions;
  readonly #ports: ZonePorts;
  readonly #observe: Observe;
  readonly #taken: Takeover;
  readonly #stepper: Stepper;
  readonly #inlet: Inlet;
  readonly #outlet: Outlet;
  readonly #scribe: Scribe;
  readonly #keeper: SnapshotKeeper;
  readonly #pace: Pace;
  readonly #stop: Stop;
  readonly #meter: Meter;
  readonly #closedListeners: ((reason: CloseReason) => void)[] = [];
  #control: BusSubscription | undefined;
  #life: ZoneState = 'opening';
  #closeReason: CloseReason | undefined;
  #heldSinceMs = 0;

  /**
   * Takes the zone over and starts it. From then on the caller has to call `advance` at `nextDueMs`, again and again. What was
   * `prepared` for it is used up, and makes it faster where it can.
   */
  static async open(
    spec: ZoneSpec,
    ruleset: AnyRuleset,
    options: ZoneOptions,
    ports: ZonePorts,
    prepared?: Preparation,
  ): Promise<ZoneActor | ZoneRefusal> {
    const parts = takeoverParts(spec, ruleset, options, ports);
    const startedMs = ports.clock.now();
    const taken = await takeOver(parts, prepared);
    prepared?.release();
    if ('refused' in taken) return taken;
    const actor = new ZoneActor(parts, taken);
    actor.#begin(startedMs);
    return actor;
  }

  private constructor(parts: TakeoverParts, taken: Takeover) {
    const { spec, ruleset, options, ports, observe } = parts;
    this.spec = taken.birth.spec;
    this.epoch = taken.epoch;
    this.#ruleset = ruleset;
    this.#options = options;
    this.#ports = ports;
    this.#observe = observe;
    this.#taken = taken;
    this.#pace = new Pace({ tickHz: ruleset.tickHz, maxCatchUpTicks: options.maxCatchUpTicks });
    this.#stepper = new Stepper({ ruleset, zone: spec.id, faults: options.faults, observe }, taken.runtime);
    this.#meter = new Meter(parts, taken.runtime.state.tick);
    this.#inlet = this.#makeInlet();
    this.#outlet = this.#makeOutlet();
    this.#scribe = this.#makeScribe();
    this.#keeper = keeperFor(parts, taken);
    this.#stop = this.#makeStop();
  }

  /** When the next tick is due, on the clock's `now()`. */
  get nextDueMs(): number {
    return this.#pace.nextDueMs;
  }

  get state(): ZoneState {
    return this.#life;
  }

  /** Somebody asked it to stop: it runs on for a moment at most. */
  get isStopping(): boolean {
    return this.#stop.isAsked;
  }

  /** Called once, with the reason, when the zone does not run here any more; at once when that is so already. */
  onClosed(listener: (reason: CloseReason) => void): void {
    if (this.#closeReason !== undefined) listener(this.#closeReason);
    else this.#closedListeners.push(listener);
  }

  /** Steps the ticks that are due at `nowMs`. Never throws because of the ruleset, the journal or the bus. */
  advance(nowMs: number): void {
    if (this.#life !== 'running' && this.#life !== 'holding') return;
    this.#scribe.poll(nowMs);
    this.#dilate(nowMs);
    this.#inlet.checkGateways(nowMs);
    for (let due = this.#pace.due(nowMs); due > 0 && this.#life === 'running'; due -= 1) {
      if (this.#scribe.isStalled) this.#hold(nowMs);
      else this.#tick();
    }
    if (this.#life === 'holding') this.#pace.skip(nowMs);
  }

  status(): ZoneStatus {
    const runtime = this.#runtime;
    const { tick } = runtime.state;
    const players = runtime.table.count;
    const { pendingEffects, pendingHandoffs } = this.#outlet;
    return {
      zone: this.spec.id,
      world: this.spec.world,
      ruleset: this.#ruleset.name,
      state: this.#life,
      epoch: this.epoch,
      tick,
      players,
      emptyForTicks: players > 0 ? 0 : tick - this.#meter.occupiedTick,
      isQuiet: players === 0 && pendingEffects === 0 && pendingHandoffs === 0,
      gateways: this.#inlet.gateways,
      mailboxDepth: this.#inlet.mailbox.depth,
      supersededInputs: this.#inlet.mailbox.superseded,
      pendingEffects,
      pendingHandoffs,
      ...this.#meter.status(),
    };
  }

  standing(player: string): PlayerStanding {
    return standingIn(this.#runtime, player);
  }

  /** The state hash of the newest tick; it may be ahead of what the journal has. */
  hash(): string {
    return this.#runtime.hash();
  }

  /**
   * Stops in an orderly way: executes what waits, appends a closing record, stores a snapshot. The next owner goes on at
   * the next tick. Refused when the zone is fenced, or when the journal does not answer in time (the next owner then
   * recovers as after a crash). Calling it again gives the same answer.
   */
  hibernate(): Promise<Hibernated | StopRefusal> {
    return this.#stop.hibernate();
  }

  /** The same for a zone that goes on elsewhere: it does not sleep. Resolves within the close timeout and 0.3 s, whatever happened. */
  close(): Promise<Hibernated | StopRefusal> {
    return this.#stop.close();
  }

  /** The same for a zone whose next owner is prepared: it waits for the closing record alone. */
  handOver(): Promise<Hibernated | StopRefusal> {
    return this.#stop.handOver();
  }

  /** Another zone runs from now on: who is on the way there is sent again at the next tick. */
  handOffAgain(toZone: string): void {
    this.#outlet.handOffAgain(toZone);
  }

  /** Has the running zone store a snapshot of what it is now; false when that did not work within 0.3 s. */
  async storeSnapshot(): Promise<boolean> {
    return this.#life === 'running' && (await this.#keeper.wish());
  }

  get #runtime(): ZoneRuntime {
    return this.#stepper.runtime;
  }

  #begin(startedMs: number): void {
    const { clock, bus } = this.#ports;
    const { carried, faults, isPrepared, records, steppedTicks, jumpedTicks } = this.#taken;
    const { tick } = this.#runtime.state;
    const nowMs = clock.now();
    this.#go('ready');
    for (const fault of faults) this.#scribe.report({ ...fault, times: 2 }, fault.tick, fault.index);
    this.#inlet.listen();
    this.#outlet.listen();
    // What takes sorting is for who asks about one zone: a shard looks at the status of all its zones every second.
    const status = () => ({ ...this.status(), ...this.#meter.tickTimes() });
    const controlled = { status, hibernate: () => this.hibernate() };
    const subject = subjects.zoneControl(this.spec.id);
    this.#control = bus.subscribe(subject, (message) => void answerControl(controlled, message));
    this.#pace.start(nowMs, this.#options.phase);
    const cost = { records, steppedTicks, jumpedTicks, durationMs: nowMs - startedMs };
    this.#observe({ kind: 'opened', epoch: this.epoch, tick, isPrepared, ...cost });
    this.#outlet.begin(tick, nowMs, carried);
    this.#outlet.release(nowMs);
  }

  #tick(): void {
    const { clock } = this.#ports;
    const startedMs = clock.now();
    const tick = this.#runtime.state.tick + 1;
    this.#scribe.appendReport();
    const given = this.#scribe.isIdle ? this.#inlet.drain(tick) : [];
    const result = this.#stepper.step(tick, given);
    if (result.kind === 'failed') {
      this.#fail(result.message);
      return;
    }
    for (const quarantined of result.quarantined) {
      const { operation, message } = quarantined;
      this.#scribe.report(quarantined, tick);
      this.#inlet.strike(operation, tick);
      this.#observe({ kind: 'quarantined', tick, operation, message });
    }
    const isWatched = this.#inlet.isWatched(startedMs);
    this.#outlet.take(result.operations, result.isRebuilt);
    this.#outlet.view(tick, startedMs, isWatched);
    const wantsRecord = this.#outlet.wantsRelease(startedMs) || this.#keeper.isStale(startedMs);
    const record = this.#scribe.record(result.operations, wantsRecord);
    if (record !== undefined) this.#stepper.recorded(record);
    this.#pace.executed();
    this.#settle(clock.now());
    this.#measure(tick, startedMs, result.operations.length);
  }

  /** Whatever may leave now, leaves; and the state is kept when it is time to. */
  #settle(nowMs: number): void {
    if (!owns(this.#life)) return;
    const { isReleasable, isIdle } = this.#scribe;
    if (isReleasable || this.#options.faults.noOutputCommit) this.#outlet.release(nowMs);
    const isLongAgo = this.#stepper.ticksSinceCheckpoint > CHECKPOINT_SECONDS * this.#ruleset.tickHz;
    if (isReleasable && this.#keeper.isDue(nowMs)) void this.#keeper.store(this.#snapshot());
    else if (isIdle && isLongAgo) this.#stepper.checkpoint();
  }

  #measure(tick: number, startedMs: number, operations: number): void {
    const durationMs = this.#ports.clock.now() - startedMs;
    const { depth: mailboxDepth } = this.#inlet.mailbox;
    this.#inlet.reportDrops();
    this.#meter.ticked({ tick, durationMs, operations, players: this.#runtime.table.count, mailboxDepth });
  }

  #dilate(nowMs: number): void {
    const ticks = this.#life === 'running' ? this.#pace.dilate(nowMs) : 0;
    if (ticks === 0) return;
    const lostMs = this.#meter.dilated(this.#runtime.state.tick, ticks);
    if (lostMs >= this.#options.gatewaySilenceMs / 3) this.#inlet.forgive(nowMs);
  }

  /** Who comes into an empty zone does not wait for its next tick: nobody is there to see that it comes early. */
  #hasten(): void {
    if (this.#life !== 'running' || this.#runtime.table.count > 0) return;
    this.#pace.hasten(this.#ports.clock.now());
    this.#ports.hastened?.();
  }

  #hold(nowMs: number): void {
    this.#go('stall');
    this.#heldSinceMs = nowMs;
    this.#observe({ kind: 'holding', tick: this.#runtime.state.tick });
  }

  #acknowledged(): void {
    const nowMs = this.#ports.clock.now();
    if (this.#life === 'holding') {
      this.#go('settle');
      this.#pace.skip(nowMs);
      const heldMs = nowMs - this.#heldSinceMs;
      this.#observe({ kind: 'resumed', tick: this.#runtime.state.tick, heldMs });
    }
    this.#keeper.recorded();
    this.#settle(nowMs);
    this.#stop.look();
  }

  #foreign(record: JournalRecord): void {
    const decoded = decodeRecord(record.bytes);
    this.#go('foreign');
    const by = decoded?.kind === 'fence' ? decoded.owner : '';
    this.#observe({ kind: 'fenced', epoch: decoded?.epoch ?? 0, by });
    this.#end('fenced', `epoch ${decoded?.epoch} belongs to ${by}`);
  }

  #fail(message: string): void {
    this.#go('fail');
    this.#end('ruleset-failed', message);
  }

  #snapshot(): ZoneSnapshot {
    const runtime = this.#runtime;
    return {
      zone: this.spec.id,
      epoch: this.epoch,
      tick: runtime.state.tick,
      sequence: this.#scribe.sequence,
      wallMs: Math.max(0, Math.floor(this.#ports.clock.wall())),
      codeHash: this.#ruleset.codeHash,
      hash: runtime.hash(),
      birth: this.#taken.birth,
      state: this.#stepper.checkpoint(),
    };
  }

  #end(reason: CloseReason, detail: string): void {
    this.#closeReason = reason;
    this.#stop.look();
    this.#scribe.stop();
    this.#inlet.close();
    this.#outlet.stop();
    this.#control?.unsubscribe();
    this.#observe({ kind: 'closed', reason, detail });
    for (const listener of this.#closedListeners) listener(reason);
  }

  #go(event: ZoneEvent): void {
    this.#life = nextState(this.#life, event);
  }

  #makeInlet(): Inlet {
    const { bus, clock } = this.#ports;
    return new Inlet({
      zone: this.spec.id,
      bus,
      ruleset: this.#ruleset,
      gatewaySilenceMs: this.#options.gatewaySilenceMs,
      noInputDedupe: this.#options.faults.noInputDedupe ?? false,
      noInputOrder: this.#options.faults.noInputOrder ?? false,
      observe: this.#observe,
      now: () => clock.now(),
      runtime: () => this.#runtime,
      knocked: () => this.#hasten(),
    });
  }

  #makeOutlet(): Outlet {
    const { id: zone, world } = this.spec;
    return new Outlet({
      zone,
      world,
      epoch: this.epoch,
      bus: this.#ports.bus,
      viewEvery: this.#ruleset.viewEvery,
      observe: this.#observe,
      runtime: () => this.#runtime,
      makeEncoder: this.#options.encoder,
      settleHandoff: (handoff, accepted, reason) =>
        this.#inlet.mailbox.settleHandoff(handoff, accepted, reason),
      settleEffects: (upTo) => this.#inlet.mailbox.settleEffects(upTo),
    });
  }

  #makeScribe(): Scribe {
    const { faults, answerTimeoutMs } = this.#options;
    const { tickHz } = this.#ruleset;
    return new Scribe({
      zone: this.spec.id,
      journal: this.#ports.journal,
      clock: this.#ports.clock,
      epoch: this.epoch,
      sequence: this.#taken.sequence,
      tick: this.#runtime.state.tick,
      tickHz,
      markTicks: markTicksOf(tickHz),
      answerTimeoutMs,
      observe: this.#observe,
      noFence: faults.noFence ?? false,
      wrongHash: faults.wrongHash ?? false,
      runtime: () => this.#runtime,
      acknowledged: () => this.#acknowledged(),
      foreign: (record) => this.#foreign(record),
    });
  }

  #makeStop(): Stop {
    return new Stop({
      clock: this.#ports.clock,
      scribe: this.#scribe,
      inlet: this.#inlet,
      timeoutMs: this.#options.closeTimeoutMs,
      life: () => this.#life,
      go: (event) => this.#go(event),
      step: () => this.#tick(),
      tick: () => this.#runtime.state.tick,
      store: () => this.#keeper.store(this.#snapshot()),
      snapshot: () => this.storeSnapshot(),
      end: (reason, detail) => this.#end(reason, detail),
      endedBecause: () => this.#closeReason,
    });
  }
}
