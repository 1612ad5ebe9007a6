import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { BUS, CLOCK, HEALTH, METRICS, RULESETS, SERVICES, type ServiceCaller } from '@overworld/platform';
import type { Bus, Clock } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import type { HealthRegistry, Metrics } from '@overworld/telemetry';
import { Admission } from './admission.ts';
import { AiDesk } from './ai-desk.ts';
import { GatewayMessagesController } from './gateway-messages.controller.ts';
import { Hub } from './hub.ts';
import { HubMetrics } from './hub-metrics.ts';
import { InputDoor } from './input-door.ts';
import {
  ADMISSION,
  AI_DESK,
  GATEWAY_OPTIONS,
  type GatewayOptions,
  HUB,
  HUB_OBSERVER,
  INPUT_DOOR,
} from './options.ts';
import { PlayersGateway } from './players.gateway.ts';

const providers = [
  PlayersGateway,
  {
    provide: HUB_OBSERVER,
    inject: [METRICS, HEALTH],
    useFactory: (metrics: Metrics, health: HealthRegistry): HubMetrics => new HubMetrics(metrics, health),
  },
  {
    provide: HUB,
    inject: [GATEWAY_OPTIONS, BUS, CLOCK, SERVICES, RULESETS, HUB_OBSERVER],
    useFactory: (
      options: GatewayOptions,
      bus: Bus,
      clock: Clock,
      services: ServiceCaller,
      rulesets: ReadonlyMap<string, AnyRuleset>,
      observer: HubMetrics,
    ): Hub => new Hub(options, { bus, clock, services, rulesets, observer }),
  },
  {
    provide: ADMISSION,
    inject: [GATEWAY_OPTIONS, CLOCK],
    useFactory: (options: GatewayOptions, clock: Clock): Admission => new Admission(options.secret, clock),
  },
  {
    provide: AI_DESK,
    inject: [SERVICES, CLOCK],
    useFactory: (services: ServiceCaller, clock: Clock): AiDesk => new AiDesk(services, clock),
  },
  {
    provide: INPUT_DOOR,
    inject: [CLOCK, HUB_OBSERVER, AI_DESK],
    useFactory: (clock: Clock, metrics: HubMetrics, ai: AiDesk): InputDoor =>
      new InputDoor({
        now: () => clock.now(),
        counted: (ruleset) => metrics.input(ruleset),
        askAi: (connection, seat, asked) => void ai.answerChat(connection, seat, asked),
      }),
  },
];

/** Players' connections. Needs the platform's ports and `RULESETS` from a global module. */
@Module({ controllers: [GatewayMessagesController], providers, exports: [HUB] })
export class GatewayModule implements OnApplicationShutdown {
  readonly #hub: Hub;

  constructor(@Inject(HUB) hub: Hub) {
    this.#hub = hub;
  }

  static forRoot(options: GatewayOptions): DynamicModule {
    return { module: GatewayModule, providers: [{ provide: GATEWAY_OPTIONS, useValue: options }] };
  }

  onApplicationShutdown(): void {
    this.#hub.drain();
  }
}
