import { subjects } from '@overworld/contracts';
import type { BusSubscription, JournalRecord } from '@overworld/ports';
import type { AnyRuleset, ZoneRuntime } from '@overworld/ruleset';
import { answerControl } from './control.ts';
import { Durations } from './durations.ts';
import { Inlet } from './inlet.ts';
import { LIFE, owns, type ZoneEvent, type ZoneState } from './life.ts';
import type { CloseReason, Observe } from './observation.ts';
import {
  markTicksOf,
  type ResolvedOptions,
  resolveOptions,
  type ZoneOptions,
  type ZonePorts,
  type ZoneRefusal,
} from './options.ts';
import { Outlet } from './outlet.ts';
import { Pace } from './pace.ts';
import { pause, withinTime } from './reach.ts';
import { decodeRecord } from './record.ts';
import { Scribe } from './scribe.ts';
import type { ZoneSnapshot } from './snapshot.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { netIdKeyOf, type ZoneSpec } from './spec.ts';
import type { PlayerStanding, ZoneStatus } from './status.ts';
import { Stepper } from './stepper.ts';
import { type Takeover, type TakeoverParts, takeOver } from './takeover.ts';

/** How much a rebuild after a throw has to step again at most. */
const CHECKPOINT_SECONDS = 5;
const LONG_REPLAY_SECONDS = 2;
const CLOSE_POLL_MS = 1;
/** How long a zone that is to go on elsewhere runs on for a last snapshot. */
const LAST_SNAPSHOT_MS = 300;

export interface Hibernated {
  readonly tick: number;
  readonly hash: string;
}

export interface StopRefusal {
  readonly refused: CloseReason;
  readonly detail: string;
}

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
  readonly #durations = new Durations();
  readonly #closedListeners: ((reason: CloseReason) => void)[] = [];
  #control: BusSubscription | undefined;
  #life: ZoneState = 'opening';
  #closeReason: CloseReason | undefined;
  #stopping: Promise<Hibernated | StopRefusal> | undefined;
  /** Told when a snapshot that somebody waits for is stored. */
  #whenStored: (() => void) | undefined;
  #heldSinceMs = 0;
  #occupiedTick = 0;
  #overruns = 0;
  #dilatedTicks = 0;

  /** Takes the zone over and starts it. From then on the caller has to call `advance` at `nextDueMs`, again and again. */
  static async open(
    spec: ZoneSpec,
    ruleset: AnyRuleset,
    options: ZoneOptions,
    ports: ZonePorts,
  ): Promise<ZoneActor | ZoneRefusal> {
    const observe: Observe = (observed) => ports.observe?.({ zone: spec.id, ...observed });
    const parts = { spec, ruleset, options: resolveOptions(options, ruleset.tickHz), ports, observe };
    const startedMs = ports.clock.now();
    const taken = await takeOver(parts);
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
    this.#inlet = this.#makeInlet();
    this.#outlet = this.#makeOutlet();
    this.#scribe = this.#makeScribe();
    this.#keeper = this.#makeKeeper();
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
    return this.#stopping !== undefined;
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
      emptyForTicks: players > 0 ? 0 : tick - this.#occupiedTick,
      isQuiet: players === 0 && pendingEffects === 0 && pendingHandoffs === 0,
      gateways: this.#inlet.gateways,
      mailboxDepth: this.#inlet.mailbox.depth,
      supersededInputs: this.#inlet.mailbox.superseded,
      pendingEffects,
      pendingHandoffs,
      tickMsP50: this.#durations.percentile(0.5),
      tickMsP99: this.#durations.percentile(0.99),
      load: this.#durations.smoothedMs / this.#pace.tickMs,
      overruns: this.#overruns,
      dilatedTicks: this.#dilatedTicks,
    };
  }

  standing(player: string): PlayerStanding {
    const runtime = this.#runtime;
    const row = runtime.table.find(player);
    const leaving = runtime.pendingHandoffs().find((handoff) => handoff.player === player);
    const pendingEffects = runtime.pendingEffects().filter((effect) => effect.player === player).length;
    const connected = row >= 0 && runtime.table.columns.connected[row] === 1;
    const here = row < 0 ? 'none' : connected ? 'connected' : 'dropped';
    const seat = leaving !== undefined && row < 0 ? 'leaving' : here;
    return { seat, toZone: leaving?.toZone ?? '', pendingEffects, players: runtime.table.count };
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
    this.#stopping ??= this.#shutDown('hibernated');
    return this.#stopping;
  }

  /**
   * The same for a zone that goes on elsewhere: it does not sleep. The snapshot is stored while it still runs, so that the
   * players wait for the closing record alone; the next owner replays what came between. Resolves within the close timeout
   * and 0.3 s, whatever happened.
   */
  close(): Promise<Hibernated | StopRefusal> {
    this.#stopping ??= this.#storeLast().then(() => this.#shutDown('closed'));
    return this.#stopping;
  }

  get #runtime(): ZoneRuntime {
    return this.#stepper.runtime;
  }

  #begin(startedMs: number): void {
    const { clock, bus } = this.#ports;
    const { carried, faults, records, steppedTicks, jumpedTicks } = this.#taken;
    const { tick } = this.#runtime.state;
    const nowMs = clock.now();
    this.#go('ready');
    this.#occupiedTick = tick;
    for (const fault of faults) this.#scribe.report({ ...fault, times: 2 }, fault.tick, fault.index);
    const patienceTicks = Math.ceil((this.#options.inputPatienceMs * this.#ruleset.tickHz) / 1000);
    this.#inlet.mailbox.bePatientUntil(tick + patienceTicks);
    this.#inlet.listen();
    this.#outlet.listen();
    this.#control = bus.subscribe(
      subjects.zoneControl(this.spec.id),
      (message) => void answerControl(this, message),
    );
    this.#pace.start(nowMs, this.#options.phase);
    const durationMs = nowMs - startedMs;
    this.#observe({
      kind: 'opened',
      epoch: this.epoch,
      tick,
      records,
      steppedTicks,
      jumpedTicks,
      durationMs,
    });
    this.#outlet.begin(tick, carried);
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
    this.#outlet.view(tick, isWatched);
    const wantsRecord = this.#outlet.wantsRelease(startedMs) || this.#keeper.isStale(startedMs);
    this.#scribe.record(result.operations, wantsRecord);
    this.#pace.executed();
    this.#settle(startedMs);
    this.#measure(tick, startedMs, result.operations.length);
  }

  /** Whatever may leave now, leaves; and the state is kept when it is time to. */
  #settle(nowMs: number): void {
    if (!owns(this.#life)) return;
    const { isReleasable, isIdle } = this.#scribe;
    if (isReleasable || this.#options.faults.noOutputCommit) this.#outlet.release(nowMs);
    const isLongAgo = this.#stepper.ticksSinceCheckpoint > CHECKPOINT_SECONDS * this.#ruleset.tickHz;
    if (isReleasable && this.#isSnapshotDue(nowMs)) void this.#store();
    else if (isIdle && isLongAgo) this.#stepper.checkpoint();
  }

  #isSnapshotDue(nowMs: number): boolean {
    return this.#whenStored !== undefined || this.#keeper.isDue(nowMs);
  }

  async #store(): Promise<void> {
    const tell = this.#whenStored;
    this.#whenStored = undefined;
    await this.#keeper.store(this.#snapshot());
    tell?.();
  }

  /** Resolves when a snapshot of the zone that runs on is stored, or after the time. */
  async #storeLast(): Promise<void> {
    if (this.#life !== 'running') return;
    const stored = new Promise<void>((resolve) => {
      this.#whenStored = resolve;
    });
    await withinTime(this.#ports.clock, LAST_SNAPSHOT_MS, stored);
    this.#whenStored = undefined;
  }

  #measure(tick: number, startedMs: number, operations: number): void {
    const durationMs = this.#ports.clock.now() - startedMs;
    const players = this.#runtime.table.count;
    const { depth: mailboxDepth } = this.#inlet.mailbox;
    if (players > 0) this.#occupiedTick = tick;
    this.#durations.add(durationMs);
    this.#inlet.reportDrops();
    this.#observe({ kind: 'tick', tick, durationMs, operations, players, mailboxDepth });
    const { budgetMs } = this.#options;
    if (durationMs <= budgetMs) return;
    this.#overruns += 1;
    this.#observe({ kind: 'overrun', tick, durationMs, budgetMs });
  }

  #dilate(nowMs: number): void {
    const ticks = this.#life === 'running' ? this.#pace.dilate(nowMs) : 0;
    if (ticks === 0) return;
    const lostMs = ticks * this.#pace.tickMs;
    this.#dilatedTicks += ticks;
    if (lostMs >= this.#options.gatewaySilenceMs / 3) this.#inlet.forgive(nowMs);
    this.#observe({ kind: 'dilated', tick: this.#runtime.state.tick, ticks, lostMs });
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

  async #shutDown(reason: 'hibernated' | 'closed'): Promise<Hibernated | StopRefusal> {
    if (!owns(this.#life)) return this.#refusal('the zone does not run here any more');
    this.#go('hibernate');
    const deadlineMs = this.#ports.clock.now() + this.#options.closeTimeoutMs;
    this.#inlet.close();
    await this.#untilIdle(deadlineMs);
    // What came in before the end is executed: a leave that was lost here would be lost for good.
    if (this.#canAppend() && this.#inlet.mailbox.depth > 0) this.#tick();
    await this.#untilIdle(deadlineMs);
    if (!this.#canAppend()) return this.#giveUp();
    const { total: hash } = this.#scribe.recordClose(reason);
    await this.#untilIdle(deadlineMs);
    if (!this.#canAppend()) return this.#giveUp();
    const remainingMs = Math.max(1, deadlineMs - this.#ports.clock.now());
    if (reason === 'hibernated')
      await withinTime(this.#ports.clock, remainingMs, this.#keeper.store(this.#snapshot()));
    const { tick } = this.#runtime.state;
    this.#go('done');
    this.#end(reason, `tick ${tick}, hash ${hash}`);
    return { tick, hash };
  }

  #canAppend(): boolean {
    return this.#life === 'hibernating' && this.#scribe.isIdle;
  }

  async #untilIdle(deadlineMs: number): Promise<void> {
    const { clock } = this.#ports;
    while (this.#life === 'hibernating' && !this.#scribe.isIdle && clock.now() < deadlineMs) {
      await pause(clock, CLOSE_POLL_MS);
      this.#scribe.poll(clock.now());
    }
  }

  #giveUp(): StopRefusal {
    if (!owns(this.#life)) return this.#refusal('the zone was taken over meanwhile');
    this.#go('done');
    this.#end('journal-unreachable', 'the closing record was not acknowledged in time');
    return this.#refusal('the closing record was not acknowledged in time');
  }

  #refusal(detail: string): StopRefusal {
    return { refused: this.#closeReason ?? 'closed', detail };
  }

  #end(reason: CloseReason, detail: string): void {
    this.#closeReason = reason;
    this.#scribe.stop();
    this.#inlet.close();
    this.#outlet.stop();
    this.#control?.unsubscribe();
    this.#observe({ kind: 'closed', reason, detail });
    for (const listener of this.#closedListeners) listener(reason);
  }

  #go(event: ZoneEvent): void {
    const next = LIFE[this.#life][event];
    if (next !== 'stay' && next !== 'never') this.#life = next;
  }

  #makeInlet(): Inlet {
    const { bus, clock } = this.#ports;
    return new Inlet({
      zone: this.spec.id,
      bus,
      ruleset: this.#ruleset,
      gatewaySilenceMs: this.#options.gatewaySilenceMs,
      noInputDedupe: this.#options.faults.noInputDedupe ?? false,
      observe: this.#observe,
      now: () => clock.now(),
      runtime: () => this.#runtime,
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
      makeEncoder: (runtime) => this.#options.encoder(runtime, netIdKeyOf(this.spec)),
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

  #makeKeeper(): SnapshotKeeper {
    const { journal, blobs, clock } = this.#ports;
    const { snapshotEveryMs: everyMs, snapshotEveryRecords: everyRecords, answerTimeoutMs } = this.#options;
    const { snapshotsKept: kept } = this.#options;
    const parts = { zone: this.spec.id, journal, blobs, clock, observe: this.#observe };
    const isOverdue = this.#taken.steppedTicks > LONG_REPLAY_SECONDS * this.#ruleset.tickHz;
    return new SnapshotKeeper({ ...parts, everyMs, everyRecords, kept, answerTimeoutMs, isOverdue });
  }
}
