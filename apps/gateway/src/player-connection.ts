import type { ZonePlace } from '@overworld/contracts';
import { type AccessClaims, TokenBucket } from '@overworld/platform';
import { EVENTS, type RefusalReason, type RefusedMessage } from '@overworld/protocol';
import type { Socket } from 'socket.io';
import type { Departures } from './departures.ts';
import type { HandshakeRequest } from './handshake.ts';
import { InputChain } from './input-chain.ts';
import type { GatewayOptions } from './options.ts';
import { Outgoing, type Pressure } from './outgoing.ts';
import { rooms } from './rooms.ts';
import { OverdueInputs } from './overdue-inputs.ts';
import type { Seat } from './seat.ts';

/** Of the inputs of a player; to time them all would cost more than a bucket does. */
const WATCH_EVERY = 8;
/** How long a client may take nothing at all. */
const STALLED_MS = 10_000;
/** Beats of the hub, a second each, in which nothing came: then the client is asked whether it is there, and at last given up. */
const ASK_AFTER_BEATS = 5;
const GIVE_UP_AFTER_BEATS = 13;

export interface ConnectionOwner {
  readonly options: GatewayOptions;
  readonly departures: Departures;
  now(): number;
  /** A handoff takes the player to another zone. */
  follow(connection: PlayerConnection, from: Seat, toZone: string): void;
  left(connection: PlayerConnection, zone: string): void;
  /** The player is in this place now, or in none, and was in that one. */
  placed(connection: PlayerConnection, from: ZonePlace | undefined, to: ZonePlace | undefined): void;
  /** The zone has the player from another gateway, while this connection stands. */
  challenged(connection: PlayerConnection, seat: Seat): void;
  refused(reason: RefusalReason): void;
  measured(measure: 'frame' | 'latency' | 'skipped', value: number): void;
}

/** One client. It has at most one seat, and while a handoff is under way the one that it comes from besides. */
export class PlayerConnection {
  readonly who: AccessClaims;
  readonly maxMessageBytes: number;
  readonly inputBucket: TokenBucket;
  readonly controlBucket: TokenBucket;
  readonly chatBucket: TokenBucket;
  readonly inputs = new InputChain();
  readonly overdue = new OverdueInputs(this.inputs);
  readonly #messageBucket: TokenBucket;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #outgoing: Outgoing;
  seat: Seat | undefined;
  /** The seat that a handoff took the player out of, until it is settled. */
  former: Seat | undefined;
  /** Given when the connection is made: which of a player's connections is the newest. */
  order = 0;
  #place: ZonePlace | undefined;
  #isMoving = false;
  #nextIndex = 0;
  #stalledSinceMs = 0;
  #isAlive = true;
  #silentBeats = 0;
  #watchedSequence = 0;
  #watchedAtMs = 0;
  #closed = false;

  constructor(socket: Socket, who: AccessClaims, wishes: HandshakeRequest, owner: ConnectionOwner) {
    const { options } = owner;
    this.#socket = socket;
    this.#owner = owner;
    this.who = who;
    this.maxMessageBytes = wishes.maxMessageBytes;
    this.inputBucket = new TokenBucket(options.inputRate, owner.now());
    this.controlBucket = new TokenBucket(options.controlRate, owner.now());
    this.chatBucket = new TokenBucket(options.chatRate, owner.now());
    this.#messageBucket = new TokenBucket(options.messageRate, owner.now());
    const { viewBytesPerSecond: bytesPerSecond } = options;
    this.#outgoing = new Outgoing(socket, owner.departures, { raw: wishes.frames === 'raw', bytesPerSecond });
  }

  get id(): string {
    return this.#socket.id;
  }

  get player(): string {
    return this.who.player;
  }

  get name(): string {
    return this.who.name;
  }

  /** Where the player is, as far as others may know: chat and presence go by it. */
  get place(): ZonePlace | undefined {
    return this.#place;
  }

  /** The client was asked to go on through another gateway, and this connection waits for that. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Names the next zone on this connection's wire. */
  takeIndex(): number {
    const index = this.#nextIndex;
    this.#nextIndex = (index + 1) % 256;
    return index;
  }

  emit(name: string, value: unknown): void {
    if (!this.#closed) this.#outgoing.emit(name, value);
  }

  /** Anything came. */
  alive(): void {
    this.#isAlive = true;
  }

  /** Once a second. */
  beat(): void {
    if (this.#closed) return;
    this.#silentBeats = this.#isAlive ? 0 : this.#silentBeats + 1;
    this.#isAlive = false;
    if (this.#silentBeats === ASK_AFTER_BEATS) this.#outgoing.ping();
    else if (this.#silentBeats >= GIVE_UP_AFTER_BEATS) {
      this.#end();
      // Whatever still waits for such a client is not waited for.
      this.#socket.conn.close(true);
    }
  }

  /** Of every message, understood or not: an answer to each of a flood would be one, too. */
  heard(): void {
    if (this.#closed) return;
    this.#isAlive = true;
    if (!this.#messageBucket.take(this.#owner.now())) {
      this.close('rate-limited', 'the client sends more than any game asks for', 5000);
    } else if (this.pressure() === 'lost') {
      this.close('slow-consumer', 'the client does not take what it is sent', 1000);
    }
  }

  pressure(): Pressure {
    return this.#outgoing.pressure();
  }

  /** Whether `packet` can be used now. */
  get isClear(): boolean {
    return !this.#closed && this.#outgoing.isClear;
  }

  packet(text: string): void {
    this.#outgoing.packet(text);
  }

  frame(bytes: Uint8Array): void {
    this.#stalledSinceMs = 0;
    this.#outgoing.frame(bytes);
    this.#owner.measured('frame', bytes.length);
  }

  /** A frame was not built because the client has not taken the earlier ones. */
  skipped(pressure: Pressure): void {
    const nowMs = this.#owner.now();
    this.#owner.measured('skipped', 1);
    if (this.#stalledSinceMs === 0) this.#stalledSinceMs = nowMs;
    if (pressure === 'lost' || nowMs - this.#stalledSinceMs > STALLED_MS) {
      this.close('slow-consumer', 'the client does not take what it is sent', 1000);
    }
  }

  /** Watches every eighth input, the first one too, on its way to the frame that acknowledges it. */
  watch(sequence: number): void {
    if (sequence % WATCH_EVERY !== 1 || this.#watchedSequence !== 0) return;
    this.#watchedSequence = sequence;
    this.#watchedAtMs = this.#owner.now();
  }

  acknowledged(sequence: number): void {
    this.inputs.executed(sequence);
    if (this.#watchedSequence === 0 || sequence < this.#watchedSequence) return;
    this.#owner.measured('latency', (this.#owner.now() - this.#watchedAtMs) / 1000);
    this.#watchedSequence = 0;
  }

  refuse(refused: RefusedMessage): void {
    if (refused.sequence !== undefined) this.inputs.refused(refused.sequence);
    this.#owner.refused(refused.reason);
    this.emit(EVENTS.refused, refused);
  }

  follow(from: Seat, toZone: string): void {
    this.former = from;
    this.#owner.follow(this, from, toZone);
  }

  /** The other zone did not take the player: he is where he was. */
  cameBack(seat: Seat): void {
    if (this.seat !== seat) this.seat?.end(false);
    this.seat = seat;
    this.former = undefined;
    this.emit(EVENTS.zone, seat.info());
    seat.openNow();
  }

  lostSeat(seat: Seat, reason: string): void {
    if (this.seat !== seat) return;
    this.seat = undefined;
    this.placed(undefined);
    const { zone } = seat.link.place;
    this.#owner.left(this, zone);
    this.emit(EVENTS.left, { zone, reason });
  }

  /** The client is shown this place now. Between two zones it is still in the first one. */
  placed(to: ZonePlace | undefined): void {
    const from = this.#place;
    if (from?.zone === to?.zone) return;
    this.#place = to;
    const [left, entered] = [roomsOf(from), roomsOf(to)];
    for (const room of left) if (!entered.includes(room)) void this.#socket.leave(room);
    for (const room of entered) if (!left.includes(room)) void this.#socket.join(room);
    this.#owner.placed(this, from, to);
  }

  /**
   * Asks the client to open another connection, which other gateways take, and to go over to it. This one goes on until the
   * zone has the player from there, or until it is closed.
   */
  moveAway(
    detail: string,
    { reconnectAfterMs, openForMs }: { reconnectAfterMs: number; openForMs: number },
  ): void {
    if (this.#closed || this.#isMoving) return;
    this.#isMoving = true;
    this.emit(EVENTS.closing, { reason: 'draining', detail, reconnectAfterMs, openForMs });
  }

  /** The zone has the player from another gateway. */
  challenged(seat: Seat): void {
    if (this.seat !== seat) return;
    // Who goes over ends this connection when the other one has answered: closing it before would tear the way there.
    if (!this.#isMoving) this.#owner.challenged(this, seat);
  }

  /** Removes the player from the game: there is no seat to come back to. */
  expel(reason: string): void {
    this.seat?.expel();
    this.former?.expel();
    this.close('kicked', reason);
  }

  /** Tells the client why, then closes. The seat is kept for a while. */
  close(reason: RefusalReason, detail: string, reconnectAfterMs = 0): void {
    if (this.#closed) return;
    this.#owner.refused(reason);
    this.emit(EVENTS.closing, { reason, detail, reconnectAfterMs });
    this.#end();
  }

  #end(): void {
    this.ended();
    this.#socket.disconnect(true);
  }

  /** The socket is gone, or about to go. */
  ended(): void {
    this.#closed = true;
    this.placed(undefined);
    this.seat?.end(true);
    this.former?.end(false);
    this.seat = undefined;
    this.former = undefined;
  }
}

function roomsOf(place: ZonePlace | undefined): readonly string[] {
  return place === undefined ? [] : [rooms.world(place.world), rooms.zone(place.zone)];
}
