import 'reflect-metadata';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type INestApplication, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LocalBus, SystemClock } from '@overworld/cluster';
import { encodeBatch, gatewayNotices, subjects, type ZoneCommand } from '@overworld/contracts';
import {
  accessTokens,
  BusClient,
  BusServer,
  type PlatformBindings,
  PlatformModule,
  ServiceCaller,
} from '@overworld/platform';
import { createLogger, createMetrics, HealthRegistry, type Metrics } from '@overworld/telemetry';
import { FakeBlobs, FakeJournal, FakeLeases } from '@overworld/testkit';
import { ZoneActor } from '@overworld/zone';
import {
  GATEWAY_DEFAULTS,
  GatewayIoAdapter,
  GatewayModule,
  type GatewayOptions,
  HUB,
  type Hub,
} from '../src/index.ts';
import { FakeSessionModule, type SessionState } from './fake-session.ts';
import { executedBy, room } from './rooms-ruleset.ts';

const SECRET = new TextEncoder().encode('a secret for tests of thirty-two bytes');

export interface TestGateway {
  readonly id: string;
  readonly url: string;
  readonly port: number;
  readonly hub: Hub;
  readonly health: HealthRegistry;
  readonly metrics: Metrics;
  close(): Promise<void>;
}

/** One zone that runs, the session service as far as gateways ask it, and any number of gateways, on one bus. */
export class Cluster implements SessionState {
  readonly bus = new LocalBus();
  readonly clock = new SystemClock();
  readonly services = new ServiceCaller(new BusClient(this.bus));
  readonly zone = 'room-1';
  readonly world = 'house';
  readonly players = new Map<string, string>();
  readonly gateways: TestGateway[] = [];
  actor!: ZoneActor;
  #session: INestMicroservice | undefined;
  #ticking: NodeJS.Timeout | undefined;

  static async start(): Promise<Cluster> {
    const cluster = new Cluster();
    executedBy.clear();
    await cluster.#start();
    return cluster;
  }

  hasSeat(player: string): boolean {
    return this.actor.standing(player).seat !== 'none';
  }

  seat(player: string): string {
    return this.actor.standing(player).seat;
  }

  /** The handshake's token, and what the fake session makes tickets of. */
  async player(number: number, session = ''): Promise<{ player: string; name: string; token: string }> {
    const player = number.toString(16).padStart(16, '0');
    const name = `Player ${number}`;
    this.players.set(player, name);
    const endsAtMs = Date.now() + 3_600_000;
    const claims = { player, name, sessionId: `session/${player}${session}`, sessionEndsAtMs: endsAtMs };
    return { player, name, token: await accessTokens(SECRET).sign(claims, `${player}${session}`, endsAtMs) };
  }

  async gateway(id: string, options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
    const health = new HealthRegistry(this.clock);
    const metrics = createMetrics({ health });
    const app = await this.#app(id, { health, metrics }, options);
    const port = Number(new URL(await app.getUrl()).port);
    const url = `http://127.0.0.1:${port}`;
    const gateway = { id, url, port, health, metrics, hub: app.get<Hub>(HUB), close: () => app.close() };
    this.gateways.push(gateway);
    return gateway;
  }

  /** As if this gateway had said so. */
  say(gateway: string, ...commands: ZoneCommand[]): void {
    this.bus.publish(subjects.zoneIn(this.zone), encodeBatch(gateway, commands));
  }

  kick(player: string, reason: string): void {
    this.services.notify(gatewayNotices.kick, { player, reason });
  }

  notice(text: string): void {
    this.services.notify(gatewayNotices.notice, { text });
  }

  /** What the player's executed inputs said, in order. */
  executed(player: string): readonly number[] {
    return executedBy.get(this.players.get(player) ?? '') ?? [];
  }

  async stop(): Promise<void> {
    for (const gateway of this.gateways) await gateway.close();
    await this.#session?.close();
    clearInterval(this.#ticking);
    await this.actor.close();
    await this.bus.close();
  }

  async #start(): Promise<void> {
    const spec = {
      id: this.zone,
      zoneNumber: 1,
      world: this.world,
      ruleset: room.name,
      seed: 's',
      params: {},
    };
    const ports = { journal: new FakeJournal(), blobs: new FakeBlobs(), bus: this.bus, clock: this.clock };
    const actor = await ZoneActor.open(spec, room, { owner: 'test' }, ports);
    if ('refused' in actor) throw new Error(actor.detail);
    this.actor = actor;
    this.#ticking = setInterval(() => actor.advance(this.clock.now()), 5);
    const settings = {
      strategy: new BusServer({ bus: this.bus, instance: 'session' }),
      logger: false as const,
    };
    this.#session = await NestFactory.createMicroservice(FakeSessionModule.forRoot(this), settings);
    await this.#session.listen();
  }

  async #app(
    id: string,
    seen: { readonly health: HealthRegistry; readonly metrics: Metrics },
    options: Partial<GatewayOptions>,
  ): Promise<INestApplication> {
    const { bus, clock } = this;
    const platform: PlatformBindings = {
      ...seen,
      bus,
      clock,
      journal: new FakeJournal(),
      leases: new FakeLeases(),
      blobs: new FakeBlobs(),
      logger: createLogger({ service: id, level: 'silent', format: 'json' }),
      rulesets: new Map([[room.name, room]]),
      worlds: [],
    };
    const gateway = { ...GATEWAY_DEFAULTS, id, secret: SECRET, origins: [], ...options };
    const imports = [
      PlatformModule.forRoot(platform, { hasOpsRoutes: true }),
      GatewayModule.forRoot(gateway),
    ];
    const app = await NestFactory.create(
      { module: ProcessModule, imports },
      { logger: false, forceCloseConnections: true },
    );
    app.useWebSocketAdapter(new GatewayIoAdapter(app, []));
    app.connectMicroservice({ strategy: new BusServer({ bus, instance: id }) });
    await app.init();
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    return app;
  }
}

@Module({})
class ProcessModule {}

/** Hands each new connection to the next of `ports`. */
export class Balancer {
  ports: number[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  private constructor(ports: number[]) {
    this.ports = ports;
    this.#server = createServer((socket) => this.#connect(socket));
  }

  static async start(ports: number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Nothing goes to this port any more, and what did is cut. */
  sever(port: number): void {
    this.ports = this.ports.filter((other) => other !== port);
    for (const socket of this.#sockets) if (socket.remotePort === port) socket.destroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connect(socket: Socket): void {
    this.#turn += 1;
    const upstream = connect(this.ports[this.#turn % this.ports.length] as number, '127.0.0.1');
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
