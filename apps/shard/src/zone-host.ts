import {
  leaseKeys,
  type Refusal,
  type RequestOf,
  type Standing,
  sessionCalls,
  type shardCalls,
  subjects,
  type World,
  type ZoneSpecMessage,
} from '@overworld/contracts';
import { encodeJson, readOwner, type ServiceCaller } from '@overworld/platform';
import type { Blobs, Bus, Clock, Journal, Leases } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import {
  type CloseReason,
  type Hibernated,
  type Preparation,
  prepareTakeover,
  type StopRefusal,
  ZoneActor,
  type ZoneObservation,
  type ZoneOptions,
  type ZonePorts,
  type ZoneRefusal,
  type ZoneStatus,
} from '@overworld/zone';
import { IdleSleep } from './idle-sleep.ts';
import type { ShardOptions } from './options.ts';
import { Preparations, PREPARED_MS } from './preparations.ts';
import { DRAINING, notHere, notOpened, unknownRuleset } from './refusals.ts';
import { TickScheduler } from './tick-scheduler.ts';
import { ZoneArchive } from './zone-archive.ts';
import type { ZoneMetrics } from './zone-metrics.ts';

const IDLE_CHECK_MS = 1000;
/** Zones that are moved at a time when the shard stops. */
const HAND_OVER_LANES = 4;
/** How long a takeover waits for the closing record of an owner that was asked for it. */
const CLOSING_MS = 1_000;
/** How long the stores may keep a preparation waiting: less than who asked for it waits. */
const PREPARE_MS = 2_500;
/** Steps of this size spread the phases of any number of zones evenly over a tick. */
const GOLDEN = 0.618_033_988_749;

export interface ZoneHostPorts {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
  readonly services: ServiceCaller;
  readonly metrics: ZoneMetrics;
  /** Who opens zones, drives them and keeps their snapshots elsewhere. Default: as below; others are for tests. */
  readonly open?: typeof ZoneActor.open | undefined;
  readonly prepare?: typeof prepareTakeover | undefined;
  readonly scheduler?: Pick<TickScheduler<ZoneActor>, 'add' | 'again' | 'remove' | 'stop'> | undefined;
  readonly archive?: Pick<ZoneArchive, 'restore' | 'store' | 'settle' | 'hasRoom'> | undefined;
  /** Which zones sleep together. One that belongs to none of them sleeps with those of its world. */
  readonly worlds?: readonly World[] | undefined;
}

export interface HostLoad {
  readonly zones: number;
  readonly players: number;
  readonly load: number;
  /** Grows with every measurement: others tell by it that the load is not an old one. */
  readonly measurement: number;
}

type OwnerIs = RequestOf<typeof shardCalls.activate>['owner'];
type Opened = { readonly epoch: number } | Refusal;

/** The zones that this process runs: opened on demand, driven by one scheduler, put to sleep when nobody needs them. */
export class ZoneHost {
  readonly #options: ShardOptions;
  readonly #ports: ZoneHostPorts;
  readonly #scheduler: NonNullable<ZoneHostPorts['scheduler']>;
  readonly #archive: NonNullable<ZoneHostPorts['archive']>;
  readonly #actors = new Map<string, ZoneActor>();
  readonly #opening = new Map<string, Promise<Opened>>();
  readonly #preparations = new Preparations((spec) => this.#prepare(spec));
  /** Used by what is opening, to be told that there is nothing to wait for. */
  readonly #used = new Map<string, Preparation>();
  /** On their way to other shards. */
  readonly #leaving = new Set<string>();
  #opened = 0;
  #measurement = 0;
  #draining = false;
  #cancelIdleCheck: (() => void) | undefined;
  readonly #idleSleep: IdleSleep;

  constructor(options: ShardOptions, ports: ZoneHostPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#archive = ports.archive ?? new ZoneArchive(ports);
    this.#scheduler = ports.scheduler ?? this.#makeScheduler();
    this.#idleSleep = this.#makeIdleSleep();
    this.#checkIdleLater();
  }

  #makeIdleSleep(): IdleSleep {
    return new IdleSleep({
      zoneIdleSeconds: () => this.#options.zoneIdleSeconds,
      worlds: this.#ports.worlds ?? [],
      tickHz: (ruleset) => this.#ports.rulesets.get(ruleset)?.tickHz,
      status: (zone) => this.#actors.get(zone)?.status(),
      hibernate: async (zone) => this.#actors.get(zone)?.hibernate(),
      hasRoom: () => this.#archive.hasRoom,
    });
  }

  #makeScheduler(): TickScheduler<ZoneActor> {
    const { bus, clock, metrics } = this.#ports;
    return new TickScheduler<ZoneActor>(
      clock,
      (actor, error) => this.#crashed(actor, error),
      (lateMs) => metrics.late(lateMs),
      (actor) => bus.lastCalls?.call(subjects.zoneIn(actor.spec.id)) ?? false,
    );
  }

  get draining(): boolean {
    return this.#draining;
  }

  statuses(): ZoneStatus[] {
    return [...this.#actors.values()].map((actor) => actor.status());
  }

  load(): HostLoad {
    let players = 0;
    let load = 0;
    for (const actor of this.#actors.values()) {
      const status = actor.status();
      players += status.players;
      load += status.load;
    }
    return { zones: this.#actors.size, players, load, measurement: this.#measurement };
  }

  /**
   * Runs the zone here. One that runs already answers its epoch, one that is about to stop is awaited and opened anew; calls at
   * the same time share one opening. A zone whose owner is `closing` is only opened when it is prepared: fenced off in the
   * middle of its last record, it would jump a second ahead.
   */
  activate(spec: ZoneSpecMessage, owner: OwnerIs = 'unknown'): Promise<Opened> {
    const here = this.#actors.get(spec.id);
    if (here !== undefined && !here.isStopping) return Promise.resolve({ epoch: here.epoch });
    // Asked for by who has not heard of the move: opened here again, the zone would have to be taken from here again.
    if (this.#leaving.has(spec.id))
      return Promise.resolve({ refused: 'busy', detail: `the zone ${spec.id} moves to another shard` });
    if (owner === 'gone') this.#used.get(spec.id)?.awaitClosing(0);
    const opening = this.#opening.get(spec.id);
    if (opening !== undefined) return opening;
    const prepared = this.#preparations.take(spec.id);
    if (owner === 'closing' && prepared === undefined)
      return Promise.resolve({ refused: 'busy', detail: `the zone ${spec.id} is not prepared here` });
    if (owner === 'closing') prepared?.awaitClosing(CLOSING_MS);
    const attempt = this.#openAfter(here, spec, prepared).finally(() => this.#isOpened(spec.id));
    this.#opening.set(spec.id, attempt);
    if (prepared !== undefined) this.#used.set(spec.id, prepared);
    return attempt;
  }

  #isOpened(zone: string): void {
    this.#opening.delete(zone);
    this.#used.delete(zone);
  }

  /** Has everything ready for a zone that runs elsewhere. */
  async prepare(spec: ZoneSpecMessage): Promise<{ readonly sequence: number } | Refusal> {
    if (this.#draining) return DRAINING;
    if (!this.#ports.rulesets.has(spec.ruleset)) return unknownRuleset(spec);
    if (this.#actors.has(spec.id) || this.#opening.has(spec.id))
      return { refused: 'busy', detail: `the zone ${spec.id} runs here` };
    return this.#preparations.prepare(spec);
  }

  /** Resolves when the takeover of a prepared zone waits for the closing record alone; it waits for that from now on. */
  async watches(zone: string): Promise<{ readonly sequence: number } | Refusal> {
    const used = this.#used.get(zone);
    if (used === undefined) return notHere(zone);
    await used.watched;
    used.awaitClosing(CLOSING_MS);
    return { sequence: used.sequence };
  }

  forget(zone: string): void {
    this.#preparations.forget(zone);
  }

  /** Stores what the zone is now; it runs on. */
  async snapshot(zone: string): Promise<Record<never, never> | Refusal> {
    const actor = this.#actors.get(zone);
    if (actor === undefined) return notHere(zone);
    const isStored = await actor.storeSnapshot();
    return isStored ? {} : { refused: 'busy', detail: `no snapshot of ${zone} was stored in time` };
  }

  /** One that `goesOn` at another shard is not archived: it does not sleep. */
  async hibernate(
    zone: string,
    goesOn = false,
    isPrepared = false,
  ): Promise<{ tick: number; hash: string } | Refusal> {
    const actor = this.#actors.get(zone);
    if (actor === undefined) return notHere(zone);
    const stopped = await (goesOn ? this.#letGo(zone, actor, isPrepared) : actor.hibernate());
    return 'refused' in stopped ? { refused: 'zone-unavailable', detail: stopped.detail } : stopped;
  }

  async #letGo(zone: string, actor: ZoneActor, isPrepared: boolean): Promise<Hibernated | StopRefusal> {
    this.#leaving.add(zone);
    try {
      return await (isPrepared ? actor.handOver() : actor.close());
    } finally {
      this.#leaving.delete(zone);
    }
  }

  standing(zone: string, player: string): Standing | Refusal {
    return this.#actors.get(zone)?.standing(player) ?? notHere(zone);
  }

  /**
   * Takes no more zones and has the session service move those that run here to other shards, as long as there are any.
   * What could not be moved goes on here until `drain`.
   */
  async handOver(): Promise<void> {
    this.#draining = true;
    const zones = [...this.#actors.keys()];
    const lanes = Array.from({ length: Math.min(HAND_OVER_LANES, zones.length) }, async () => {
      for (let zone = zones.pop(); zone !== undefined; zone = zones.pop()) {
        await this.#ports.services.call(sessionCalls.moveZone, { zone });
      }
    });
    await Promise.all(lanes);
  }

  /**
   * Closes the zones that were placed on another shard while this one was silent. Their journals would refuse its next record
   * anyway; this spares the gateways the voice of an owner that does not know it yet.
   */
  async dropLost(): Promise<void> {
    for (const [zone, actor] of [...this.#actors]) {
      const held = await this.#ports.leases.get(leaseKeys.zone(zone)).catch(() => undefined);
      const owner = held === undefined ? undefined : readOwner(held);
      if (owner === undefined || owner.shard === this.#options.id || owner.epoch < actor.epoch) continue;
      void actor.close();
    }
  }

  /** Takes no more zones and stops the running ones in an orderly way; resolves within the zones' close timeout. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#cancelIdleCheck?.();
    this.#preparations.forgetAll();
    await Promise.all(this.#opening.values());
    await Promise.all([...this.#actors.values()].map((actor) => actor.close()));
    this.#scheduler.stop();
    await this.#archive.settle();
  }

  async #openAfter(
    stopping: ZoneActor | undefined,
    spec: ZoneSpecMessage,
    prepared: Preparation | undefined,
  ): Promise<Opened> {
    await stopping?.close();
    return this.#open(spec, prepared);
  }

  #prepare(spec: ZoneSpecMessage): Promise<Preparation | ZoneRefusal> {
    const ruleset = this.#ports.rulesets.get(spec.ruleset) as AnyRuleset;
    const options = { ...this.#zoneOptions(this.#opened), openTimeoutMs: PREPARE_MS };
    const prepare = this.#ports.prepare ?? prepareTakeover;
    return prepare({ ...spec }, ruleset, options, this.#zonePorts(spec.id), PREPARED_MS);
  }

  #zoneOptions(number: number): ZoneOptions {
    return {
      owner: `${this.#options.id}/${number}`,
      phase: (number * GOLDEN) % 1,
      snapshotEveryMs: this.#options.snapshotSeconds * 1000,
    };
  }

  #zonePorts(zone: string): ZonePorts {
    const { journal, blobs, bus, clock } = this.#ports;
    const observe = (observation: ZoneObservation): void => this.#observed(observation);
    return { journal, blobs, bus, clock, observe, hastened: () => this.#hastened(zone) };
  }

  #hastened(zone: string): void {
    const actor = this.#actors.get(zone);
    if (actor !== undefined) this.#scheduler.again(actor);
  }

  async #open(spec: ZoneSpecMessage, prepared: Preparation | undefined): Promise<Opened> {
    if (this.#draining) return DRAINING;
    const ruleset = this.#ports.rulesets.get(spec.ruleset);
    if (ruleset === undefined) return unknownRuleset(spec);
    const options = this.#zoneOptions(this.#opened++);
    this.#ports.metrics.opened(spec.id, ruleset.name);
    const open = this.#ports.open ?? ZoneActor.open;
    // What is prepared has been read from a snapshot that is there.
    const refusal = prepared === undefined ? await this.#archive.restore(spec.id) : undefined;
    const actor = refusal ?? (await open({ ...spec }, ruleset, options, this.#zonePorts(spec.id), prepared));
    if ('refused' in actor) {
      this.#ports.metrics.notOpened(spec.id, actor.refused, actor.detail);
      return notOpened(actor);
    }
    return this.#run(spec, actor);
  }

  async #run(spec: ZoneSpecMessage, actor: ZoneActor): Promise<Opened> {
    this.#actors.set(spec.id, actor);
    this.#scheduler.add(actor);
    actor.onClosed((reason) => {
      this.#closed(spec.id, actor, reason);
      if (reason === 'hibernated') this.#archive.store(spec.id);
    });
    await this.#claim(spec, actor.epoch);
    return { epoch: actor.epoch };
  }

  /** The lease tells others where the zone runs. What keeps two owners apart is the journal, not the lease. */
  async #claim(spec: ZoneSpecMessage, epoch: number): Promise<void> {
    const { leases } = this.#ports;
    const key = leaseKeys.zone(spec.id);
    const own = { shard: this.#options.id, world: spec.world, epoch, movedAtMs: 0 };
    const created = await leases.create(key, encodeJson(own));
    if (created.kind !== 'conflict') return;
    const held = await leases.get(key);
    if (held === undefined) return;
    const before = readOwner(held);
    // A later owner has claimed it already, or it was moved on while it was opened here.
    if (before !== undefined && before.epoch >= epoch) return;
    const value = encodeJson({ ...own, movedAtMs: before?.movedAtMs ?? 0 });
    await leases.update(key, value, held.revision);
  }

  #closed(zone: string, actor: ZoneActor, reason: CloseReason): void {
    this.#scheduler.remove(actor);
    if (this.#actors.get(zone) !== actor) return;
    this.#actors.delete(zone);
    // With the lease it is missed: while somebody is in it, or something is on its way, it has to run somewhere.
    if (reason === 'hibernated' || actor.status().isQuiet) void this.#release(zone, actor.epoch);
  }

  /** Unless another owner has claimed it meanwhile. */
  async #release(zone: string, epoch: number): Promise<void> {
    const { leases } = this.#ports;
    const held = await leases.get(leaseKeys.zone(zone)).catch(() => undefined);
    const owner = held === undefined ? undefined : readOwner(held);
    if (held === undefined || owner?.shard !== this.#options.id || owner.epoch !== epoch) return;
    await leases.delete(held.key, held.revision).catch(() => undefined);
  }

  #observed(observation: ZoneObservation): void {
    this.#ports.metrics.observe(observation);
    if (observation.kind === 'handoff-sent') void this.#wakeNext(observation);
  }

  /** The zone that a handoff leads to may be asleep: it has no lease then. One that nobody took may have been lost otherwise. */
  async #wakeNext({ zone, toZone, attempts }: ZoneObservation & { kind: 'handoff-sent' }): Promise<void> {
    const { leases, services } = this.#ports;
    if (this.#actors.has(toZone)) return;
    const isFirst = attempts === 1;
    const isPlaced = isFirst && (await leases.get(leaseKeys.zone(toZone)).catch(() => null)) !== undefined;
    if (isPlaced) return;
    const woken = await services.call(sessionCalls.ensureZone, { zone: toZone });
    // Once only: a zone that runs and does not answer is not to be sent more because of that.
    if (isFirst && !('refused' in woken)) this.#actors.get(zone)?.handOffAgain(toZone);
  }

  #crashed(actor: ZoneActor, error: unknown): void {
    const zone = actor.spec.id;
    const detail = error instanceof Error ? error.message : String(error);
    this.#ports.metrics.observe({ kind: 'closed', zone, reason: 'ruleset-failed', detail });
    if (this.#actors.get(zone) !== actor) return;
    this.#actors.delete(zone);
    void actor.close();
    void this.#release(zone, actor.epoch);
  }

  #checkIdleLater(): void {
    this.#cancelIdleCheck = this.#ports.clock.after(IDLE_CHECK_MS, () => {
      this.#ports.metrics.loaded(this.load().load);
      this.#measurement += 1;
      this.#idleSleep.look(this.statuses());
      if (!this.#draining) this.#checkIdleLater();
    });
  }
}
