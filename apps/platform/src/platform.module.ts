import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { World } from '@overworld/contracts';
import type { Blobs, Bus, Clock, Journal, Leases } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import type { HealthRegistry, Logger, Metrics } from '@overworld/telemetry';
import { BusClient } from './bus-client.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController } from './metrics.controller.ts';
import { ServiceCaller } from './service-caller.ts';
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
  RULESETS,
  SERVICES,
  WORLDS,
} from './tokens.ts';

/** What a process gives to the services in it: the ports, and what it knows of the games. */
export interface PlatformBindings {
  readonly bus: Bus;
  readonly journal: Journal;
  readonly leases: Leases;
  readonly blobs: Blobs;
  readonly clock: Clock;
  /** What signs of life go by; default `clock`. A process that is the whole cluster has nobody to miss. */
  readonly livenessClock?: Clock;
  readonly metrics: Metrics;
  readonly health: HealthRegistry;
  readonly logger: Logger;
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
  readonly worlds: readonly World[];
}

/**
 * Binds every token of the platform, once per process. `hasOpsRoutes` serves health and metrics beside the routes of the
 * services, for a process that has no other port for them.
 */
@Global()
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: a Nest module is a class
export class PlatformModule {
  static forRoot(bindings: PlatformBindings, options: { readonly hasOpsRoutes: boolean }): DynamicModule {
    const values: readonly (readonly [symbol, unknown])[] = [
      [BUS, bindings.bus],
      [JOURNAL, bindings.journal],
      [LEASES, bindings.leases],
      [BLOBS, bindings.blobs],
      [CLOCK, bindings.clock],
      [LIVENESS_CLOCK, bindings.livenessClock ?? bindings.clock],
      [METRICS, bindings.metrics],
      [HEALTH, bindings.health],
      [LOGGER, bindings.logger],
      [RULESETS, bindings.rulesets],
      [WORLDS, bindings.worlds],
      [SERVICES, new ServiceCaller(new BusClient(bindings.bus))],
    ];
    return {
      module: PlatformModule,
      controllers: options.hasOpsRoutes ? [HealthController, MetricsController] : [],
      providers: values.map(([provide, useValue]) => ({ provide, useValue })),
      exports: values.map(([token]) => token),
    };
  }
}
