import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BUS, CLOCK, LOGGER, METRICS } from '@overworld/platform';
import type { Bus, Clock } from '@overworld/ports';
import type { Logger, Metrics } from '@overworld/telemetry';
import { DataSource } from 'typeorm';
import { Accounts } from './accounts.ts';
import { AccountsController } from './accounts.controller.ts';
import { Characters } from './characters.ts';
import { type DatabaseOptions, dataSourceOptions, openDatabase } from './database.ts';
import { Effects } from './effects.ts';
import { EffectsListener } from './effects-listener.ts';
import { Sessions } from './sessions.ts';
import { SessionsController } from './sessions.controller.ts';
import { ACCOUNTS, CHARACTERS, EFFECTS_LISTENER, SESSIONS, ZONE_REGISTRY } from './tokens.ts';
import { ZoneRegistry } from './zone-registry.ts';
import { ZonesController } from './zones.controller.ts';

const providers = [
  { provide: ACCOUNTS, inject: [DataSource], useFactory: (database: DataSource) => new Accounts(database) },
  {
    provide: SESSIONS,
    inject: [DataSource, CLOCK],
    useFactory: (database: DataSource, clock: Clock) => new Sessions(database, () => clock.wall()),
  },
  {
    provide: CHARACTERS,
    inject: [DataSource],
    useFactory: (database: DataSource) => new Characters(database),
  },
  {
    provide: ZONE_REGISTRY,
    inject: [DataSource],
    useFactory: (database: DataSource) => new ZoneRegistry(database),
  },
  {
    provide: EFFECTS_LISTENER,
    inject: [BUS, DataSource, METRICS, LOGGER],
    useFactory: (bus: Bus, database: DataSource, metrics: Metrics, logger: Logger) =>
      new EffectsListener(bus, new Effects(database), metrics, logger),
  },
];

/**
 * The only writer of the database. Needs the platform's `BUS`, `CLOCK`, `METRICS` and `LOGGER` from a global module; its
 * start connects and migrates, and fails with the database's own message when that is not possible.
 */
@Module({ controllers: [AccountsController, SessionsController, ZonesController], providers })
export class PersistenceModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #listener: EffectsListener;

  constructor(@Inject(EFFECTS_LISTENER) listener: EffectsListener) {
    this.#listener = listener;
  }

  static forRoot(options: DatabaseOptions): DynamicModule {
    const database = TypeOrmModule.forRootAsync({
      useFactory: () => ({ ...dataSourceOptions(options), retryAttempts: 1, retryDelay: 0 }),
      dataSourceFactory: (merged) => openDatabase(merged ?? dataSourceOptions(options)),
    });
    return { module: PersistenceModule, imports: [database] };
  }

  onApplicationBootstrap(): void {
    this.#listener.start();
  }

  /** Finishes the effects in work; the connections close after it. */
  onApplicationShutdown(): Promise<void> {
    return this.#listener.stop();
  }
}
