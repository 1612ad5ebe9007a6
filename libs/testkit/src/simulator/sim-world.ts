import type { AnyRuleset } from '@overworld/ruleset';
import type { ZoneFaults } from '@overworld/zone';
import { FakeBlobs } from '../fake-blobs.ts';
import { FakeBus } from '../fake-bus.ts';
import { FakeClock } from '../fake-clock.ts';
import { FakeJournal } from '../fake-journal.ts';
import { FakeRandom } from '../fake-random.ts';
import { gladeRuleset } from './glade.ts';
import { SimClient } from './sim-client.ts';
import { SimCluster, type SimZone, type Troubles } from './sim-cluster.ts';
import { SimGateway } from './sim-gateway.ts';
import { SimLog } from './sim-log.ts';
import { SimPersistence } from './sim-persistence.ts';
import { ProcessBus, processClock, SimProcess } from './sim-process.ts';
import { SimSession } from './sim-session.ts';
import { Witness } from './witness.ts';

const GATEWAYS = 2;

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
  readonly troubles: Troubles = { appendChance: 0, twiceChance: 0, blobChance: 0 };
  readonly witness: Witness;
  readonly persistence: SimPersistence;
  readonly cluster: SimCluster;
  readonly session: SimSession;
  readonly clients: SimClient[] = [];
  readonly gateways: GatewaySlot[] = [];
  readonly ruleset: AnyRuleset;
  /** Chance that a client sends an input twice. */
  duplicateChance = 0;
  #gatewaysMade = 0;

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
    const { bus, journal, blobs, witness, log, troubles, persistence } = this;
    const ports = { clock, bus, journal, blobs, witness, log, troubles, faults, random: random(2) };
    this.cluster = new SimCluster(this.#zones(seed), 3, ports);
    const session = { clock, bus: bus.port('session'), cluster: this.cluster, persistence, world: 'glade' };
    this.session = new SimSession(session);
    for (let count = 0; count < GATEWAYS; count += 1) this.gateways.push(this.#makeGateway());
    for (let number = 1; number <= players; number += 1)
      this.clients.push(this.#makeClient(number, random(100 + number)));
  }

  killGateway(index: number): void {
    const { gateway, port } = this.gateways[index] as GatewaySlot;
    this.log.say(`${gateway.id} dies`);
    gateway.ports.process.kill();
    void port.close();
    for (const { sockets } of this.clients) if (sockets.line?.gateway === gateway) sockets.line.cut();
    this.gateways[index] = this.#makeGateway();
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
      clock: processClock(this.clock, process, 5_000, 0),
      session: this.session,
      rulesetOf: (zone) => this.cluster.rulesetOf(zone),
    });
    return { port, gateway };
  }

  #makeClient(number: number, random: FakeRandom): SimClient {
    const { clock, log } = this;
    const line = {
      clock,
      random,
      gatewayAt: (url: string) => this.#gatewayAt(url),
      duplicateChance: () => this.duplicateChance,
    };
    const address = (): string => `sim://${random.int(GATEWAYS)}`;
    return new SimClient(number, { clock, random, line, log, address });
  }

  #gatewayAt(url: string): SimGateway | undefined {
    return this.gateways[Number(url.slice('sim://'.length))]?.gateway;
  }
}
