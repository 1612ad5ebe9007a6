import { randomUUID } from 'node:crypto';
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import {
  BLOBS,
  BUS,
  CLOCK,
  HEALTH,
  JOURNAL,
  LEASES,
  LOGGER,
  METRICS,
  PresenceLease,
  RULESETS,
  SERVICES,
  type ServiceCaller,
} from '@overworld/platform';
import { leaseKeys, type ShardMember } from '@overworld/contracts';
import type { Blobs, Bus, Clock, Journal, Leases } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import type { HealthRegistry, Logger, Metrics } from '@overworld/telemetry';
import { SHARD_LEASE, SHARD_OPTIONS, type ShardOptions, ZONE_HOST, ZONE_METRICS } from './options.ts';
import { ShardMessagesController } from './shard-messages.controller.ts';
import { ZoneHost } from './zone-host.ts';
import { ZoneMetrics } from './zone-metrics.ts';

const providers = [
  {
    provide: ZONE_METRICS,
    inject: [METRICS, HEALTH, LOGGER],
    useFactory: (metrics: Metrics, health: HealthRegistry, logger: Logger): ZoneMetrics =>
      new ZoneMetrics(metrics, health, logger),
  },
  {
    provide: ZONE_HOST,
    inject: [SHARD_OPTIONS, BUS, JOURNAL, BLOBS, LEASES, CLOCK, RULESETS, SERVICES, ZONE_METRICS],
    useFactory: (
      options: ShardOptions,
      bus: Bus,
      journal: Journal,
      blobs: Blobs,
      leases: Leases,
      clock: Clock,
      rulesets: ReadonlyMap<string, AnyRuleset>,
      services: ServiceCaller,
      metrics: ZoneMetrics,
    ): ZoneHost => new ZoneHost(options, { bus, journal, blobs, leases, clock, rulesets, services, metrics }),
  },
  {
    provide: SHARD_LEASE,
    inject: [SHARD_OPTIONS, LEASES, CLOCK, ZONE_HOST],
    useFactory: ({ id }: ShardOptions, leases: Leases, clock: Clock, host: ZoneHost): PresenceLease => {
      const run = randomUUID();
      return new PresenceLease({
        key: leaseKeys.shard(id),
        leases,
        clock,
        describe: (heartbeat): ShardMember => ({
          id,
          run,
          heartbeat,
          ...host.load(),
          draining: host.draining,
        }),
        returned: () => void host.dropLost(),
      });
    },
  },
];

/** Runs zones. Needs the platform's ports and `RULESETS` from a global module. */
@Module({ controllers: [ShardMessagesController], providers, exports: [ZONE_HOST, SHARD_LEASE] })
export class ShardModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #lease: PresenceLease;
  readonly #host: ZoneHost;

  constructor(@Inject(SHARD_LEASE) lease: PresenceLease, @Inject(ZONE_HOST) host: ZoneHost) {
    this.#lease = lease;
    this.#host = host;
  }

  static forRoot(options: ShardOptions): DynamicModule {
    return { module: ShardModule, providers: [{ provide: SHARD_OPTIONS, useValue: options }] };
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#lease.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#host.drain();
    await this.#lease.stop();
  }
}
