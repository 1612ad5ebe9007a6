import type { Blobs, Clock } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import {
  type PlayerStanding,
  ZoneActor,
  type ZoneFaults,
  type ZoneObservation,
  type ZonePorts,
  type ZoneSpec,
} from '@overworld/zone';
import type { FakeBlobs } from '../fake-blobs.ts';
import type { FakeBus } from '../fake-bus.ts';
import type { FakeJournal, JournalFault } from '../fake-journal.ts';
import type { FakeRandom } from '../fake-random.ts';
import type { SimLog } from './sim-log.ts';
import { ProcessBus, processBlobs, processClock, ProcessJournal, SimProcess } from './sim-process.ts';
import type { Witness } from './witness.ts';

const WATCH_MS = 120;
const JOURNAL_FAULTS: readonly JournalFault[] = ['lost-ack', 'lost', 'late', 'reject', 'stall'];

/** How often things go wrong by themselves; all 0 once the faults have healed. */
export interface Troubles {
  appendChance: number;
  twiceChance: number;
  blobChance: number;
}

export interface ClusterPorts {
  readonly clock: Clock;
  readonly bus: FakeBus;
  readonly journal: FakeJournal;
  readonly blobs: FakeBlobs;
  readonly random: FakeRandom;
  readonly witness: Witness;
  readonly log: SimLog;
  readonly troubles: Troubles;
  readonly faults: ZoneFaults;
}

export interface SimZone {
  readonly spec: ZoneSpec;
  readonly ruleset: AnyRuleset;
}

/** A process that hosts zones. */
export interface SimShard {
  readonly process: SimProcess;
  readonly journal: FakeJournal;
  readonly bus: FakeBus;
  readonly clock: Clock;
  readonly blobs: Blobs;
  readonly actors: Set<ZoneActor>;
}

interface Ownership {
  readonly shard: SimShard;
  actor: ZoneActor | undefined;
  isOver: boolean;
  /** Since when the owner has not answered, NaN while it does. */
  silentSinceMs: number;
  /** How long the others wait before they take its zone over. */
  readonly patienceMs: number;
}

/** The shards, and who runs which zone: a stand-in for leases that is wrong now and then, as leases can be. */
export class SimCluster {
  readonly zones: readonly string[];
  readonly shards: SimShard[] = [];
  readonly observations: ZoneObservation[] = [];
  /** While true no zone ticks: what is under way arrives, and nothing new begins. */
  isStill = false;
  readonly #zones: ReadonlyMap<string, SimZone>;
  readonly #ports: ClusterPorts;
  readonly #owners = new Map<string, Ownership>();
  #processes = 0;
  #openings = 0;

  constructor(zones: readonly SimZone[], shards: number, ports: ClusterPorts) {
    this.#zones = new Map(zones.map((zone) => [zone.spec.id, zone]));
    this.zones = [...this.#zones.keys()];
    this.#ports = ports;
    for (let count = 0; count < shards; count += 1) this.addShard();
    this.#watch();
  }

  params(zone: string): unknown {
    return this.#zones.get(zone)?.spec.params;
  }

  rulesetOf(zone: string): AnyRuleset {
    return (this.#zones.get(zone) as SimZone).ruleset;
  }

  owner(zone: string): ZoneActor | undefined {
    return this.#owners.get(zone)?.actor;
  }

  ownerShard(zone: string): SimShard | undefined {
    return this.#owners.get(zone)?.shard;
  }

  /** Replaced owners that have not noticed although they have players: without any, nothing makes them write. */
  zombies(zone: string): ZoneActor[] {
    const actors = this.shards.filter(isAlive).flatMap((shard) => [...shard.actors]);
    const others = actors.filter((actor) => actor.spec.id === zone && actor !== this.owner(zone));
    return others.filter((actor) => runs(actor) && actor.status().players > 0);
  }

  /** What the zone's owner says of a player; undefined when it does not answer. */
  standing(zone: string, player: string): PlayerStanding | undefined {
    const owner = this.#owners.get(zone);
    if (owner?.actor === undefined || owner.shard.process.state !== 'running' || !owner.shard.bus.connected)
      return undefined;
    return runs(owner.actor) ? owner.actor.standing(player) : undefined;
  }

  ensure(zone: string): Promise<void> {
    this.#look(zone);
    return new Promise((resolve) => this.#ports.clock.after(20, resolve));
  }

  addShard(): SimShard {
    const { clock, bus, journal, blobs, random, troubles } = this.#ports;
    const process = new SimProcess(`shard-${++this.#processes}`);
    const ownClock = processClock(clock, process, random.int(100_000), random.int(4_000) - 2_000);
    const ownBus = bus.port(process.name);
    const ownJournal = journal.port({ lateMs: 20 + random.int(400) });
    const parts = {
      clock: ownClock,
      blobs: processBlobs(process, blobs, () => random.chance(troubles.blobChance)),
    };
    const shard: SimShard = { process, journal: ownJournal, bus: ownBus, ...parts, actors: new Set() };
    this.shards.push(shard);
    return shard;
  }

  /** The process dies. What it sent to the journal may still land. */
  kill(shard: SimShard): void {
    this.#ports.log.say(`${shard.process.name} dies`);
    shard.process.kill();
    void shard.bus.close();
    this.shards.splice(this.shards.indexOf(shard), 1);
  }

  /** Another shard takes the zone although its owner is well: the owner is fenced, and learns of it later. */
  usurp(zone: string): void {
    const old = this.#owners.get(zone);
    this.#open(zone, this.#pick(old?.shard));
  }

  /** An orderly move to another shard. */
  async migrate(zone: string): Promise<void> {
    const old = this.#owners.get(zone);
    if (old?.actor === undefined || old.shard.process.state !== 'running') return;
    this.#ports.log.say(`${zone} is to move`);
    await old.actor.hibernate();
    if (this.#owners.get(zone) === old) this.#open(zone, this.#pick(old.shard));
  }

  /** The connections of one opening of a zone: so the witness can tell a zombie from its successor in one process. */
  #portsOf({ process, bus, journal, clock, blobs }: SimShard, owner: string): ZonePorts {
    const { witness } = this.#ports;
    return {
      clock,
      blobs,
      bus: new ProcessBus(process, bus, witness.tap(owner)),
      journal: new ProcessJournal(process, journal, {
        appending: (zone, bytes) => {
          witness.appending(owner, zone, bytes);
          return this.#appending(process, journal, zone);
        },
      }),
      observe: (observation) => this.#observed(process, observation),
    };
  }

  #appending(process: SimProcess, journal: FakeJournal, zone: string): { twice: boolean } {
    const { random, troubles, clock, log } = this.#ports;
    if (random.chance(troubles.appendChance)) {
      const fault = JOURNAL_FAULTS[random.int(JOURNAL_FAULTS.length)] as JournalFault;
      log.say(`${process.name}: an append of ${zone} suffers ${fault}`);
      journal.fail(fault);
      if (fault === 'stall') clock.after(random.between(100, 3_000), () => journal.release());
    }
    return { twice: random.chance(troubles.twiceChance) };
  }

  #observed(process: SimProcess, observation: ZoneObservation): void {
    const { kind, zone } = observation;
    if (kind === 'tick' || kind === 'append' || kind === 'released' || kind === 'hash') return;
    this.observations.push(observation);
    this.#ports.log.say(`${process.name} ${zone}: ${JSON.stringify(observation)}`);
  }

  #watch(): void {
    for (const zone of this.zones) this.#look(zone);
    this.#ports.clock.after(WATCH_MS, () => this.#watch());
  }

  #look(zone: string): void {
    const owner = this.#owners.get(zone);
    const nowMs = this.#ports.clock.now();
    if (owner === undefined || owner.isOver) this.#open(zone, this.#pick(owner?.shard));
    else if (owner.shard.process.state === 'running') owner.silentSinceMs = Number.NaN;
    else if (Number.isNaN(owner.silentSinceMs)) owner.silentSinceMs = nowMs;
    else if (nowMs - owner.silentSinceMs >= owner.patienceMs) this.#open(zone, this.#pick(owner.shard));
  }

  /** A running shard, another one than `not` when there is one. */
  #pick(not: SimShard | undefined): SimShard | undefined {
    const running = this.shards.filter((shard) => shard.process.state === 'running');
    const others = running.filter((shard) => shard !== not);
    const from = others.length > 0 ? others : running;
    return from[this.#ports.random.int(from.length)];
  }

  #open(zone: string, shard: SimShard | undefined): void {
    if (shard === undefined) return;
    const { spec, ruleset } = this.#zones.get(zone) as SimZone;
    const { random, witness, faults, log } = this.#ports;
    const patienceMs = random.between(200, 1_500);
    const ownership: Ownership = {
      shard,
      actor: undefined,
      isOver: false,
      silentSinceMs: Number.NaN,
      patienceMs,
    };
    this.#owners.set(zone, ownership);
    log.say(`${shard.process.name} takes ${zone}`);
    const owner = `${shard.process.name}/${++this.#openings}`;
    const options = {
      owner,
      encoder: witness.encoder(zone, owner),
      snapshotEveryMs: 2_500,
      snapshotEveryRecords: 60,
      openTimeoutMs: 6_000,
      faults,
    };
    const opening = ZoneActor.open(spec, ruleset, options, this.#portsOf(shard, owner));
    void opening.then(
      (actor) => this.#opened(ownership, actor),
      (cause) => this.#failed(ownership, cause),
    );
  }

  #opened(
    ownership: Ownership,
    actor: ZoneActor | { readonly refused: string; readonly detail: string },
  ): void {
    if (!(actor instanceof ZoneActor)) {
      this.#ports.log.say(`refused: ${actor.refused}: ${actor.detail}`);
      ownership.isOver = true;
      return;
    }
    const { actors } = ownership.shard;
    ownership.actor = actor;
    actors.add(actor);
    actor.onClosed(() => {
      ownership.isOver = true;
      actors.delete(actor);
    });
    this.#advance(ownership.shard, actor);
  }

  #failed(ownership: Ownership, cause: unknown): void {
    this.#ports.log.fail(`opening a zone threw ${cause instanceof Error ? cause.stack : cause}`);
    ownership.isOver = true;
  }

  #advance(shard: SimShard, actor: ZoneActor): void {
    if (!shard.actors.has(actor)) return;
    const { clock } = shard;
    const nowMs = clock.now();
    clock.after(Math.max(runs(actor) && !this.isStill ? 0 : 20, actor.nextDueMs - nowMs), () => {
      if (!this.isStill) actor.advance(clock.now());
      this.#advance(shard, actor);
    });
  }
}

function isAlive(shard: SimShard): boolean {
  return shard.process.state !== 'dead';
}

export function runs(actor: ZoneActor): boolean {
  return actor.state === 'running' || actor.state === 'holding';
}
