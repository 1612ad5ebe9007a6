import {
  BATCH_LIMITS,
  BatchWriter,
  isRefusal,
  sessionCalls,
  subjects,
  type WrittenInput,
  type ZoneCommand,
  type ZonePlace,
} from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import { type Bus, type BusSubscription, type Clock, pause } from '@overworld/ports';
import { Mirror, type ZoneEvent } from '@overworld/replication/gateway';
import type { AnyRuleset, PlayerChange } from '@overworld/ruleset';
import { DeliveryOrder, type Viewer } from './delivery-order.ts';
import { TickPhase } from './tick-phase.ts';

/** What the link tells whoever has a player in the zone, or on the way into it. */
export interface ZoneWatcher extends Viewer {
  /** What became of the player. */
  changed(change: PlayerChange): void;
  /** Another process, or another run, owns the zone now: what was sent to it may be lost. */
  epochChanged(): void;
  /** The same owner goes on, but what was sent to it may be lost: a connection to the bus was. */
  inputsInDoubt(): void;
  /** Each second, while the zone speaks. */
  beat(): void;
  event(event: ZoneEvent): void;
}

export interface ZoneLinkPorts {
  readonly gateway: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly services: ServiceCaller;
  /** Calls back once this turn of the event loop is over. Default: the host's. */
  readonly soon?: ((callback: () => void) => void) | undefined;
  /** Has what is written meanwhile go in one go. Default: each by itself. */
  readonly together?: ((make: () => void) => void) | undefined;
  /** Told for every full state that had to be asked for. */
  readonly synced: (reason: string) => void;
}

const SYNC_TIMEOUT_MS = 1000;
const ASK_AGAIN_MS = 100;
/** A zone that somebody has to mend first is not there in a moment. */
const FAILED_AGAIN_MS = 1000;
/** A zone that is watched speaks at every view tick; this long a silence is worth a question. */
const SILENT_MS = 1500;
/** So long what is due waits, while there is time, for an input that comes and takes it along: a timer that rings wakes the process. */
const GRACE_MS = 3;
/** A message for each input would cost the zone more than what is in it: while many are coming they share one. */
const BATCH_MS = 5;
/** Who has called so many ticks ago, or earlier, may not call again. */
const CALLS_MISSED = 2;
const NOTHING = new Uint8Array(0);

/**
 * One zone, seen from this gateway: what it shows (one mirror for all players here) and what it is told (a few batches a tick
 * for all of them). It follows the zone over owners: when messages are missing, when the zone falls
 * silent or is not there, it asks for everything anew, and has the zone started if need be.
 */
export class ZoneLink {
  readonly place: ZonePlace;
  readonly ruleset: AnyRuleset;
  readonly mirror: Mirror;
  /** That were let in and nobody has counted yet. */
  inputs = 0;
  /** Messages that were sent and nobody has counted yet. */
  batches = 0;
  readonly #ports: ZoneLinkPorts;
  readonly #watchers = new Map<string, ZoneWatcher>();
  readonly #order = new DeliveryOrder();
  readonly #subscription: BusSubscription;
  readonly #stopFollowing: () => void;
  readonly #stopHearing: (() => void) | undefined;
  readonly #phase: TickPhase;
  readonly #batch: BatchWriter;
  #strays: ReadonlySet<string> = new Set();
  #cancelFlush: (() => void) | undefined;
  #flushesAtOnce = false;
  /** What waits has missed a tick already. */
  #isLate = false;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #calledAtMs = Number.NEGATIVE_INFINITY;
  /** From when on the next input takes along what waits. */
  #dueAtMs = 0;
  #heardAtMs: number;
  #emptySinceMs: number;
  #syncing = false;
  #closed = false;

  constructor(place: ZonePlace, ruleset: AnyRuleset, ports: ZoneLinkPorts) {
    this.place = place;
    this.ruleset = ruleset;
    this.#ports = ports;
    this.mirror = new Mirror(ruleset.wire, ruleset.definition.interest ?? { everything: true });
    this.#phase = new TickPhase(1000 / ruleset.tickHz);
    this.#batch = new BatchWriter(ports.gateway);
    this.#heardAtMs = ports.clock.now();
    this.#emptySinceMs = this.#heardAtMs;
    this.#subscription = ports.bus.subscribe(subjects.zoneOut(place.zone), ({ payload }) =>
      this.#heard(payload),
    );
    this.#stopHearing = ports.bus.lastCalls?.hear(subjects.zoneIn(place.zone), this.#lastCall);
    this.#stopFollowing = ports.bus.onStatus((connected) => {
      if (connected) this.#doubt();
    });
    void this.#sync('attach');
  }

  get players(): number {
    return this.#watchers.size;
  }

  /** When the last player of this gateway went. */
  get emptySinceMs(): number {
    return this.#watchers.size > 0 ? Number.POSITIVE_INFINITY : this.#emptySinceMs;
  }

  /** Since the zone spoke last. */
  get silentMs(): number {
    return this.#ports.clock.now() - this.#heardAtMs;
  }

  /** The zone's tick now, by its schedule, from what it told last. */
  get estimatedTick(): number {
    const passedMs = Math.min(this.silentMs, SILENT_MS);
    return Math.max(0, this.mirror.tick) + (passedMs * this.ruleset.tickHz) / 1000;
  }

  /** One watcher per player; a later one takes the place of an earlier one. */
  attach(player: string, watcher: ZoneWatcher): void {
    this.#watchers.set(player, watcher);
  }

  detach(player: string, watcher: ZoneWatcher): void {
    if (this.#watchers.get(player) !== watcher) return;
    this.#watchers.delete(player);
    this.#emptySinceMs = this.#ports.clock.now();
  }

  /** A watcher that awaited no answer of the zone has begun to. */
  await(watcher: ZoneWatcher): void {
    this.#order.await(watcher);
  }

  /** Goes out with this turn of the event loop. */
  push(command: Exclude<ZoneCommand, { kind: 'input' }>): void {
    if (this.#closed) return;
    this.#batch.push(command);
    if (!this.#flushIfFull() && !this.#flushesAtOnce) this.#flushAtOnce();
  }

  /** Goes out with a batch that still reaches the next tick. The value is borrowed until this returns. */
  pushInput(input: WrittenInput): void {
    if (this.#closed) return;
    this.#batch.pushInput(input);
    if (this.#flushIfFull() || this.#flushesAtOnce) return;
    if (this.#cancelFlush === undefined) this.#flushInTime();
    else if (this.#ports.clock.now() >= this.#dueAtMs) this.#flushAtOnce();
  }

  /** Whether it went: a batch that is too long would be refused whole, with what honest players have in it. */
  #flushIfFull(): boolean {
    if (this.#batch.count < BATCH_LIMITS.maxCommands) return false;
    this.flush();
    return true;
  }

  /** The zone is in this process and is about to begin a tick. */
  readonly #lastCall = (): boolean => {
    this.#calledAtMs = this.#ports.clock.now();
    const isAny = this.#batch.count > 0;
    this.flush();
    return isAny;
  };

  /** Not before it has to be there, and what comes within a few milliseconds together. */
  #flushInTime(): void {
    const { clock } = this.#ports;
    const nowMs = clock.now();
    if (nowMs - this.#calledAtMs < (CALLS_MISSED * 1000) / this.ruleset.tickHz) return;
    const paceMs = this.#flushedAtMs + BATCH_MS - nowMs;
    const slackMs = this.#phase.slackMs(nowMs);
    const waitMs = Math.max(paceMs, slackMs);
    if (waitMs <= 0) {
      this.#flushAtOnce();
      return;
    }
    this.#dueAtMs = nowMs + waitMs;
    this.#cancelFlush = clock.after(slackMs > paceMs ? slackMs + GRACE_MS : paceMs, this.#flushDue);
  }

  /** With this turn of the event loop. */
  #flushAtOnce(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#flushesAtOnce = true;
    (this.#ports.soon ?? setImmediate)(this.#flushIfAtOnce);
  }

  /** What has missed its tick by now may wait for the next one, but only once. */
  readonly #flushDue = (): void => {
    this.#cancelFlush = undefined;
    const hasMissed = this.#phase.slackMs(this.#ports.clock.now()) > BATCH_MS;
    if (this.#isLate || !hasMissed) {
      this.flush();
      return;
    }
    this.#isLate = true;
    this.#flushInTime();
  };

  readonly #flushIfAtOnce = (): void => {
    if (this.#flushesAtOnce) this.flush();
  };

  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#flushesAtOnce = false;
    this.#isLate = false;
    if (this.#batch.count === 0) return;
    this.#flushedAtMs = this.#ports.clock.now();
    this.batches += 1;
    this.#ports.bus.publish(subjects.zoneIn(this.place.zone), this.#batch.finish());
  }

  /** Every second: tells the zone that this gateway lives, and looks after a zone that has fallen silent. */
  beat(): void {
    if (this.#watchers.size > 0) this.push({ kind: 'presence' });
    this.#dropStrays();
    this.flush();
    if (this.#watchers.size === 0) return;
    if (this.silentMs > SILENT_MS) void this.#sync('silence');
    else for (const watcher of [...this.#watchers.values()]) watcher.beat();
  }

  /** There is no such zone any more. */
  closedForGood(): void {
    for (const [player, watcher] of [...this.#watchers]) {
      watcher.changed({ kind: 'left', player, row: -1, reason: 'unknown-zone' });
    }
  }

  close(): void {
    this.flush();
    this.#closed = true;
    this.#subscription.unsubscribe();
    this.#stopFollowing();
    this.#stopHearing?.();
  }

  /**
   * The census: who counts as connected through this gateway and is not (the drop was lost, or came too early) is dropped,
   * again and again until the zone has heard of it. A gateway that has no link to the zone any more is silent there, and
   * loses all its players by that.
   */
  #dropStrays(): void {
    const seen = new Set<string>();
    for (const { id, connected, gateway } of this.mirror.players.values()) {
      if (!connected || gateway !== this.#ports.gateway || this.#watchers.has(id)) continue;
      // One who has just come through a gate is not awaited here yet: only the second look counts.
      if (this.#strays.has(id)) this.push({ kind: 'drop', player: id });
      else seen.add(id);
    }
    this.#strays = seen;
  }

  /** A zone says everything without being asked when its own connection to the bus has come back. */
  #heard(payload: Uint8Array): void {
    const { epoch, counts } = this.mirror;
    const { full } = counts;
    this.#receive(payload);
    if (counts.full > full && this.mirror.epoch === epoch) this.#doubt();
  }

  #doubt(): void {
    for (const watcher of [...this.#watchers.values()]) watcher.inputsInDoubt();
  }

  #receive(payload: Uint8Array): void {
    if (this.#closed) return;
    const { mirror } = this;
    const { epoch } = mirror;
    const nowMs = this.#ports.clock.now();
    const result = mirror.apply(payload);
    if (mirror.needsSync) void this.#sync(result);
    if (result !== 'applied') return;
    this.#heardAtMs = nowMs;
    const isNewEpoch = epoch >= 0 && mirror.epoch !== epoch;
    if (isNewEpoch) {
      // What waits was meant for another owner's schedule.
      this.#phase.forget();
      this.flush();
    }
    if (mirror.ageMs >= 0) this.#phase.heard(mirror.tick, this.#heardAtMs - mirror.ageMs);
    if (isNewEpoch) for (const watcher of [...this.#watchers.values()]) watcher.epochChanged();
    for (const change of mirror.takePlayerChanges()) this.#watchers.get(change.player)?.changed(change);
    this.#tellEvents();
    if (this.#ports.together === undefined) this.#deliver();
    else this.#ports.together(this.#deliver);
  }

  readonly #deliver = (): void => this.#order.deliver(this.#watchers.values());

  #tellEvents(): void {
    for (const event of this.mirror.takeEvents()) {
      for (const [player, watcher] of this.#watchers) {
        if (this.mirror.hears(event, player)) watcher.event(event);
      }
    }
  }

  /** Asks until the mirror is whole again and the zone speaks. */
  async #sync(reason: string): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    const askedAtMs = this.#ports.clock.now();
    try {
      while (!this.#closed && (this.mirror.needsSync || this.#heardAtMs < askedAtMs)) await this.#ask(reason);
    } finally {
      this.#syncing = false;
    }
  }

  async #ask(reason: string): Promise<void> {
    const { bus, clock, synced } = this.#ports;
    synced(reason);
    const outcome = await bus.request(subjects.zoneSync(this.place.zone), NOTHING, SYNC_TIMEOUT_MS);
    if (outcome.kind === 'answered') this.#receive(outcome.payload);
    else if (outcome.kind !== 'disconnected') await this.#ensure();
    if (outcome.kind !== 'answered' || this.mirror.needsSync) await pause(clock, ASK_AGAIN_MS);
  }

  async #ensure(): Promise<void> {
    if (this.#watchers.size === 0 && this.mirror.epoch >= 0) return;
    const answer = await this.#ports.services.call(sessionCalls.ensureZone, { zone: this.place.zone });
    if (!isRefusal(answer)) return;
    if (answer.refused === 'unknown-zone') this.closedForGood();
    await pause(this.#ports.clock, answer.refused === 'zone-failed' ? FAILED_AGAIN_MS : ASK_AGAIN_MS);
  }
}
