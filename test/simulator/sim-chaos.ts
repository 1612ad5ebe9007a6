import type { SimSession } from './sim-session.ts';
import type { SimShard } from './sim-shard.ts';
import type { SimWorld } from './sim-world.ts';

type Blow = readonly [weight: number, name: string, strike: (chaos: Chaos) => void];

/** What happens to a world, drawn from its seed, and how it heals. */
export class Chaos {
  readonly world: SimWorld;
  readonly #heals = new Set<() => void>();
  readonly #blows: readonly Blow[];
  #isOver = false;

  constructor(world: SimWorld, wanted = /./) {
    this.world = world;
    this.#blows = BLOWS.filter(([, name]) => wanted.test(name));
    const { random, troubles } = world;
    const wildness = random.next();
    troubles.appendChance = random.chance(0.7) ? 0.06 * wildness : 0;
    troubles.twiceChance = random.chance(0.5) ? 0.05 * wildness : 0;
    troubles.blobChance = random.chance(0.4) ? 0.3 * wildness : 0;
    troubles.leaseChance = random.chance(0.4) ? 0.1 * wildness : 0;
    if (random.chance(0.3)) troubles.zoneIdleSeconds = 3;
    world.duplicateChance = random.chance(0.5) ? 0.2 * wildness : 0;
    const lossChance = random.chance(0.6) ? 0.08 * wildness : 0;
    const latencyMs = [0.3, random.chance(0.3) ? 60 : 5] as const;
    world.bus.faults = { lossChance, latencyMs };
  }

  /** One turn of bad luck, or none. */
  strike(): void {
    const { random, log } = this.world;
    if (!random.chance(0.35)) return;
    const total = this.#blows.reduce((sum, [weight]) => sum + weight, 0);
    let luck = random.next() * total;
    for (const [weight, name, blow] of this.#blows) {
      luck -= weight;
      if (luck > 0) continue;
      log.say(`-- ${name}`);
      blow(this);
      return;
    }
  }

  /** Everything works again; the clients find back by themselves. */
  heal(): void {
    this.#isOver = true;
    const { world } = this;
    world.log.say('== the faults heal');
    for (const heal of [...this.#heals]) heal();
    world.troubles.appendChance = 0;
    world.troubles.twiceChance = 0;
    world.troubles.blobChance = 0;
    world.troubles.leaseChance = 0;
    world.troubles.zoneIdleSeconds = Number.POSITIVE_INFINITY;
    world.duplicateChance = 0;
    world.bus.faults = { lossChance: 0, latencyMs: [0.3, 1.5] };
    for (const { journal } of world.cluster.shards) journal.heal();
    for (const client of world.clients) {
      client.isWanted = true;
      if (!client.isPlaying) void client.enter();
    }
  }

  /** Makes something bad end after a while, or when everything heals. */
  until(lowMs: number, highMs: number, end: () => void): void {
    const { clock, random } = this.world;
    const heal = (): void => {
      cancel();
      if (this.#heals.delete(heal)) end();
    };
    this.#heals.add(heal);
    const cancel = clock.after(random.between(lowMs, highMs), heal);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  shard(): SimShard {
    const { random, cluster } = this.world;
    return cluster.shards[random.int(cluster.shards.length)] as SimShard;
  }

  zone(): string {
    const { random, cluster } = this.world;
    return cluster.zones[random.int(cluster.zones.length)] as string;
  }

  session(): SimSession {
    const { random, sessions } = this.world;
    return sessions[random.int(sessions.length)] as SimSession;
  }

  /** Has a session process move a zone, to wherever it likes or to a shard of ours. */
  move(session: SimSession, zone: string): void {
    if (session.process.state !== 'running') return;
    const { random } = this.world;
    const to = random.chance(0.4) ? this.shard().process.name : undefined;
    this.world.log.say(`${session.process.name} is to move ${zone} ${to ?? ''}`);
    void session.move(zone, to).then(
      (moved) => this.world.log.say(`${session.process.name} moved ${zone}: ${JSON.stringify(moved)}`),
      (cause) => this.world.log.say(`${session.process.name} could not move ${zone}: ${cause}`),
    );
  }

  /** The shard that runs some zone, so that it hurts. */
  owner(): SimShard {
    const owner = this.world.cluster.ownerShard(this.zone());
    return owner !== undefined && owner.process.state !== 'dead' ? owner : this.shard();
  }
}

function freezeFor(chaos: Chaos, { process }: SimShard, highMs: number): void {
  process.freeze();
  chaos.until(200, highMs, () => process.thaw());
}

function cutOffBus(chaos: Chaos, { bus, process }: SimShard): void {
  bus.disconnect();
  chaos.until(100, 3_000, () => {
    if (process.state !== 'dead') bus.connect();
  });
}

function cutOffJournal(chaos: Chaos, { journal }: SimShard): void {
  journal.reachable = false;
  chaos.until(100, 3_000, () => {
    journal.reachable = true;
  });
}

const BLOWS: readonly Blow[] = [
  [
    3,
    'an owner dies',
    (chaos) => {
      chaos.world.cluster.kill(chaos.owner());
      chaos.world.cluster.addShard();
    },
  ],
  [3, 'an owner freezes for long', (chaos) => freezeFor(chaos, chaos.owner(), 5_000)],
  [1, 'an owner freezes for a moment', (chaos) => freezeFor(chaos, chaos.owner(), 400)],
  [2, 'a zone is taken from a healthy owner', (chaos) => chaos.world.cluster.usurp(chaos.zone())],
  [3.5, 'a zone moves', (chaos) => chaos.move(chaos.session(), chaos.zone())],
  [
    1,
    'all zones move',
    (chaos) => {
      for (const zone of chaos.world.cluster.zones) chaos.move(chaos.session(), zone);
    },
  ],
  [
    1.5,
    'two session processes move one zone',
    (chaos) => {
      const zone = chaos.zone();
      for (const session of chaos.world.sessions) chaos.move(session, zone);
    },
  ],
  [
    2,
    'a zone moves, and its owner or the next one is struck in the middle of it',
    (chaos) => {
      const { clock, random, cluster } = chaos.world;
      chaos.move(chaos.session(), chaos.zone());
      clock.after(random.between(0, 60), () => {
        const shard = chaos.owner();
        const luck = random.next();
        if (luck < 0.3 && cluster.shards.includes(shard)) {
          cluster.kill(shard);
          cluster.addShard();
        } else if (luck < 0.6) freezeFor(chaos, shard, 3_000);
        else if (luck < 0.8) cutOffJournal(chaos, shard);
        else cutOffBus(chaos, shard);
      });
    },
  ],
  [
    1,
    'a session process dies in the middle of a move',
    (chaos) => {
      const { clock, random, sessions } = chaos.world;
      const index = random.int(sessions.length);
      chaos.move(sessions[index] as SimSession, chaos.zone());
      clock.after(random.between(0, 20), () => chaos.world.killSession(index));
    },
  ],
  [
    1,
    'a session process freezes',
    (chaos) => {
      const { process } = chaos.session();
      process.freeze();
      chaos.until(100, 5_000, () => process.thaw());
    },
  ],
  [
    0.7,
    'a session process loses the leases',
    (chaos) => {
      const { leases } = chaos.session();
      leases.away = true;
      chaos.until(100, 3_000, () => {
        leases.away = false;
      });
    },
  ],
  [
    1.5,
    'an owner loses the leases, and counts as gone',
    (chaos) => {
      const { leases } = chaos.owner();
      leases.away = true;
      chaos.until(500, 4_000, () => {
        leases.away = false;
      });
    },
  ],
  [
    1,
    'a shard stops in good order',
    (chaos) => void chaos.world.cluster.retire(chaos.owner(), chaos.world.random.chance(0.6)),
  ],
  [3, 'what was said before comes once more', (chaos) => chaos.world.echo()],
  [1.5, 'an owner loses the bus', (chaos) => cutOffBus(chaos, chaos.owner())],
  [1.5, 'an owner loses the journal', (chaos) => cutOffJournal(chaos, chaos.owner())],
  [
    1,
    'the blobs fail',
    (chaos) => {
      chaos.world.blobs.failing = true;
      chaos.until(200, 4_000, () => {
        chaos.world.blobs.failing = false;
      });
    },
  ],
  [
    1,
    'the database is away',
    (chaos) => {
      const { persistence, random } = chaos.world;
      if (random.chance(0.5)) persistence.isDown = true;
      else persistence.isMute = true;
      chaos.until(200, 4_000, () => {
        persistence.isDown = false;
        persistence.isMute = false;
      });
    },
  ],
  [
    0.7,
    'a gateway dies',
    (chaos) => chaos.world.killGateway(chaos.world.random.int(chaos.world.gateways.length)),
  ],
  [
    0.7,
    'a gateway freezes',
    (chaos) => {
      const { gateways, random } = chaos.world;
      const process = gateways[random.int(gateways.length)]?.gateway.ports.process;
      process?.freeze();
      chaos.until(200, 5_000, () => process?.thaw());
    },
  ],
  [
    0.5,
    'a gateway loses the bus',
    (chaos) => {
      const { gateways, random } = chaos.world;
      const slot = gateways[random.int(gateways.length)];
      slot?.port.disconnect();
      chaos.until(200, 4_500, () => {
        if (slot?.gateway.ports.process.state !== 'dead') slot?.port.connect();
      });
    },
  ],
  [
    3,
    'a line breaks',
    (chaos) => {
      const { clients, random } = chaos.world;
      clients[random.int(clients.length)]?.device.sockets.line?.cut();
    },
  ],
  [
    1,
    'a client takes nothing for a while',
    (chaos) => {
      const { clients, random, clock } = chaos.world;
      const line = clients[random.int(clients.length)]?.device.sockets.line;
      if (line !== undefined) line.stalledUntilMs = clock.now() + random.between(100, 1_500);
    },
  ],
  [
    2,
    'a gateway stops in good order',
    (chaos) => {
      const { random, gateways } = chaos.world;
      void chaos.world.retireGateway(random.int(gateways.length), random.between(0, 1.5));
    },
  ],
  [
    1.5,
    'a player logs in from somewhere else',
    (chaos) => {
      const { clients, random } = chaos.world;
      void clients[random.int(clients.length)]?.moveElsewhere();
    },
  ],
  [
    1,
    'a player leaves for a while',
    (chaos) => {
      const { clients, random } = chaos.world;
      const client = clients[random.int(clients.length)];
      if (client === undefined || !client.isWanted) return;
      void client.leave();
      chaos.until(300, 4_000, () => {
        client.isWanted = true;
        void client.enter();
      });
    },
  ],
];
