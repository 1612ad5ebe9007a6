import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { isRefusal, leaseKeys, type Refusal, shardCalls, type World } from '@overworld/contracts';
import {
  type AccessTokens,
  accessTokens,
  BUS,
  CLOCK,
  LEASES,
  LIVENESS_CLOCK,
  LOGGER,
  PresenceLease,
  SERVICES,
  type ServiceCaller,
  WORLDS,
} from '@overworld/platform';
import { type Bus, type Clock, type Leases, pause } from '@overworld/ports';
import type { Logger } from '@overworld/telemetry';
import { AccessGuard } from './access.guard.ts';
import { AccountController } from './account.controller.ts';
import { AdminController } from './admin.controller.ts';
import { AddressRatesGuard } from './address-rates.guard.ts';
import { Doors } from './doors.ts';
import { Lobbies } from './lobbies.ts';
import { LobbiesController } from './lobbies.controller.ts';
import { Leadership } from './leadership.ts';
import { Logins } from './logins.ts';
import { Members } from './members.ts';
import {
  ACCESS_TOKENS,
  DOORS,
  LOBBIES,
  LOGINS,
  MEMBERS,
  SEATS,
  SESSION_OPTIONS,
  type SessionOptions,
  STORES,
  ZONES,
} from './options.ts';
import { PersistenceStores } from './persistence-stores.ts';
import { Rebalancer } from './rebalancer.ts';
import { Recovery } from './recovery.ts';
import { Seats } from './seats.ts';
import { SessionMessagesController } from './session-messages.controller.ts';
import { StaffGuard } from './staff.guard.ts';
import type { SessionStores } from './stores.ts';
import { WorldsController } from './worlds.controller.ts';
import { resumeTokens, ticketTokens } from './tokens.ts';
import { type Move, Zones } from './zones.ts';

const PRESENCE = Symbol('PresenceLease');
const LEADERSHIP = Symbol('Leadership');
const GONE = Symbol('GoneShards');
const RECOVERY = Symbol('Recovery');
const REBALANCER = Symbol('Rebalancer');
const SWEEP_MS = 10_000;
/** Seldom enough to cost nothing: when it matters whether writes arrive, `Members` has one made. */
const SESSION_RENEW_MS = 450;
const OPEN_AGAIN_MS = 500;

/** Joins who notices that a shard has gone with who acts on it. */
class GoneShards {
  #listener: (shard: string) => void = () => {};

  listen(listener: (shard: string) => void): void {
    this.#listener = listener;
  }

  tell(shard: string): void {
    this.#listener(shard);
  }
}

/** The bus knows at once when nobody listens; a late answer tells nothing. */
async function isListening(services: ServiceCaller, shard: string): Promise<boolean | undefined> {
  const answer = await services.call(shardCalls.ping, {}, shard);
  if (!isRefusal(answer)) return true;
  return answer.refused === 'zone-unavailable' ? false : undefined;
}

const providers = [
  AccessGuard,
  AddressRatesGuard,
  StaffGuard,
  {
    provide: STORES,
    inject: [SERVICES],
    useFactory: (services: ServiceCaller): SessionStores => new PersistenceStores(services),
  },
  {
    provide: ACCESS_TOKENS,
    inject: [SESSION_OPTIONS],
    useFactory: (options: SessionOptions): AccessTokens => accessTokens(options.secret),
  },
  {
    provide: PRESENCE,
    inject: [SESSION_OPTIONS, LEASES, LIVENESS_CLOCK],
    useFactory: ({ id }: SessionOptions, leases: Leases, clock: Clock): PresenceLease =>
      new PresenceLease({
        key: leaseKeys.session(id),
        leases,
        clock,
        describe: (heartbeat) => ({ id, heartbeat }),
        renewMs: SESSION_RENEW_MS,
      }),
  },
  {
    provide: LEADERSHIP,
    inject: [SESSION_OPTIONS, LEASES, LIVENESS_CLOCK],
    useFactory: ({ id }: SessionOptions, leases: Leases, clock: Clock): Leadership =>
      new Leadership(leaseKeys.leader, id, leases, clock),
  },
  {
    provide: MEMBERS,
    inject: [LEASES, LIVENESS_CLOCK, PRESENCE, SERVICES, GONE],
    useFactory: (
      leases: Leases,
      clock: Clock,
      presence: PresenceLease,
      services: ServiceCaller,
      gone: GoneShards,
    ): Members =>
      new Members({
        leases,
        clock,
        writes: () => presence.writes(),
        write: () => presence.renew(),
        probe: (shard) => isListening(services, shard),
        gone: (shard) => gone.tell(shard),
      }),
  },
  { provide: GONE, useFactory: (): GoneShards => new GoneShards() },
  {
    provide: RECOVERY,
    inject: [ZONES, MEMBERS, CLOCK, LOGGER, GONE],
    useFactory: (
      zones: Zones,
      members: Members,
      clock: Clock,
      logger: Logger,
      gone: GoneShards,
    ): Recovery => {
      const recovery = new Recovery(
        zones,
        clock,
        (shard, count, error) =>
          logger.warn({ shard, zones: count, err: error }, 'a shard has gone: its zones are placed anew'),
        (shard) => members.isAlive(shard),
      );
      gone.listen((shard) => void recovery.recover(shard));
      return recovery;
    },
  },
  {
    provide: REBALANCER,
    inject: [LEADERSHIP, MEMBERS, ZONES, SERVICES, CLOCK],
    useFactory: (
      leadership: Leadership,
      members: Members,
      zones: Zones,
      services: ServiceCaller,
      clock: Clock,
    ): Rebalancer => new Rebalancer({ leadership, members, zones, services, clock }),
  },
  {
    provide: ZONES,
    inject: [WORLDS, STORES, LEASES, CLOCK, MEMBERS, SERVICES, LOGGER],
    useFactory: (
      worlds: readonly World[],
      stores: SessionStores,
      leases: Leases,
      clock: Clock,
      members: Members,
      services: ServiceCaller,
      logger: Logger,
    ): Zones => {
      const moved = (move: Move): void => logger.info({ ...move }, 'a zone was moved');
      return new Zones({ worlds, stores, leases, clock, members, services, moved });
    },
  },
  {
    provide: SEATS,
    inject: [ZONES, STORES, BUS, LEASES, CLOCK, SESSION_OPTIONS],
    useFactory: (
      zones: Zones,
      stores: SessionStores,
      bus: Bus,
      leases: Leases,
      clock: Clock,
      options: SessionOptions,
    ): Seats => new Seats(zones, stores, bus, leases, clock, options.settleTimeoutMs),
  },
  {
    provide: LOGINS,
    inject: [SESSION_OPTIONS, STORES, SERVICES, CLOCK, ACCESS_TOKENS],
    useFactory: (
      options: SessionOptions,
      stores: SessionStores,
      services: ServiceCaller,
      clock: Clock,
      tokens: AccessTokens,
    ): Logins => new Logins(options, stores, services, clock, tokens),
  },
  {
    provide: LOBBIES,
    inject: [SESSION_OPTIONS, STORES, ZONES, CLOCK],
    useFactory: (options: SessionOptions, stores: SessionStores, zones: Zones, clock: Clock): Lobbies =>
      new Lobbies({ options, stores, zones, clock }),
  },
  {
    provide: DOORS,
    inject: [SESSION_OPTIONS, STORES, ZONES, SEATS, LOGINS, LEASES, CLOCK],
    useFactory: (
      options: SessionOptions,
      stores: SessionStores,
      zones: Zones,
      seats: Seats,
      logins: Logins,
      leases: Leases,
      clock: Clock,
    ): Doors => {
      const tickets = ticketTokens(options.secret);
      const resumes = resumeTokens(options.secret);
      return new Doors({ options, stores, zones, seats, logins, leases, clock, tickets, resumes });
    },
  },
];

/** Accounts, tokens, lobbies, and who is in which zone. Needs the platform's ports and `WORLDS` from a global module. */
@Module({
  controllers: [
    AccountController,
    AdminController,
    WorldsController,
    LobbiesController,
    SessionMessagesController,
  ],
  providers,
  exports: [DOORS, ZONES, LOBBIES, LOGINS],
})
export class SessionModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #worlds: readonly World[];
  readonly #lobbies: Lobbies;
  readonly #doors: Doors;
  readonly #zones: Zones;
  readonly #members: Members;
  readonly #clock: Clock;
  readonly #presence: PresenceLease;
  readonly #leadership: Leadership;
  readonly #recovery: Recovery;
  readonly #rebalancer: Rebalancer;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(
    @Inject(WORLDS) worlds: readonly World[],
    @Inject(LOBBIES) lobbies: Lobbies,
    @Inject(DOORS) doors: Doors,
    @Inject(ZONES) zones: Zones,
    @Inject(MEMBERS) members: Members,
    @Inject(CLOCK) clock: Clock,
    @Inject(PRESENCE) presence: PresenceLease,
    @Inject(LEADERSHIP) leadership: Leadership,
    @Inject(RECOVERY) recovery: Recovery,
    @Inject(REBALANCER) rebalancer: Rebalancer,
  ) {
    this.#worlds = worlds;
    this.#lobbies = lobbies;
    this.#doors = doors;
    this.#zones = zones;
    this.#members = members;
    this.#clock = clock;
    this.#presence = presence;
    this.#leadership = leadership;
    this.#recovery = recovery;
    this.#rebalancer = rebalancer;
  }

  static forRoot(options: SessionOptions): DynamicModule {
    return { module: SessionModule, providers: [{ provide: SESSION_OPTIONS, useValue: options }] };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#presence.start();
    await this.#leadership.start();
    this.#sweepLater();
  }

  /** Once the persistence service answers: `TEST` is there. Answers what stands against it. */
  async open(): Promise<Refusal | undefined> {
    for (const world of this.#worlds) {
      if (world.entry !== undefined) continue;
      const refused = await this.#lobbies.ensureTest(world.name, world.ruleset);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }

  /** For a process that may start before the persistence service: resolves when it answers. */
  async openWhenPossible(): Promise<void> {
    while (!this.#stopped && (await this.open()) !== undefined) await pause(this.#clock, OPEN_AGAIN_MS);
  }

  /** Starts the zones that are always there: effects and handoffs that a crash left behind go on. True when all run. */
  async wake(): Promise<boolean> {
    let isAwake = true;
    for (const world of this.#worlds) {
      for (const zone of world.zones) {
        if (this.#stopped) return false;
        if (isRefusal(await this.#zones.ensure(zone.id))) isAwake = false;
      }
    }
    return isAwake;
  }

  /** For a process that may start before the shards. */
  async wakeWhenPossible(): Promise<void> {
    while (!this.#stopped) {
      if (await this.wake().catch(() => false)) return;
      await pause(this.#clock, OPEN_AGAIN_MS);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    this.#recovery.stop();
    this.#rebalancer.stop();
    this.#members.close();
    await this.#leadership.stop();
    await this.#presence.stop();
  }

  #sweepLater(): void {
    this.#cancel = this.#clock.after(SWEEP_MS, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    try {
      if (this.#leadership.isLeader) await this.#sweepAll();
    } catch {
      // The leases are out of reach: what was not swept now is swept the next time.
    }
    if (!this.#stopped) this.#sweepLater();
  }

  async #sweepAll(): Promise<void> {
    await this.#doors.sweep();
    for (const world of this.#worlds) {
      if (world.entry === undefined) await this.#lobbies.sweep(world.name);
    }
  }
}
