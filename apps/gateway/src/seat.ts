import { HELD_SEAT, type ZoneCommand } from '@overworld/contracts';
import { assert, hex64, parseHex64 } from '@overworld/kernel';
import { EVENTS, type RefusalReason, type ZoneInfo, type ZoneMessage } from '@overworld/protocol';
import type { Clock } from '@overworld/ports';
import { View, type ZoneEvent } from '@overworld/replication/gateway';
import type { PlayerChange } from '@overworld/ruleset';
import type { Wait } from './delivery-order.ts';
import type { PlayerConnection } from './player-connection.ts';
import type { ZoneLink, ZoneWatcher } from './zone-link.ts';

const ASK_AGAIN_MS = 1000;
const LOOK_AGAIN_MS = 250;
/** A handoff is sent again every half second until it has been heard. */
const GONE_ON_MS = 2000;
const FIRST_FRAME_MS = 25;
/** As the ruleset guide says of `interest.patience`. */
const DEFAULT_PATIENCE_VIEWS = 1;

export type Entered =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly detail: string };

export interface SeatOptions {
  readonly index: number;
  readonly resume: string;
  readonly gateway: string;
  readonly viewBytesPerSecond: number;
  /** The kept components for a player who is new in the zone. */
  readonly character: Uint8Array;
  readonly clock: Clock;
}

/** An input of the player: its value is `bytes[from, to)`. */
export interface PushedInput {
  readonly kind: number;
  /** 0: one of the ai's. */
  readonly sequence: number;
  readonly tick: number;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/**
 * entering: the zone was asked (or a handoff is on its way) and has not answered. seated: the zone has the player. away: a
 * handoff took the player out; a refusal of the other zone brings him back. gone: nothing more comes.
 */
type SeatState = 'entering' | 'seated' | 'away' | 'gone';

/** One player's place in one zone, from this gateway's side. */
export class Seat implements ZoneWatcher {
  readonly link: ZoneLink;
  readonly index: number;
  readonly resume: string;
  readonly #connection: PlayerConnection;
  readonly #gateway: string;
  readonly #viewBytesPerSecond: number;
  readonly #clock: Clock;
  /** For the first join alone. */
  #character: Uint8Array;
  readonly #id: { readonly lo: number; readonly hi: number };
  #state: SeatState = 'entering';
  #view: View | undefined;
  /** The mirror's revision that was shown last. */
  #shownRevision = -1;
  /** Of the inputs that were handed on, the last. */
  #sequence = 0;
  /** The input for whose answer the player waits, 0 when for none. */
  #awaited = 0;
  #acknowledged = -1;
  #entered: ((result: Entered) => void) | undefined;
  #left: (() => void) | undefined;
  #isHandoff = false;
  #framesFromMs = 0;

  constructor(connection: PlayerConnection, link: ZoneLink, options: SeatOptions) {
    this.#connection = connection;
    this.link = link;
    this.#gateway = options.gateway;
    this.#viewBytesPerSecond = options.viewBytesPerSecond;
    this.#clock = options.clock;
    this.#character = options.character;
    const id = parseHex64(connection.player);
    assert(id !== undefined, 'a player is 16 hex digits: tokens name no others');
    this.#id = id;
    this.index = options.index;
    this.resume = options.resume;
    link.attach(connection.player, this);
  }

  /** Undefined while the client is shown nothing. */
  get entitiesInView(): number | undefined {
    return this.#view?.entityCount;
  }

  /** Asks the zone for the place, again and again (a join may be lost, and may come twice), until it answers. */
  async join(timeoutMs: number): Promise<Entered> {
    this.#connection.inputs.restart();
    const stop = this.#again(ASK_AGAIN_MS, () => this.link.push(this.#joinCommand()));
    try {
      return await this.#answer(timeoutMs);
    } finally {
      stop();
    }
  }

  /**
   * Waits for a handoff to bring the player. Who is there and counts as disconnected (the zone had not heard of this gateway
   * when he came) is connected again.
   */
  async arrive(timeoutMs: number): Promise<Entered> {
    this.#isHandoff = true;
    const look = (): void => {
      const there = this.link.mirror.players.get(this.#connection.player);
      if (there?.connected) this.#present(there.gateway);
      else if (there !== undefined) this.link.push(this.#joinCommand());
    };
    const answer = this.#answer(timeoutMs);
    // At once: the handoff may have been quicker than the way here.
    const stop = this.#again(LOOK_AGAIN_MS, look);
    try {
      return await answer;
    } finally {
      stop();
    }
  }

  /**
   * From now on the client gets frames and events: it knows what the zone is. The first frame comes a moment later, when
   * who awaits the answer to a join has had time to read it: one that came right behind the answer would be missed.
   */
  open(): void {
    if (this.#state !== 'seated') return;
    this.#framesFromMs = this.#clock.now() + FIRST_FRAME_MS;
    this.#shownRevision = -1;
    this.#awaited = 0;
    this.#connection.placed(this.link.place);
    this.#view = new View(this.link.mirror, {
      player: this.#connection.player,
      budgetBytesPerSecond: this.#viewBytesPerSecond,
      maxMessageBytes: this.#connection.maxMessageBytes,
      zoneIndex: this.index,
      patienceViews: this.link.mirror.interest.patience ?? DEFAULT_PATIENCE_VIEWS,
    });
  }

  /** The same for a client that has just been told of the zone by an event: it sees at once what there is. */
  openNow(): void {
    this.open();
    this.#framesFromMs = 0;
    this.#connection.overdue.asked();
    this.deliver();
  }

  #answer(timeoutMs: number): Promise<Entered> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(timeoutMs, () => {
        resolve({ ok: false, reason: 'zone-unavailable', detail: 'the zone did not answer in time' });
      });
      this.#entered = (result) => {
        cancel();
        resolve(result);
      };
    });
  }

  /** Now, and again after each pause until it is stopped. */
  #again(pauseMs: number, act: () => void): () => void {
    let cancel = (): void => {};
    const turn = (): void => {
      cancel = this.#clock.after(pauseMs, turn);
      act();
    };
    turn();
    return () => cancel();
  }

  /**
   * Hands an input to the zone; while the zone does not have the player it is dropped, for the client sends it again. Its value
   * is borrowed until this returns.
   */
  push({ kind, sequence, tick, bytes, from, to }: PushedInput): void {
    if (this.#state === 'gone') return;
    const after = sequence === 0 ? 0 : this.#connection.inputs.letIn(sequence);
    if (this.#state !== 'seated') return;
    if (sequence > this.#sequence) this.#await(sequence);
    const { lo, hi } = this.#id;
    const source = sequence === 0 ? 'ai' : 'player';
    this.link.pushInput({ idLo: lo, idHi: hi, sequence, after, tick, input: kind, source, bytes, from, to });
  }

  #await(sequence: number): void {
    this.#sequence = sequence;
    if (this.#awaited > 0 || this.#view === undefined) return;
    this.#awaited = sequence;
    this.link.await(this);
  }

  /** Gives the place up; resolves when the zone has said so, or after the time. */
  leave(reason: string, timeoutMs: number): Promise<void> {
    this.link.push({ kind: 'leave', player: this.#connection.player, reason });
    return new Promise((resolve) => {
      const cancel = this.#clock.after(timeoutMs, resolve);
      this.#left = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Has the zone remove the player, without waiting for it. */
  expel(): void {
    this.link.push({ kind: 'leave', player: this.#connection.player, reason: 'kicked' });
  }

  /**
   * The zone has the player from another gateway, whose connection is older than this one or gone: it is told anew that he
   * is here. Without effect once it has heard so.
   */
  reclaim(): void {
    const there = this.link.mirror.players.get(this.#connection.player);
    if (this.#state === 'seated' && there?.gateway !== this.#gateway) this.link.push(this.#joinCommand());
  }

  /** Nothing is heard and nothing is sent any more. With `drop` the zone keeps the seat for a while. */
  end(drop: boolean): void {
    if (this.#state === 'gone') return;
    if (drop && this.#state !== 'away') this.link.push({ kind: 'drop', player: this.#connection.player });
    this.#state = 'gone';
    this.#view = undefined;
    this.link.detach(this.#connection.player, this);
    this.#entered?.({ ok: false, reason: 'zone-unavailable', detail: 'the connection has ended' });
  }

  changed(change: PlayerChange): void {
    switch (change.kind) {
      case 'present':
        this.#present(change.gateway);
        break;
      case 'refused':
        this.#entered?.({ ok: false, reason: change.reason, detail: 'the zone did not let you in' });
        break;
      case 'dropped':
        // Not by us: the zone had not heard of this gateway for a while.
        if (this.#state === 'seated') this.link.push(this.#joinCommand());
        break;
      case 'left':
        this.#leftZone(change.reason);
        break;
      case 'moved':
        this.#moved(change.toZone);
        break;
    }
  }

  epochChanged(): void {
    if (this.#view === undefined) return;
    this.#connection.overdue.asked();
    this.#connection.emit(EVENTS.zone, this.#news());
  }

  inputsInDoubt(): void {
    if (this.#state !== 'seated' || this.#view === undefined) return;
    this.#connection.overdue.asked();
    this.#askAgain(this.#view);
  }

  /** Who is told of a zone forgets what was in sight, and sends again what was not acknowledged. */
  #askAgain(view: View): void {
    view.restart();
    this.#shownRevision = -1;
    this.#connection.emit(EVENTS.zone, this.#news());
  }

  beat(): void {
    if (this.#state !== 'seated' || this.#view === undefined) return;
    const executed = this.link.mirror.players.get(this.#connection.player)?.sequence ?? 0;
    const overdue = this.#connection.overdue.beat(executed);
    if (overdue === 'ask') this.#askAgain(this.#view);
    else if (overdue === 'give-up') this.#giveUp(executed);
  }

  /** The client does not send again what was lost: what it sends from now on does not wait for that any more. */
  #giveUp(executed: number): void {
    this.#connection.inputs.restart();
    const detail = `inputs behind ${executed} may be lost and did not come again after a zone event; newer ones do not wait for them`;
    this.#connection.refuse({ reason: 'bad-request', detail });
  }

  event(event: ZoneEvent): void {
    if (this.#view === undefined) return;
    const compiled = this.link.ruleset.events[event.kind];
    const decoded = compiled?.codec.decode(event.bytes);
    if (compiled === undefined || !decoded?.ok) return;
    const { zone } = this.link.place;
    this.#connection.emit(EVENTS.event, {
      zone,
      tick: event.tick,
      name: compiled.name,
      value: decoded.value,
    });
  }

  wait(): Wait {
    const acknowledged = this.#acknowledged;
    if (this.#view !== undefined && this.#awaited > acknowledged) return 'still';
    const isAnew = this.#view !== undefined && this.#sequence > acknowledged;
    this.#awaited = isAnew ? this.#sequence : 0;
    return isAnew ? 'anew' : 'none';
  }

  deliver(): void {
    const view = this.#view;
    const { mirror } = this.link;
    if (view === undefined || mirror.revision === this.#shownRevision || this.#isEarly()) return;
    this.#shownRevision = mirror.revision;
    if (view.rests()) return;
    const pressure = this.#connection.pressure();
    if (pressure !== 'free') {
      view.skipped();
      this.#connection.skipped(pressure);
      return;
    }
    if (view.takeEach(mirror.tick, this.#connection) === 0) return;
    this.#acknowledged = view.ack;
    this.#connection.acknowledged(this.#acknowledged);
  }

  /** Asks the clock until it is over, and no more. */
  #isEarly(): boolean {
    if (this.#framesFromMs === 0) return false;
    if (this.#clock.now() < this.#framesFromMs) return true;
    this.#framesFromMs = 0;
    return false;
  }

  /** What a client needs to know of a zone that it comes to. */
  info(): ZoneInfo {
    const { ruleset, place } = this.link;
    return { ...this.#news(), params: place.params, schema: ruleset.wire };
  }

  /**
   * What there is to know for a client that was told of the zone before. When a zone changes hands everybody in it is sent
   * this at once, and waits for the frame behind it: what cannot have changed would be most of the bytes.
   */
  #news(): ZoneMessage {
    const { mirror, ruleset, place } = this.link;
    const { player } = this.#connection;
    const seat = mirror.players.get(player);
    const avatar = seat?.avatar ?? -1;
    const { rows } = mirror;
    const isShown = rows.isShown(avatar);
    return {
      index: this.index,
      zone: place.zone,
      world: place.world,
      ruleset: place.ruleset,
      epoch: mirror.epoch,
      tick: mirror.tick,
      tickHz: ruleset.tickHz,
      player,
      you: isShown ? hex64(rows.idLo[avatar] as number, rows.idHi[avatar] as number) : null,
      sequence: seat?.sequence ?? 0,
      resume: this.resume,
    };
  }

  #present(gateway: string): void {
    if (gateway !== this.#gateway) {
      // Who is to give way is not the zone's to say: it has heard the one last whose message came last.
      if (this.#state === 'seated') this.#connection.challenged(this);
      return;
    }
    if (this.#state === 'entering' || this.#state === 'away') this.#sitDown();
  }

  #sitDown(): void {
    const cameBack = this.#state === 'away';
    this.#state = 'seated';
    // Who has sat down here once has a seat or has lost it: a late copy of his join must not make him anew.
    this.#character = HELD_SEAT;
    this.#entered?.({ ok: true });
    this.#entered = undefined;
    if (cameBack) this.#connection.cameBack(this);
  }

  #moved(toZone: string): void {
    // A zone that has changed hands tells the departures of the last seconds again: who is on the way into it may have left
    // it before. Only when he does not come he has come and gone on.
    if (this.#state === 'entering' && this.#isHandoff) {
      this.#clock.after(GONE_ON_MS, () => this.#refuseEntry());
    } else this.#refuseEntry();
    if (this.#state !== 'seated') return;
    this.#state = 'away';
    this.#view = undefined;
    this.#connection.follow(this, toZone);
  }

  #refuseEntry(): void {
    if (this.#state !== 'entering') return;
    const detail = 'you have just gone to another zone';
    this.#entered?.({ ok: false, reason: 'zone-unavailable', detail });
  }

  #leftZone(reason: string): void {
    this.#left?.();
    if (this.#state === 'entering') return;
    const wasSeated = this.#state === 'seated';
    this.#state = 'gone';
    this.#view = undefined;
    this.link.detach(this.#connection.player, this);
    if (wasSeated) this.#connection.lostSeat(this, leftReason(reason));
  }

  #joinCommand(): ZoneCommand & { kind: 'join' } {
    const { player, name } = this.#connection;
    return { kind: 'join', player, name, character: this.#character };
  }
}

/** `gone`: the zone does not know the player any more, because it lost what came after the last record. */
function leftReason(reason: string): RefusalReason | string {
  return reason === 'gone' ? 'zone-unavailable' : reason;
}
