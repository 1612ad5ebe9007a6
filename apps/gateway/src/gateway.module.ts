import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  BUS,
  CLOCK,
  HEALTH,
  LOGGER,
  METRICS,
  RULESETS,
  SERVICES,
  type ServiceCaller,
} from '@overworld/platform';
import type { Bus, Clock } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import type { HealthRegistry, Logger, Metrics } from '@overworld/telemetry';
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
  PRESENCE,
  REACH,
  TALK,
} from './options.ts';
import { PlayersGateway } from './players.gateway.ts';
import { Presence } from './presence.ts';
import { LOCAL_REACH, type Reach } from './reach.ts';
import { RedisLink } from './redis-link.ts';
import { Talk } from './talk.ts';

const providers = [
  PlayersGateway,
  {
    provide: HUB_OBSERVER,
    inject: [METRICS, HEALTH],
    useFactory: (metrics: Metrics, health: HealthRegistry): HubMetrics => new HubMetrics(metrics, health),
  },
  {
    provide: HUB,
    inject: [GATEWAY_OPTIONS, BUS, CLOCK, SERVICES, RULESETS, HUB_OBSERVER, PRESENCE],
    useFactory: (
      options: GatewayOptions,
      bus: Bus,
      clock: Clock,
      services: ServiceCaller,
      rulesets: ReadonlyMap<string, AnyRuleset>,
      observer: HubMetrics,
      presence: Presence,
    ): Hub => new Hub(options, { bus, clock, services, rulesets, observer, presence }),
  },
  {
    provide: REACH,
    inject: [GATEWAY_OPTIONS, HUB_OBSERVER, LOGGER],
    useFactory: reachOf,
  },
  {
    provide: TALK,
    inject: [REACH, CLOCK],
    useFactory: (reach: Reach, clock: Clock): Talk => new Talk(reach, clock),
  },
  {
    provide: PRESENCE,
    inject: [GATEWAY_OPTIONS, REACH, CLOCK],
    useFactory: ({ id }: GatewayOptions, reach: Reach, clock: Clock): Presence =>
      new Presence(id, reach, clock),
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
    inject: [CLOCK, AI_DESK],
    useFactory: (clock: Clock, ai: AiDesk): InputDoor =>
      new InputDoor({
        now: () => clock.now(),
        askAi: (connection, seat, asked) => void ai.answerChat(connection, seat, asked),
      }),
  },
];

/** Whether Redis is there changes neither readiness nor the game: it is counted, and logged once per change. */
function reachOf({ redis }: GatewayOptions, metrics: HubMetrics, logger: Logger): Reach {
  if (redis === undefined || redis.url === '') return LOCAL_REACH;
  return new RedisLink(redis, {
    changed: (isUp, detail) => {
      metrics.redis(isUp);
      if (isUp) logger.info('Redis answers: chat and presence reach all gateways');
      else logger.warn({ detail }, 'Redis is out of reach: chat is refused, the game goes on');
    },
  });
}

/** Players' connections. Needs the platform's ports and `RULESETS` from a global module. */
@Module({ controllers: [GatewayMessagesController], providers, exports: [HUB] })
export class GatewayModule implements OnApplicationShutdown {
  readonly #hub: Hub;
  readonly #presence: Presence;
  readonly #reach: Reach;

  constructor(@Inject(HUB) hub: Hub, @Inject(PRESENCE) presence: Presence, @Inject(REACH) reach: Reach) {
    this.#hub = hub;
    this.#presence = presence;
    this.#reach = reach;
  }

  static forRoot(options: GatewayOptions): DynamicModule {
    return { module: GatewayModule, providers: [{ provide: GATEWAY_OPTIONS, useValue: options }] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#hub.drain(0);
    this.#presence.close();
    await this.#reach.close();
  }
}
