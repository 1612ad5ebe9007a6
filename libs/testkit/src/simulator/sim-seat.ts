import { HELD_SEAT, type ZoneCommand } from '@overworld/contracts';
import { hex64 } from '@overworld/kernel';
import { EVENTS, type ZoneInfo } from '@overworld/protocol';
import type { Clock } from '@overworld/ports';
import { View, type ZoneEvent } from '@overworld/replication/gateway';
import type { PlayerChange } from '@overworld/ruleset';
import type { LinkWatcher, SimLink } from './sim-link.ts';

const ASK_AGAIN_MS = 1_000;

export type Entered = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** What a seat needs of the connection that it belongs to. */
export interface SeatHolder {
  readonly player: string;
  readonly name: string;
  readonly budgetBytesPerSecond: number;
  emit(name: string, value: unknown): void;
  frame(bytes: Uint8Array): void;
  /** The client has not taken what it was sent: frames would only pile up. */
  isBusy(): boolean;
  close(reason: string): void;
  follow(from: SimSeat, toZone: string): void;
  cameBack(seat: SimSeat): void;
  lostSeat(seat: SimSeat, reason: string): void;
}

export interface SeatOptions {
  readonly index: number;
  readonly gateway: string;
  readonly world: string;
  readonly params: unknown;
  readonly character: Uint8Array;
  readonly clock: Clock;
}

/** One player's place in one zone, by the rules of the gateway service. */
export class SimSeat implements LinkWatcher {
  readonly link: SimLink;
  readonly #holder: SeatHolder;
  readonly #options: SeatOptions;
  #state: 'entering' | 'seated' | 'away' | 'gone' = 'entering';
  #view: View | undefined;
  #entered: ((result: Entered) => void) | undefined;
  #left: (() => void) | undefined;

  constructor(holder: SeatHolder, link: SimLink, options: SeatOptions) {
    this.#holder = holder;
    this.link = link;
    this.#options = options;
    link.attach(holder.player, this);
  }

  get isSeated(): boolean {
    return this.#state === 'seated';
  }

  get index(): number {
    return this.#options.index;
  }

  /** Asks the zone for the place, again and again, until it answers. */
  async join(timeoutMs: number): Promise<Entered> {
    const { clock } = this.#options;
    let isAsking = true;
    const ask = (): void => {
      if (!isAsking) return;
      this.link.push(this.#joinCommand());
      clock.after(ASK_AGAIN_MS, ask);
    };
    ask();
    const entered = await this.#answer(timeoutMs);
    isAsking = false;
    return entered;
  }

  /** Waits for a handoff to bring the player. */
  arrive(timeoutMs: number): Promise<Entered> {
    const there = this.link.mirror.players.get(this.#holder.player);
    const answer = this.#answer(timeoutMs);
    if (there?.connected) this.#present(there.gateway);
    return answer;
  }

  open(): void {
    if (this.#state !== 'seated') return;
    this.#view = new View(this.link.mirror, {
      player: this.#holder.player,
      budgetBytesPerSecond: this.#holder.budgetBytesPerSecond,
      maxMessageBytes: 65_535,
      zoneIndex: this.index,
    });
  }

  leave(reason: string, timeoutMs: number): Promise<void> {
    this.link.push({ kind: 'leave', player: this.#holder.player, reason });
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(timeoutMs, resolve);
      this.#left = () => {
        cancel();
        resolve();
      };
    });
  }

  end(drop: boolean): void {
    if (this.#state === 'gone') return;
    if (drop && this.#state !== 'away') this.link.push({ kind: 'drop', player: this.#holder.player });
    this.#state = 'gone';
    this.#view = undefined;
    this.link.detach(this.#holder.player, this);
    this.#entered?.({ ok: false, reason: 'zone-unavailable' });
  }

  changed(change: PlayerChange): void {
    switch (change.kind) {
      case 'present':
        this.#present(change.gateway);
        break;
      case 'refused':
        this.#entered?.({ ok: false, reason: change.reason });
        break;
      case 'dropped':
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
    if (this.#view !== undefined) this.#holder.emit(EVENTS.zone, this.info());
  }

  event(event: ZoneEvent): void {
    if (this.#view === undefined) return;
    const compiled = this.link.ruleset.events[event.kind];
    const decoded = compiled?.codec.decode(event.bytes);
    if (compiled === undefined || !decoded?.ok) return;
    const { zone } = this.link;
    this.#holder.emit(EVENTS.event, { zone, tick: event.tick, name: compiled.name, value: decoded.value });
  }

  deliver(): void {
    if (this.#view === undefined) return;
    if (this.#holder.isBusy()) {
      this.#view.skipped();
      return;
    }
    const taken = this.#view.take(this.link.mirror.tick);
    if (taken === undefined) return;
    for (const frame of taken.frames) this.#holder.frame(frame);
    this.#view.delivered(taken.receipt);
  }

  info(): ZoneInfo {
    const { mirror, ruleset, zone } = this.link;
    const { player } = this.#holder;
    const seat = mirror.players.get(player);
    const { rows } = mirror;
    const avatar = seat?.avatar ?? -1;
    const isShown = rows.isShown(avatar);
    return {
      index: this.index,
      zone,
      world: this.#options.world,
      ruleset: ruleset.name,
      epoch: mirror.epoch,
      tick: mirror.tick,
      tickHz: ruleset.tickHz,
      player,
      you: isShown ? hex64(rows.idLo[avatar] as number, rows.idHi[avatar] as number) : null,
      sequence: seat?.sequence ?? 0,
      params: this.#options.params,
      schema: ruleset.wire,
      resume: `resume ${player}`,
    };
  }

  #answer(timeoutMs: number): Promise<Entered> {
    return new Promise((resolve) => {
      const late = (): void => resolve({ ok: false, reason: 'zone-unavailable' });
      const cancel = this.#options.clock.after(timeoutMs, late);
      this.#entered = (result) => {
        cancel();
        resolve(result);
      };
    });
  }

  #present(gateway: string): void {
    if (gateway !== this.#options.gateway) {
      if (this.#state === 'seated') this.#holder.close('replaced');
      return;
    }
    if (this.#state === 'entering' || this.#state === 'away') this.#sitDown();
  }

  #sitDown(): void {
    const cameBack = this.#state === 'away';
    this.#state = 'seated';
    this.#entered?.({ ok: true });
    this.#entered = undefined;
    if (cameBack) this.#holder.cameBack(this);
  }

  #moved(toZone: string): void {
    if (this.#state === 'entering') this.#entered?.({ ok: false, reason: 'zone-unavailable' });
    if (this.#state !== 'seated') return;
    this.#state = 'away';
    this.#view = undefined;
    this.#holder.follow(this, toZone);
  }

  #leftZone(reason: string): void {
    this.#left?.();
    if (this.#state === 'entering') return;
    const wasSeated = this.#state === 'seated';
    this.#state = 'gone';
    this.#view = undefined;
    this.link.detach(this.#holder.player, this);
    if (wasSeated) this.#holder.lostSeat(this, reason === 'gone' ? 'zone-unavailable' : reason);
  }

  #joinCommand(): ZoneCommand {
    const { player, name } = this.#holder;
    // Who has sat down here once has a seat or has lost it: a late copy of this must not make him anew.
    const character = this.#state === 'entering' ? this.#options.character : HELD_SEAT;
    return { kind: 'join', player, name, character };
  }
}
