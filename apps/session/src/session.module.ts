import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { World } from '@overworld/contracts';
import {
  type AccessTokens,
  accessTokens,
  BUS,
  CLOCK,
  LEASES,
  SERVICES,
  type ServiceCaller,
  WORLDS,
} from '@overworld/platform';
import type { Bus, Clock, Leases } from '@overworld/ports';
import { AccessGuard } from './access.guard.ts';
import { AccountController } from './account.controller.ts';
import { AddressRatesGuard } from './address-rates.guard.ts';
import { Doors } from './doors.ts';
import { Lobbies } from './lobbies.ts';
import { LobbiesController } from './lobbies.controller.ts';
import { Logins } from './logins.ts';
import { Members } from './members.ts';
import {
  ACCESS_TOKENS,
  DOORS,
  LOBBIES,
  LOGINS,
  SEATS,
  SESSION_OPTIONS,
  type SessionOptions,
  STORES,
  ZONES,
} from './options.ts';
import { PersistenceStores } from './persistence-stores.ts';
import { Seats } from './seats.ts';
import { SessionMessagesController } from './session-messages.controller.ts';
import type { SessionStores } from './stores.ts';
import { WorldsController } from './worlds.controller.ts';
import { Zones } from './zones.ts';

const MEMBERS = Symbol('Members');
const SWEEP_MS = 10_000;

const providers = [
  AccessGuard,
  AddressRatesGuard,
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
    provide: MEMBERS,
    inject: [LEASES, CLOCK],
    useFactory: (leases: Leases, clock: Clock): Members => new Members(leases, clock),
  },
  {
    provide: ZONES,
    inject: [WORLDS, STORES, LEASES, MEMBERS, SERVICES],
    useFactory: (
      worlds: readonly World[],
      stores: SessionStores,
      leases: Leases,
      members: Members,
      services: ServiceCaller,
    ): Zones => new Zones({ worlds, stores, leases, members, services }),
  },
  {
    provide: SEATS,
    inject: [ZONES, BUS, CLOCK, SESSION_OPTIONS],
    useFactory: (zones: Zones, bus: Bus, clock: Clock, options: SessionOptions): Seats =>
      new Seats(zones, bus, clock, options.settleTimeoutMs),
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
    ): Doors => new Doors({ options, stores, zones, seats, logins, leases, clock }),
  },
];

/** Accounts, tokens, lobbies, and who is in which zone. Needs the platform's ports and `WORLDS` from a global module. */
@Module({
  controllers: [AccountController, WorldsController, LobbiesController, SessionMessagesController],
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
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(
    @Inject(WORLDS) worlds: readonly World[],
    @Inject(LOBBIES) lobbies: Lobbies,
    @Inject(DOORS) doors: Doors,
    @Inject(ZONES) zones: Zones,
    @Inject(MEMBERS) members: Members,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.#worlds = worlds;
    this.#lobbies = lobbies;
    this.#doors = doors;
    this.#zones = zones;
    this.#members = members;
    this.#clock = clock;
  }

  static forRoot(options: SessionOptions): DynamicModule {
    return { module: SessionModule, providers: [{ provide: SESSION_OPTIONS, useValue: options }] };
  }

  onApplicationBootstrap(): void {
    this.#sweepLater();
  }

  /** Once the persistence service answers: the lobbies of earlier runs, and `TEST`. */
  async open(): Promise<void> {
    for (const world of this.#worlds) {
      if (world.entry !== undefined) continue;
      await this.#lobbies.load(world.name);
      await this.#lobbies.ensureTest(world.name, world.ruleset);
    }
  }

  /** Starts the zones that are always there: effects and handoffs that a crash left behind go on. */
  async wake(): Promise<void> {
    for (const world of this.#worlds) {
      for (const zone of world.zones) {
        if (this.#stopped) return;
        await this.#zones.ensure(zone.id);
      }
    }
  }

  onApplicationShutdown(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#members.close();
  }

  #sweepLater(): void {
    this.#cancel = this.#clock.after(SWEEP_MS, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    try {
      await this.#doors.sweep();
      await this.#lobbies.sweep();
    } catch {
      // The leases are out of reach: what was not swept now is swept the next time.
    }
    if (!this.#stopped) this.#sweepLater();
  }
}
