import { leaseKeys, type Refusal, sessionCalls, sessionNotices, type World } from '@overworld/contracts';
import { PresenceLease } from '@overworld/platform';
import type { Bus, Clock } from '@overworld/ports';
import {
  Doors,
  Members,
  Recovery,
  type RegisteredZone,
  type SeatClaims,
  Seats,
  SESSION_DEFAULTS,
  Zones,
} from '@overworld/session/core';
import type { FakeBus, FakeLeases, FakeRandom } from '@overworld/testkit';
import type { SimCluster } from './sim-cluster.ts';
import { ProcessLeases } from './sim-leases.ts';
import type { SimLog } from './sim-log.ts';
import type { SimPersistence } from './sim-persistence.ts';
import { ProcessBus, processClock, SimProcess } from './sim-process.ts';
import { hear, serve, simServices } from './sim-services.ts';
import type { Troubles } from './sim-shard.ts';

const DATABASE_MS = 2;

export interface SessionPorts {
  readonly clock: Clock;
  readonly bus: FakeBus;
  readonly leases: FakeLeases;
  readonly random: FakeRandom;
  readonly troubles: Troubles;
  readonly cluster: SimCluster;
  readonly persistence: SimPersistence;
  readonly log: SimLog;
  readonly world: World;
}

type DoorsPorts = ConstructorParameters<typeof Doors>[0];
type Stores = DoorsPorts['stores'];

/** A session process: the service's own placement, recovery and seats, on a simulated clock. */
export class SimSession {
  readonly process: SimProcess;
  readonly port: FakeBus;
  readonly leases: FakeLeases;
  readonly zones: Zones;
  readonly doors: Doors;
  /** Moves under way. */
  moving = 0;
  readonly #ports: SessionPorts;
  readonly #seats: Seats;

  constructor(name: string, ports: SessionPorts) {
    this.#ports = ports;
    const { clock: base, random, troubles, world } = ports;
    const process = new SimProcess(name);
    this.process = process;
    this.port = ports.bus.port(name);
    this.leases = ports.leases.port();
    const clock = processClock(base, process, random.int(100_000), random.int(4_000) - 2_000);
    const bus = new ProcessBus(process, this.port);
    const leases = new ProcessLeases(process, this.leases, base, () => random.chance(troubles.leaseChance));
    const stores = this.#stores();
    const members = this.#members(leases, clock);
    this.zones = new Zones({ worlds: [world], stores, leases, clock, members, services: simServices(bus) });
    this.#seats = new Seats(this.zones, stores, bus, leases, clock, SESSION_DEFAULTS.settleTimeoutMs);
    const logins = { check: async () => undefined } as unknown as DoorsPorts['logins'];
    const options = { ...SESSION_DEFAULTS, id: name, secret: new Uint8Array(32) };
    const { zones } = this;
    const [tickets, resumes] = [simTokens(clock), simTokens(clock)];
    const doors = { options, stores, zones, seats: this.#seats, logins, leases, clock, tickets, resumes };
    this.doors = new Doors(doors);
    this.#serve(bus);
  }

  async move(zone: string, to?: string): ReturnType<Zones['move']> {
    this.moving += 1;
    try {
      return await this.zones.move(zone, to);
    } finally {
      this.moving -= 1;
    }
  }

  kill(): void {
    this.#ports.log.say(`${this.process.name} dies`);
    this.process.kill();
    void this.port.close();
  }

  #members(leases: ProcessLeases, clock: Clock): Members {
    const { process } = this;
    const presence = new PresenceLease({
      key: leaseKeys.session(process.name),
      leases,
      clock,
      describe: (heartbeat) => ({ id: process.name, heartbeat }),
      renewMs: 450,
    });
    const { cluster, log } = this.#ports;
    const isAlive = (shard: string): boolean => members.isAlive(shard);
    const recovery = (): Recovery => new Recovery(this.zones, clock, () => {}, isAlive);
    const members: Members = new Members({
      leases,
      clock,
      writes: () => presence.writes(),
      write: () => presence.renew(),
      probe: async (id) => cluster.shards.some((shard) => shard.process.name === id),
      gone: (shard) => {
        log.say(`${process.name}: ${shard} has gone`);
        void recovery().recover(shard);
      },
    });
    void presence.start();
    return members;
  }

  #serve(bus: Bus): void {
    const { log } = this.#ports;
    const { doors, zones } = this;
    const { redeemTicket, resume, moved, ensureZone, moveZone } = sessionCalls;
    serve<{ ticket: string }>(bus, log, redeemTicket, ({ ticket }) => doors.redeem(ticket));
    serve<{ resume: string }>(bus, log, resume, (request) => doors.resume(request.resume));
    serve<Parameters<Doors['moved']>[0]>(bus, log, moved, (request) => doors.moved(request));
    serve<{ zone: string }>(bus, log, ensureZone, ({ zone }) => zones.ensure(zone));
    serve<{ zone: string; to?: string }>(bus, log, moveZone, ({ zone, to }) => this.move(zone, to));
    hear<{ player: string; zone: string }>(bus, sessionNotices.playerLeft, ({ player, zone }) =>
      this.#seats.forget(player, zone).catch(() => undefined),
    );
  }

  /** The persistence service, as far as the session service asks it. */
  #stores(): Stores {
    const { cluster, clock, persistence } = this.#ports;
    const found = (id: string): RegisteredZone => {
      const { zoneNumber, world, ruleset, seed, params } = cluster.spec(id);
      return { id, zoneNumber, world, ruleset, seed, params, closed: false };
    };
    const database = <T>(read: () => T): Promise<T> =>
      this.process.wait(new Promise<void>((resolve) => clock.after(DATABASE_MS, resolve)).then(() => read()));
    const away: Refusal = { refused: 'busy', detail: 'the database is away' };
    const stores = {
      registerZone: ({ id }: { id: string }) => database(() => found(id)),
      findZone: (id: string) => database(() => found(id)),
      findCharacter: (player: string) =>
        database(() => {
          if (persistence.isDown || persistence.isMute) return away;
          return { character: Buffer.from(persistence.character(player)).toString('base64') };
        }),
    };
    return stores as unknown as Stores;
  }
}

/** Tokens that everybody can read: nobody forges them here. */
function simTokens(clock: Clock): DoorsPorts['tickets'] {
  const tokens = {
    sign: async (claims: SeatClaims, id: string, expiresAtMs: number) =>
      JSON.stringify({ claims, id, expiresAtMs }),
    verify: async (token: string) => {
      if (token === '') return { ok: false, reason: 'invalid' };
      const read = JSON.parse(token) as { claims: SeatClaims; id: string; expiresAtMs: number };
      return read.expiresAtMs > clock.wall() ? { ok: true, ...read } : { ok: false, reason: 'expired' };
    },
  };
  return tokens as unknown as DoorsPorts['tickets'];
}
