import { leaseKeys, type ShardMember, shardCalls } from '@overworld/contracts';
import { PresenceLease } from '@overworld/platform';
import type { Blobs, Clock } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import { ZoneHost, type ZoneHostPorts } from '@overworld/shard/core';
import type {
  FakeBlobs,
  FakeBus,
  FakeJournal,
  FakeLeases,
  FakeRandom,
  JournalFault,
} from '@overworld/testkit';
import {
  prepareTakeover,
  ZoneActor,
  type ZoneFaults,
  type ZoneObservation,
  type ZonePorts,
} from '@overworld/zone';
import { ProcessLeases } from './sim-leases.ts';
import type { SimLog } from './sim-log.ts';
import { ProcessBus, processBlobs, processClock, ProcessJournal, SimProcess } from './sim-process.ts';
import { serve, simServices } from './sim-services.ts';
import type { Witness } from './witness.ts';

const JOURNAL_FAULTS: readonly JournalFault[] = ['lost-ack', 'lost', 'late', 'reject', 'stall'];

/** How often things go wrong by themselves; all 0 once the faults have healed. */
export interface Troubles {
  appendChance: number;
  twiceChance: number;
  blobChance: number;
  /** Answers of the leases that are lost, although they were written. */
  leaseChance: number;
  /** Zones without players for so long are put to sleep. */
  zoneIdleSeconds: number;
}

export interface ClusterPorts {
  readonly clock: Clock;
  readonly bus: FakeBus;
  readonly journal: FakeJournal;
  readonly leases: FakeLeases;
  readonly blobs: FakeBlobs;
  readonly random: FakeRandom;
  readonly witness: Witness;
  readonly log: SimLog;
  readonly troubles: Troubles;
  readonly faults: ZoneFaults;
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
  /** While true no zone ticks: what is under way arrives, and nothing new begins. */
  isStill(): boolean;
  observed(observation: ZoneObservation): void;
}

/** A shard process: the service's own host of zones, on a simulated clock, and with the connections of one process. */
export class SimShard {
  readonly process: SimProcess;
  readonly journal: FakeJournal;
  readonly bus: FakeBus;
  readonly leases: FakeLeases;
  readonly clock: Clock;
  readonly host: ZoneHost;
  readonly actors = new Set<ZoneActor>();
  readonly #blobs: Blobs;
  readonly #ports: ClusterPorts;

  constructor(name: string, ports: ClusterPorts) {
    const { clock, bus, journal, leases, blobs, random, troubles } = ports;
    const process = new SimProcess(name);
    this.#ports = ports;
    this.process = process;
    this.clock = processClock(clock, process, random.int(100_000), random.int(4_000) - 2_000);
    this.bus = bus.port(name);
    this.journal = journal.port({ lateMs: 20 + random.int(400) });
    this.leases = leases.port();
    this.#blobs = processBlobs(process, blobs, () => random.chance(troubles.blobChance));
    this.host = this.#makeHost();
    this.#serve();
  }

  kill(): void {
    this.#ports.log.say(`${this.process.name} dies`);
    this.process.kill();
    void this.bus.close();
  }

  #makeHost(): ZoneHost {
    const { process, clock } = this;
    const { random, troubles, clock: base, log, leases: _, rulesets } = this.#ports;
    const bus = new ProcessBus(process, this.bus);
    const leases = new ProcessLeases(process, this.leases, base, () => random.chance(troubles.leaseChance));
    const notOpened = (zone: string, refused: string, detail: string): void =>
      log.say(`${process.name} cannot run ${zone}: ${refused}, ${detail}`);
    const ignore = (): void => {};
    const metrics = { opened: ignore, notOpened, observe: ignore, late: ignore, loaded: ignore };
    const options = {
      id: process.name,
      get zoneIdleSeconds() {
        return troubles.zoneIdleSeconds;
      },
      snapshotSeconds: 2.5,
    };
    const host = new ZoneHost(options, {
      bus,
      clock,
      leases,
      rulesets,
      journal: this.journal,
      blobs: this.#blobs,
      services: simServices(bus),
      metrics: metrics as unknown as ZoneHostPorts['metrics'],
      open: (...call) => this.#open(...call),
      prepare: (...call) => this.#prepare(...call),
      scheduler: {
        add: (zone) => this.#advance(zone as ZoneActor),
        again: ignore,
        remove: ignore,
        stop: ignore,
      },
      archive: { restore: async () => undefined, store: ignore, settle: async () => {}, hasRoom: true },
    });
    const presence = new PresenceLease({
      key: leaseKeys.shard(process.name),
      leases,
      clock,
      describe: (heartbeat): ShardMember => ({
        id: process.name,
        run: process.name,
        heartbeat,
        ...host.load(),
        draining: host.draining,
      }),
      returned: () => void host.dropLost(),
    });
    void presence.start();
    return host;
  }

  #serve(): void {
    const { host, process } = this;
    const instance = process.name;
    const bus = new ProcessBus(process, this.bus);
    const { log } = this.#ports;
    const { activate, forget, hibernate, prepare, snapshot, standing, watches } = shardCalls;
    serve<{ spec: never; owner?: 'closing' }>(bus, log, { ...activate, instance }, ({ spec, owner }) =>
      host.activate(spec, owner),
    );
    serve<{ spec: never }>(bus, log, { ...prepare, instance }, ({ spec }) => host.prepare(spec));
    serve<{ zone: string }>(bus, log, { ...forget, instance }, async ({ zone }) => host.forget(zone));
    serve<{ zone: string }>(bus, log, { ...watches, instance }, ({ zone }) => host.watches(zone));
    serve<{ zone: string }>(bus, log, { ...snapshot, instance }, ({ zone }) => host.snapshot(zone));
    serve<{ zone: string; goesOn?: boolean; isPrepared?: boolean }>(
      bus,
      log,
      { ...hibernate, instance },
      ({ zone, goesOn, isPrepared }) => host.hibernate(zone, goesOn, isPrepared),
    );
    serve<{ zone: string; player: string }>(bus, log, { ...standing, instance }, ({ zone, player }) =>
      host.standing(zone, player),
    );
  }

  /** Opens a zone as the host wants it, and watches it. */
  async #open(...call: Parameters<typeof ZoneActor.open>): ReturnType<typeof ZoneActor.open> {
    const [spec, ruleset, options, { observe }, prepared] = call;
    const { witness, log, faults } = this.#ports;
    const { owner } = options;
    log.say(`${owner} takes ${spec.id}`);
    const watched = {
      ...options,
      encoder: witness.encoder(spec.id, owner),
      snapshotEveryRecords: 60,
      openTimeoutMs: 6_000,
      faults,
    };
    const ports = this.#portsOf(owner, observe);
    const actor = await ZoneActor.open(spec, ruleset, watched, ports, prepared).catch((cause) => {
      log.fail(`opening a zone threw ${cause instanceof Error ? cause.stack : cause}`);
      throw cause;
    });
    if (actor instanceof ZoneActor) this.#opened(owner, actor);
    return actor;
  }

  /** Prepares a zone as the host wants it; the journal and the blobs are those of the process. */
  #prepare(...call: Parameters<typeof prepareTakeover>): ReturnType<typeof prepareTakeover> {
    const [spec, ruleset, options, { observe }, keptMs] = call;
    const { log, faults } = this.#ports;
    log.say(`${this.process.name} prepares ${spec.id}`);
    const watched = { ...options, openTimeoutMs: 1_500, faults };
    return prepareTakeover(spec, ruleset, watched, this.#portsOf(options.owner, observe), keptMs);
  }

  #opened(owner: string, actor: ZoneActor): void {
    const { witness } = this.#ports;
    this.actors.add(actor);
    witness.changedHands(owner, actor);
    actor.onClosed((reason) => {
      this.actors.delete(actor);
      if (reason === 'hibernated' || reason === 'closed') witness.changedHands(owner, actor);
    });
  }

  /** The connections of one opening of a zone: so the witness can tell a zombie from its successor in one process. */
  #portsOf(owner: string, observe: ZonePorts['observe']): ZonePorts {
    const { process, bus, journal, clock } = this;
    const { witness } = this.#ports;
    return {
      clock,
      blobs: this.#blobs,
      bus: new ProcessBus(process, bus, witness.tap(owner)),
      journal: new ProcessJournal(process, journal, {
        appending: (zone, bytes) => {
          witness.appending(owner, zone, bytes);
          return this.#appending(zone);
        },
      }),
      observe: (observation) => {
        observe?.(observation);
        this.#observed(observation);
      },
    };
  }

  #appending(zone: string): { twice: boolean } {
    const { random, troubles, clock, log } = this.#ports;
    if (random.chance(troubles.appendChance)) {
      const fault = JOURNAL_FAULTS[random.int(JOURNAL_FAULTS.length)] as JournalFault;
      log.say(`${this.process.name}: an append of ${zone} suffers ${fault}`);
      this.journal.fail(fault);
      if (fault === 'stall') clock.after(random.between(100, 3_000), () => this.journal.release());
    }
    return { twice: random.chance(troubles.twiceChance) };
  }

  #observed(observation: ZoneObservation): void {
    const { kind, zone } = observation;
    if (kind === 'tick' || kind === 'append' || kind === 'released' || kind === 'hash') return;
    this.#ports.observed(observation);
    this.#ports.log.say(`${this.process.name} ${zone}: ${JSON.stringify(observation)}`);
  }

  #advance(actor: ZoneActor): void {
    if (!this.actors.has(actor)) return;
    const { clock } = this;
    const isStill = this.#ports.isStill();
    clock.after(Math.max(runs(actor) && !isStill ? 0 : 20, actor.nextDueMs - clock.now()), () => {
      if (!this.#ports.isStill()) actor.advance(clock.now());
      this.#advance(actor);
    });
  }
}

export function runs(actor: ZoneActor): boolean {
  return actor.state === 'running' || actor.state === 'holding';
}
