import { randomBytes } from 'node:crypto';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LocalBus } from '@overworld/cluster/local-bus';
import { sessionCalls } from '@overworld/contracts';
import {
  type AccessClaims,
  type AccessTokens,
  accessTokens,
  decodeObject,
  encodeJson,
  type PlatformBindings,
  PlatformModule,
  subjectOf,
} from '@overworld/platform';
import type { Blobs, Clock, Leases } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import { createLogger, createMetrics, HealthRegistry } from '@overworld/telemetry';
import { passingJournal, ZoneActor, type ZoneSpec } from '@overworld/zone';
import { GatewayIoAdapter } from './gateway-io.adapter.ts';
import { GatewayModule } from './gateway.module.ts';
import type { GatewayOptions } from './options.ts';

const NAME = 'rehearsal';
const SESSION_MS = 3_600_000;

export interface Play {
  readonly spec: ZoneSpec;
  readonly ruleset: AnyRuleset;
  /** The gateway's own: what it lets in and sends is as it will be. */
  readonly options: GatewayOptions;
  readonly clock: Clock;
}

/**
 * A whole gateway with one zone behind it, on a bus of its own and a port that nobody knows: the same code as the gateway
 * that this process is, and nothing of it is counted, kept or told to others.
 */
export class Stage {
  readonly tokens: AccessTokens;
  readonly #play: Play;
  readonly #bus = new LocalBus();
  readonly #secret = randomBytes(32);
  #app: INestApplication | undefined;
  #actor: ZoneActor | undefined;
  #nowMs = 0;

  constructor(play: Play) {
    this.#play = play;
    this.tokens = accessTokens(this.#secret);
  }

  /** Resolves with the port that the gateway listens on. */
  async open(): Promise<number> {
    const { spec, ruleset, clock } = this.#play;
    this.#actSession();
    const now = { now: () => this.#nowMs, wall: () => clock.wall(), after: clock.after.bind(clock) };
    const ports = { journal: passingJournal(), blobs: NO_BLOBS, bus: this.#bus, clock: now };
    const actor = await ZoneActor.open(spec, ruleset, { owner: NAME }, ports);
    if ('refused' in actor) throw new Error(actor.detail);
    this.#actor = actor;
    return this.#openGateway();
  }

  /** Makes the zone's next tick due, and tells whether it still runs. */
  tick(): boolean {
    const actor = this.#actor;
    if (actor?.state !== 'running') return false;
    this.#nowMs += 1000 / this.#play.ruleset.tickHz;
    actor.advance(this.#nowMs);
    return true;
  }

  claims(player: string): AccessClaims {
    const sessionEndsAtMs = this.#play.clock.wall() + SESSION_MS;
    return { player, name: `Player ${Number.parseInt(player, 16)}`, sessionId: player, sessionEndsAtMs };
  }

  async close(): Promise<void> {
    await this.#app?.close();
    // It waits for what its gateways may still have to say.
    void this.#actor?.close().catch(() => {});
    await this.#bus.close();
  }

  async #openGateway(): Promise<number> {
    const { options } = this.#play;
    const own = { id: NAME, secret: this.#secret, redis: undefined, drainSeconds: 0 };
    const imports = [
      PlatformModule.forRoot(this.#bindings(), { hasOpsRoutes: false }),
      GatewayModule.forRoot({ ...options, ...own }),
    ];
    // Without a logger of its own: Nest has one for the whole process.
    const app = await NestFactory.create(
      { module: StageModule, imports },
      { abortOnError: false, forceCloseConnections: true },
    );
    this.#app = app;
    app.useWebSocketAdapter(new GatewayIoAdapter(app, options.origins));
    await app.listen(0, '127.0.0.1');
    return Number(new URL(await app.getUrl()).port);
  }

  #bindings(): PlatformBindings {
    const { clock, ruleset } = this.#play;
    const health = new HealthRegistry(clock);
    return {
      bus: this.#bus,
      clock,
      journal: passingJournal(),
      leases: {} as Leases,
      blobs: NO_BLOBS,
      health,
      metrics: createMetrics({ hasProcess: false }),
      logger: createLogger({ service: NAME, level: 'silent', format: 'json' }),
      rulesets: new Map([[ruleset.name, ruleset]]),
      worlds: [],
    };
  }

  /** The session service, as far as a gateway asks it: a ticket is the player's id. */
  #actSession(): void {
    this.#bus.subscribe(subjectOf(sessionCalls.redeemTicket.pattern), ({ payload, reply }) => {
      const { ticket } = (decodeObject(payload)?.data ?? {}) as { readonly ticket?: string };
      if (ticket !== undefined) reply?.(encodeJson({ response: this.#seat(ticket) }));
    });
  }

  #seat(player: string): unknown {
    const { id: zone, world, ruleset, params } = this.#play.spec;
    return { zone, world, ruleset, params, ...this.claims(player), character: '', resume: player };
  }
}

@Module({})
class StageModule {}

const NO_BLOBS: Blobs = {
  put: async () => {},
  get: async () => undefined,
  delete: async () => {},
  list: async () => [],
};
