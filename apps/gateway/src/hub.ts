import {
  type AnswerOf,
  encodeBatch,
  gatewayNotices,
  HELD_SEAT,
  isRefusal,
  type Refusal,
  type Seat as RedeemedSeat,
  sessionCalls,
  sessionNotices,
  subjects,
  type ZonePlace,
} from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import { type Bus, type Clock, pause } from '@overworld/ports';
import { EVENTS, type RefusalReason, type ZoneInfo } from '@overworld/protocol';
import type { AnyRuleset } from '@overworld/ruleset';
import { type Arrival, Arrivals, isNewer } from './arrivals.ts';
import { Departures } from './departures.ts';
import { inWaves } from './drain.ts';
import type { GatewayOptions } from './options.ts';
import type { ConnectionOwner, PlayerConnection } from './player-connection.ts';
import { type Entered, Seat } from './seat.ts';
import { ZoneLink } from './zone-link.ts';

const BEAT_MS = 1000;
/** A zone that nobody here watches is followed for a little longer: players come back. */
const KEEP_LINK_MS = 5000;
const LEAVE_TIMEOUT_MS = 2000;
const HANDOFF_TIMEOUT_MS = 15_000;
/** A session process that stops, or the leases, may be away for so long. */
const WHERE_TO_MS = 6000;
const ASK_AGAIN_MS = 200;
/** How long a client has to go over to another gateway before its connection here is closed. */
const OPEN_FOR_MS = 2000;
const DRAIN_POLL_MS = 20;
/** Clients that do not go over by themselves come back within this time, not all at once. */
const RECONNECT_SPREAD_MS = 500;
/** Time for the other gateway to say that its connection is the newer one. */
const RECLAIM_MS = 300;

export interface HubPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly services: ServiceCaller;
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
  readonly observer: HubObserver;
  readonly presence: HubPresence;
  /** In [0, 1): spreads what many clients do. Default: the host's. */
  readonly random?: (() => number) | undefined;
  /** Calls back once this turn of the event loop is over. Default: the host's. */
  readonly soon?: ((callback: () => void) => void) | undefined;
}

/** Told where players are. */
export interface HubPresence {
  moved(connection: PlayerConnection, from: string | undefined, to: string | undefined): void;
}

/** A connection of a player at some gateway. */
export interface PlayerArrival extends Arrival {
  readonly player: string;
  readonly sessionId: string;
}

/** What telemetry wants to know. */
export interface HubObserver {
  refused(reason: RefusalReason): void;
  measured(measure: 'frame' | 'latency' | 'skipped' | 'view', value: number): void;
  synced(reason: string): void;
  /** So many were let in since this was called last. */
  inputs(ruleset: string, count: number): void;
  /** So many messages went to zones since this was called last. */
  batches(ruleset: string, count: number): void;
  connections(count: number): void;
  /**
   * Once a second: how many players are in zones here, whether one of these zones spoke within the last second, and whether
   * they can be heard at all.
   */
  streaming(players: number, isHeard: boolean, isConnected: boolean): void;
}

export type Joined = ZoneInfo | Refusal;

/** All connections and all zones of this gateway, and how players get from one zone to another. */
export class Hub implements ConnectionOwner {
  readonly options: GatewayOptions;
  readonly departures = new Departures();
  readonly #ports: HubPorts;
  readonly #links = new Map<string, ZoneLink>();
  readonly #byPlayer = new Map<string, PlayerConnection>();
  readonly #joining = new Set<PlayerConnection>();
  readonly #arrivals = new Arrivals();
  #cancelBeat: (() => void) | undefined;
  #draining = false;
  #stopped = false;

  constructor(options: GatewayOptions, ports: HubPorts) {
    this.options = options;
    this.#ports = ports;
    this.#beatLater();
  }

  get connections(): number {
    return this.#byPlayer.size;
  }

  get isFull(): boolean {
    return this.#byPlayer.size >= this.options.maxConnections;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  now(): number {
    return this.#ports.clock.now();
  }

  /** A player has connected: an older connection of the same one is closed, here and at the other gateways. */
  add(connection: PlayerConnection): void {
    this.#byPlayer.get(connection.player)?.close('replaced', ELSEWHERE);
    this.#byPlayer.set(connection.player, connection);
    connection.order = this.#arrivals.next(this.#ports.clock.wall());
    this.#announceArrival(connection);
    this.#ports.observer.connections(this.#byPlayer.size);
  }

  remove(connection: PlayerConnection): void {
    connection.ended();
    if (this.#byPlayer.get(connection.player) === connection) this.#byPlayer.delete(connection.player);
    this.#ports.observer.connections(this.#byPlayer.size);
  }

  /** Enters the zone that a ticket or a resume token opens. */
  async join(
    connection: PlayerConnection,
    request: { ticket: string } | { resume: string },
  ): Promise<Joined> {
    if (this.#draining) return { refused: 'draining', detail: 'this gateway is about to stop' };
    if (this.#joining.has(connection)) return { refused: 'busy', detail: 'a join is under way already' };
    this.#joining.add(connection);
    try {
      return await this.#join(connection, request);
    } finally {
      this.#joining.delete(connection);
    }
  }

  async leave(connection: PlayerConnection): Promise<Refusal | undefined> {
    const { seat } = connection;
    if (seat === undefined) return { refused: 'not-joined', detail: 'you are in no zone' };
    connection.seat = undefined;
    connection.placed(undefined);
    await seat.leave('left', LEAVE_TIMEOUT_MS);
    seat.end(false);
    this.left(connection, seat.link.place.zone);
    return undefined;
  }

  /**
   * A player has connected to some gateway. The older connection is closed; a gateway that tells of an older one than the
   * one here is told of this one. A client that was sent away goes over by itself: its connection is closed when the zone
   * has it from there.
   */
  arrived({ player, sessionId, order, gateway }: PlayerArrival): void {
    this.#arrivals.heard(order);
    const mine = this.#byPlayer.get(player);
    if (gateway === this.options.id || mine === undefined) return;
    if (!isNewer({ order, gateway }, { order: mine.order, gateway: this.options.id })) {
      this.#announceArrival(mine);
    } else if (!mine.isMoving || mine.who.sessionId !== sessionId) {
      mine.close('replaced', ELSEWHERE);
    }
  }

  /** The zone has the player from another gateway: whoever is the newest says so, and then tells the zone. */
  challenged(connection: PlayerConnection, seat: Seat): void {
    this.#announceArrival(connection);
    this.#ports.clock.after(RECLAIM_MS, () => {
      if (!connection.isClosed && connection.seat === seat) seat.reclaim();
    });
  }

  /** Removes the player from the game, if connected here. */
  kick(player: string, reason: string): void {
    this.#byPlayer.get(player)?.expel(reason);
  }

  placed(connection: PlayerConnection, from: ZonePlace | undefined, to: ZonePlace | undefined): void {
    this.#ports.presence.moved(connection, from?.world, to?.world);
  }

  zoneClosed(zone: string): void {
    this.#links.get(zone)?.closedForGood();
  }

  endSession(sessionId: string, reason: RefusalReason): void {
    for (const connection of [...this.#byPlayer.values()]) {
      if (connection.who.sessionId === sessionId) connection.close(reason, 'this session was ended');
    }
  }

  /**
   * Sends the players to other gateways, over the given time; who has not gone over two seconds after being told is
   * disconnected, with the seat kept for a minute. New connections and joins are refused from the first moment. Resolves when
   * no connection is left. 0 seconds: everything is closed before it returns. Calling it again with less time ends it sooner.
   */
  async drain(drainSeconds: number = this.options.drainSeconds): Promise<void> {
    this.#draining = true;
    if (drainSeconds > 0 && !this.#stopped) await this.#sendAway(drainSeconds * 1000);
    this.#stop();
  }

  async #sendAway(spreadMs: number): Promise<void> {
    const { clock } = this.#ports;
    const stopped = (): boolean => this.#stopped;
    const move = (connection: PlayerConnection): void => this.#sendOne(connection);
    await inWaves([...this.#byPlayer.values()], spreadMs, {
      clock,
      random: () => this.#random(),
      stopped,
      move,
    });
    const deadlineMs = this.now() + OPEN_FOR_MS + RECONNECT_SPREAD_MS;
    while (this.#byPlayer.size > 0 && !this.#stopped && this.now() < deadlineMs) {
      await pause(clock, DRAIN_POLL_MS);
    }
  }

  #random(): number {
    return (this.#ports.random ?? Math.random)();
  }

  #sendOne(connection: PlayerConnection): void {
    const reconnectAfterMs = 1 + Math.floor(this.#random() * RECONNECT_SPREAD_MS);
    connection.moveAway(DRAINING, { reconnectAfterMs, openForMs: OPEN_FOR_MS });
    this.#ports.clock.after(OPEN_FOR_MS, () => connection.close('draining', DRAINING, reconnectAfterMs));
  }

  /** Closes everything and lets the zones know. */
  #stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelBeat?.();
    for (const connection of [...this.#byPlayer.values()]) connection.close('draining', DRAINING, 1000);
    for (const link of this.#links.values()) {
      link.close();
      this.#countTraffic(link);
    }
    this.#links.clear();
  }

  left(connection: PlayerConnection, zone: string): void {
    this.#ports.services.notify(sessionNotices.playerLeft, { player: connection.player, zone });
  }

  refused(reason: RefusalReason): void {
    this.#ports.observer.refused(reason);
  }

  measured(measure: 'frame' | 'latency' | 'skipped', value: number): void {
    this.#ports.observer.measured(measure, value);
  }

  follow(connection: PlayerConnection, from: Seat, toZone: string): void {
    void this.#follow(connection, from, toZone);
  }

  async #join(
    connection: PlayerConnection,
    request: { ticket: string } | { resume: string },
  ): Promise<Joined> {
    const { services } = this.#ports;
    const { id: gateway } = this.options;
    const redeemed =
      'ticket' in request
        ? await services.call(sessionCalls.redeemTicket, { ticket: request.ticket, gateway })
        : await services.call(sessionCalls.resume, { resume: request.resume, gateway });
    if (isRefusal(redeemed)) return redeemed;
    if (redeemed.player !== connection.player) {
      return { refused: 'ticket-invalid', detail: 'this ticket is for another player' };
    }
    return this.#enter(connection, redeemed);
  }

  async #enter(connection: PlayerConnection, redeemed: RedeemedSeat): Promise<Joined> {
    if (connection.isClosed) return { refused: 'busy', detail: 'the connection has ended' };
    connection.seat?.end(false);
    connection.seat = undefined;
    connection.placed(undefined);
    const character = Buffer.from(redeemed.character, 'base64');
    const seat = this.#seat(connection, redeemed, character);
    if (seat === undefined) return unknownRuleset(redeemed.ruleset);
    connection.seat = seat;
    const entered = await seat.join(this.options.joinTimeoutMs);
    // Frames come once the client has the answer: see `open`.
    if (entered.ok) return seat.info();
    // What the zone may still do with the join is undone: nobody waits for it.
    if (connection.seat === seat) connection.seat = undefined;
    seat.end(!isAnswer(entered));
    return { refused: fullOf(redeemed, entered.reason), detail: entered.detail };
  }

  #seat(
    connection: PlayerConnection,
    place: ZonePlace & { readonly resume: string },
    character: Uint8Array,
  ): Seat | undefined {
    const link = this.#link(place);
    if (link === undefined) return undefined;
    return new Seat(connection, link, {
      index: connection.takeIndex(),
      resume: place.resume,
      gateway: this.options.id,
      viewBytesPerSecond: this.options.viewBytesPerSecond,
      character,
      clock: this.#ports.clock,
    });
  }

  #link({ zone, world, ruleset: name, params }: ZonePlace): ZoneLink | undefined {
    const known = this.#links.get(zone);
    if (known !== undefined) return known;
    const ruleset = this.#ports.rulesets.get(name);
    if (ruleset === undefined) return undefined;
    const { bus, clock, services, observer, soon } = this.#ports;
    const link = new ZoneLink({ zone, world, ruleset: name, params }, ruleset, {
      gateway: this.options.id,
      bus,
      clock,
      services,
      soon,
      together: (make) => this.departures.together(make),
      synced: (reason) => observer.synced(reason),
    });
    this.#links.set(zone, link);
    return link;
  }

  /** A player walked through a gate: the next zone has him, or will, or sends him back. */
  async #follow(connection: PlayerConnection, from: Seat, toZone: string): Promise<void> {
    this.#announce(toZone);
    const place = await this.#whereTo(connection, from, toZone);
    if (connection.isClosed || connection.former !== from) return;
    const seat = isRefusal(place) ? undefined : this.#seat(connection, place, HELD_SEAT);
    if (seat === undefined) return this.#lose(connection, from);
    connection.seat = seat;
    const entered = await seat.arrive(HANDOFF_TIMEOUT_MS);
    if (connection.isClosed || connection.seat !== seat) return seat.end(false);
    if (!entered.ok) return this.#lose(connection, seat);
    from.end(false);
    // He has gone on already, with the message that told of his arrival: the client hears of where he goes.
    if (connection.former !== from) return;
    connection.former = undefined;
    // What the other ruleset does not know is not sent again.
    if (seat.link.ruleset !== from.link.ruleset) connection.inputs.restart();
    connection.emit(EVENTS.zone, seat.info());
    seat.openNow();
  }

  /** What a handoff leads to. Asked again for a while when nobody can say: the player is on the way, and nowhere else. */
  async #whereTo(
    connection: PlayerConnection,
    from: Seat,
    zone: string,
  ): Promise<AnswerOf<typeof sessionCalls.moved>> {
    const { services, clock } = this.#ports;
    const { player, name, sessionId, sessionEndsAtMs } = connection.who;
    const untilMs = this.now() + WHERE_TO_MS;
    for (;;) {
      const place = await services.call(sessionCalls.moved, {
        player,
        name,
        sessionId,
        sessionEndsAtMs,
        zone,
      });
      const isOver = connection.isClosed || connection.former !== from || this.now() >= untilMs;
      if (!isRefusal(place) || place.refused === 'unknown-zone' || isOver) return place;
      await pause(clock, ASK_AGAIN_MS);
    }
  }

  #announceArrival(connection: PlayerConnection): void {
    const { id: gateway } = this.options;
    const { player, id, order, who } = connection;
    const { sessionId } = who;
    const arrival = { player, gateway, connection: id, order, sessionId };
    this.#ports.services.notify(gatewayNotices.playerArrived, arrival);
  }

  /** The zone drops players of gateways that it has not heard of: it hears of this one before the player comes. */
  #announce(zone: string): void {
    const { bus } = this.#ports;
    bus.publish(subjects.zoneIn(zone), encodeBatch(this.options.id, [{ kind: 'presence' }]));
  }

  #lose(connection: PlayerConnection, seat: Seat): void {
    connection.former?.end(false);
    connection.former = undefined;
    connection.seat = seat;
    seat.end(false);
    connection.lostSeat(seat, 'zone-unavailable');
  }

  #beatLater(): void {
    this.#cancelBeat = this.#ports.clock.after(BEAT_MS, () => {
      this.#beat();
      if (!this.#stopped) this.#beatLater();
    });
  }

  #beat(): void {
    const nowMs = this.now();
    const wallMs = this.#ports.clock.wall();
    let players = 0;
    let isHeard = false;
    for (const [zone, link] of this.#links) {
      players += link.players;
      isHeard ||= link.players > 0 && link.silentMs < BEAT_MS;
      link.beat();
      this.#countTraffic(link);
      if (nowMs - link.emptySinceMs < KEEP_LINK_MS) continue;
      link.close();
      this.#links.delete(zone);
    }
    for (const connection of [...this.#byPlayer.values()]) {
      connection.beat();
      const entities = connection.seat?.entitiesInView;
      if (entities !== undefined) this.#ports.observer.measured('view', entities);
      if (connection.who.sessionEndsAtMs > wallMs) continue;
      connection.close('session-expired', 'this session has reached its end');
    }
    this.#ports.observer.streaming(players, isHeard, this.#ports.bus.connected);
  }

  #countTraffic(link: ZoneLink): void {
    const { observer } = this.#ports;
    if (link.inputs > 0) observer.inputs(link.ruleset.name, link.inputs);
    if (link.batches > 0) observer.batches(link.ruleset.name, link.batches);
    link.inputs = 0;
    link.batches = 0;
  }
}

const ELSEWHERE = 'you have connected from somewhere else';
const DRAINING = 'this server is about to stop; your seat is kept for a minute';

/** The zone said no, as opposed to nothing: then there is nothing to undo. */
function isAnswer(entered: Entered & { ok: false }): boolean {
  return entered.reason !== 'zone-unavailable';
}

/** The zone of a lobby knows nothing of lobbies; its parameters name the code. */
function fullOf({ params }: ZonePlace, reason: string): string {
  const isLobby = typeof params === 'object' && params !== null && 'code' in params;
  return reason === 'zone-full' && isLobby ? 'lobby-full' : reason;
}

function unknownRuleset(name: string): Refusal {
  return { refused: 'zone-unavailable', detail: `this gateway does not know the ruleset ${name}` };
}
