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
  LIVENESS_CLOCK,
  LOGGER,
  METRICS,
  PresenceLease,
  RULESETS,
  SERVICES,
  type ServiceCaller,
  WORLDS,
} from '@overworld/platform';
import { leaseKeys, type ShardMember, type World } from '@overworld/contracts';
import type { Blobs, Bus, Clock, Journal, Leases } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import type { HealthRegistry, Logger, Metrics } from '@overworld/telemetry';
import { type RehearsalPorts, rehearse } from './rehearsal.ts';
import { SHARD_LEASE, SHARD_OPTIONS, type ShardOptions, ZONE_HOST, ZONE_METRICS } from './options.ts';
import { ShardMessagesController } from './shard-messages.controller.ts';
import { ZoneHost } from './zone-host.ts';
import { ZoneMetrics } from './zone-metrics.ts';

/** What rehearsals need. */
const REHEARSAL = Symbol('Rehearsal');
const REHEARSE_AGAIN_MS = 20_000;

const providers = [
  {
    provide: ZONE_METRICS,
    inject: [METRICS, HEALTH, LOGGER],
    useFactory: (metrics: Metrics, health: HealthRegistry, logger: Logger): ZoneMetrics =>
      new ZoneMetrics(metrics, health, logger),
  },
  {
    provide: ZONE_HOST,
    inject: [SHARD_OPTIONS, BUS, JOURNAL, BLOBS, LEASES, CLOCK, RULESETS, SERVICES, ZONE_METRICS, WORLDS],
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
      worlds: readonly World[],
    ): ZoneHost => {
      const stores = { bus, journal, blobs, leases, clock };
      return new ZoneHost(options, { ...stores, rulesets, services, metrics, worlds });
    },
  },
  {
    provide: SHARD_LEASE,
    inject: [SHARD_OPTIONS, LEASES, LIVENESS_CLOCK, ZONE_HOST],
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
  {
    provide: REHEARSAL,
    inject: [JOURNAL, BLOBS, LEASES, CLOCK, RULESETS, WORLDS],
    useFactory: (
      journal: Journal,
      blobs: Blobs,
      leases: Leases,
      clock: Clock,
      rulesets: ReadonlyMap<string, AnyRuleset>,
      worlds: readonly World[],
    ): RehearsalPorts => ({ journal, blobs, leases, clock, rulesets, worlds }),
  },
];

/** Runs zones. Needs the platform's ports and `RULESETS` from a global module. */
@Module({ controllers: [ShardMessagesController], providers, exports: [ZONE_HOST, SHARD_LEASE] })
export class ShardModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #options: ShardOptions;
  readonly #lease: PresenceLease;
  readonly #host: ZoneHost;
  readonly #rehearsal: RehearsalPorts;
  readonly #logger: Logger;
  #cancelRehearsal = (): void => {};

  constructor(
    @Inject(SHARD_OPTIONS) options: ShardOptions,
    @Inject(SHARD_LEASE) lease: PresenceLease,
    @Inject(ZONE_HOST) host: ZoneHost,
    @Inject(REHEARSAL) rehearsal: RehearsalPorts,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.#options = options;
    this.#lease = lease;
    this.#host = host;
    this.#rehearsal = rehearsal;
    this.#logger = logger;
  }

  static forRoot(options: ShardOptions): DynamicModule {
    return { module: ShardModule, providers: [{ provide: SHARD_OPTIONS, useValue: options }] };
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.#options.rehearses) await this.#rehearse();
    await this.#lease.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#cancelRehearsal();
    await this.#host.drain();
    await this.#lease.stop();
  }

  /** In a cluster that has just begun there is no zone to practise on: it looks again, until it runs zones itself. */
  async #rehearse(): Promise<void> {
    const startedMs = performance.now();
    const rehearsed = await rehearse(this.#rehearsal);
    const durationMs = Math.round(performance.now() - startedMs);
    this.#logger.debug({ rehearsed, durationMs }, 'rehearsed takeovers');
    if (rehearsed.some(({ isReal }) => isReal)) return;
    this.#cancelRehearsal = this.#rehearsal.clock.after(REHEARSE_AGAIN_MS, () => {
      if (this.#host.load().zones === 0) void this.#rehearse();
    });
  }
}
