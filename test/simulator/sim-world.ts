import { decodeBatch, type World, type ZoneCommand } from '@overworld/contracts';
import type { AnyRuleset } from '@overworld/ruleset';
import type { ZoneFaults } from '@overworld/zone';
import {
  FakeBlobs,
  FakeBus,
  FakeClock,
  FakeJournal,
  FakeLeases,
  FakeRandom,
  gladeRuleset,
} from '@overworld/testkit';
import { SimClient } from './sim-client.ts';
import { SimCluster, type SimZone } from './sim-cluster.ts';
import { SimGateway } from './sim-gateway.ts';
import { SimLog } from './sim-log.ts';
import { SimPersistence } from './sim-persistence.ts';
import { ProcessBus, processClock, SimProcess } from './sim-process.ts';
import { type SessionPorts, SimSession } from './sim-session.ts';
import type { Troubles } from './sim-shard.ts';
import { Witness } from './witness.ts';

const GATEWAYS = 2;
const SESSIONS = 2;
const SHARDS = 3;
const WORLD = 'glade';
const WAKE_MS = 1_500;
const MOST_SAID = 12;
const ECHOED: readonly ZoneCommand['kind'][] = ['join', 'drop', 'input', 'handoff', 'handoff-receipt'];
const ENDLESS_SECONDS = 1e9;

export interface WorldOptions {
  readonly seed: number;
  readonly faults: ZoneFaults;
  readonly isVerbose: boolean;
}

interface GatewaySlot {
  readonly port: FakeBus;
  readonly gateway: SimGateway;
}

/** Everything that one seed makes: the cluster, the gateways, the players, and the wires between them. */
export class SimWorld {
  readonly clock = new FakeClock();
  readonly log: SimLog;
  readonly bus: FakeBus;
  readonly journal: FakeJournal;
  readonly blobs: FakeBlobs;
  readonly random: FakeRandom;
  readonly leases = new FakeLeases();
  readonly troubles: Troubles = {
    appendChance: 0,
    twiceChance: 0,
    blobChance: 0,
    leaseChance: 0,
    zoneIdleSeconds: ENDLESS_SECONDS,
  };
  readonly witness: Witness;
  readonly persistence: SimPersistence;
  readonly cluster: SimCluster;
  readonly sessions: SimSession[] = [];
  readonly clients: SimClient[] = [];
  readonly gateways: GatewaySlot[] = [];
  /** Gateways that have not stopped yet, although they are about to. */
  drains = 0;
  /** Gateways that send their players away; the balancer has not noticed yet. */
  readonly retiring = new Set<SimGateway>();
  readonly ruleset: AnyRuleset;
  /** Chance that a client sends an input twice. */
  duplicateChance = 0;
  #gatewaysMade = 0;
  #sessionsMade = 0;
  readonly #sessionPorts: SessionPorts;
  readonly #said = new Map<
    ZoneCommand['kind'],
    { readonly subject: string; readonly payload: Uint8Array }[]
  >();

  constructor({ seed, faults, isVerbose }: WorldOptions) {
    const random = (purpose: number): FakeRandom => new FakeRandom(Math.imul(seed, 2_654_435_761) ^ purpose);
    const { clock } = this;
    this.random = random(1);
    this.log = new SimLog(clock, isVerbose);
    this.bus = new FakeBus({ clock, seed: Math.imul(seed, 40_503) ^ 2, latencyMs: [0.3, 1.5] });
    this.journal = new FakeJournal({ clock, latencyMs: 0.7 });
    this.blobs = new FakeBlobs({ clock, latencyMs: 1 });
    this.witness = new Witness(this.journal);
    this.persistence = new SimPersistence(this.bus.port('persistence'));
    const players = 2 + this.random.int(4);
    const gap = this.random.chance(0.5) ? 'hold' : 'catch-up';
    this.ruleset = gladeRuleset({ gap, players: Math.max(2, players - this.random.int(2)) });
    const { bus, journal, blobs, leases, witness, log, troubles, persistence } = this;
    const ports = { clock, bus, journal, blobs, leases, witness, log, troubles, faults, random: random(2) };
    const zones = this.#zones(seed);
    this.cluster = new SimCluster(zones, SHARDS, ports);
    const { cluster } = this;
    const world = worldOf(zones);
    this.#sessionPorts = {
      clock,
      bus,
      leases,
      random: random(3),
      troubles,
      cluster,
      persistence,
      log,
      world,
    };
    for (let count = 0; count < SESSIONS; count += 1) this.sessions.push(this.#makeSession());
    for (let count = 0; count < GATEWAYS; count += 1) this.gateways.push(this.#makeGateway());
    for (let number = 1; number <= players; number += 1)
      this.clients.push(this.#makeClient(number, random(100 + number)));
    this.bus.port('echo').subscribe('zone.*.in', ({ subject, payload }) => this.#overhear(subject, payload));
    this.#wakeLater();
  }

  /** Something that a gateway or a zone said a while ago comes once more: it was frozen, and did not hear the answer. */
  echo(): void {
    const kind = ECHOED[this.random.int(ECHOED.length)] as ZoneCommand['kind'];
    const said = this.#said.get(kind) ?? [];
    const message = said[this.random.int(said.length)];
    if (message === undefined) return;
    this.log.say(`a ${kind} comes again: ${message.subject}`);
    this.bus.publish(message.subject, message.payload);
  }

  #overhear(subject: string, payload: Uint8Array): void {
    const commands = decodeBatch(payload)?.commands ?? [];
    // Who asks to leave asks once.
    if (commands.some(({ kind }) => kind === 'leave')) return;
    for (const kind of ECHOED) {
      if (!commands.some((each) => each.kind === kind)) continue;
      const said = this.#said.get(kind) ?? [];
      this.#said.set(kind, said);
      if (said.push({ subject, payload }) > MOST_SAID) said.shift();
    }
  }

  killGateway(index: number): void {
    const { gateway, port } = this.gateways[index] as GatewaySlot;
    this.log.say(`${gateway.id} dies`);
    gateway.ports.process.kill();
    void port.close();
    this.#cutLines(gateway);
    this.gateways[index] = this.#makeGateway();
  }

  /** A rolling restart: the next gateway is there already, and the balancer goes on leading some to the old one for a while. */
  async retireGateway(index: number, drainSeconds: number): Promise<void> {
    const { gateway, port } = this.gateways[index] as GatewaySlot;
    this.log.say(`${gateway.id} is to stop`);
    this.gateways[index] = this.#makeGateway();
    this.retiring.add(gateway);
    this.clock.after(this.random.between(0, 1_500), () => this.retiring.delete(gateway));
    this.drains += 1;
    await gateway.hub.drain(drainSeconds);
    this.drains -= 1;
    this.log.say(`${gateway.id} has stopped`);
    gateway.ports.process.kill();
    void port.close();
    this.#cutLines(gateway);
  }

  killSession(index: number): void {
    this.sessions[index]?.kill();
    this.sessions[index] = this.#makeSession();
  }

  #cutLines(gateway: SimGateway): void {
    for (const { devices } of this.clients) for (const { sockets } of devices) sockets.cut(gateway);
  }

  /** Somebody always wants to play: zones that nobody runs are asked for. */
  #wakeLater(): void {
    this.clock.after(WAKE_MS, () => {
      const session = this.sessions[this.random.int(SESSIONS)];
      if (session?.process.state === 'running') {
        for (const zone of this.cluster.zones) void session.zones.ensure(zone).catch(() => undefined);
      }
      this.#wakeLater();
    });
  }

  #makeSession(): SimSession {
    this.#sessionsMade += 1;
    return new SimSession(`session-${this.#sessionsMade}`, this.#sessionPorts);
  }

  #zones(seed: number): SimZone[] {
    const ids = ['glade-1', 'glade-2'];
    return ids.map((id, index) => ({
      ruleset: this.ruleset,
      spec: {
        id,
        zoneNumber: index + 1,
        world: 'glade',
        ruleset: 'glade',
        seed: `seed ${seed} ${id}`,
        params: { next: ids[(index + 1) % ids.length] },
      },
    }));
  }

  #makeGateway(): GatewaySlot {
    const process = new SimProcess(`gateway-${++this.#gatewaysMade}`);
    const port = this.bus.port(process.name);
    const gateway = new SimGateway(process.name, {
      process,
      bus: new ProcessBus(process, port),
      clock: processClock(this.clock, process, 5_000, this.random.int(4_000) - 2_000),
      random: this.random,
      rulesets: new Map([[this.ruleset.name, this.ruleset]]),
    });
    return { port, gateway };
  }

  #makeClient(number: number, random: FakeRandom): SimClient {
    const { clock, log } = this;
    const line = {
      clock,
      random,
      gateway: () => this.#gateway(random),
      duplicateChance: () => this.duplicateChance,
    };
    const session = (): SimSession | undefined => this.sessions[random.int(SESSIONS)];
    return new SimClient(number, { clock, random, line, log, session, world: WORLD });
  }

  #gateway(random: FakeRandom): SimGateway | undefined {
    const all = [...this.gateways.map(({ gateway }) => gateway), ...this.retiring];
    return all[random.int(all.length)];
  }
}

function worldOf(zones: readonly SimZone[]): World {
  const declared = zones.map(({ spec }) => ({ id: spec.id, params: spec.params as never }));
  return { name: WORLD, title: 'Glade', ruleset: 'glade', entry: declared[0]?.id, zones: declared };
}
