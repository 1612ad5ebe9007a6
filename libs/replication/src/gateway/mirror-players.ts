import { hex64 } from '@overworld/kernel';
import type { PlayerChange } from '@overworld/ruleset';
import { PlayerEntry, type PlayerEntryValue } from '../wire/out-message.ts';
import { BoundedQueue } from './bounded-queue.ts';

/** A player who has a seat in the zone. */
export interface MirrorPlayer {
  readonly id: string;
  readonly row: number;
  /** The avatar's row, or -1. */
  readonly avatar: number;
  /** The last input that the zone has executed. */
  readonly sequence: number;
  readonly name: string;
  /** The gateway through which the player is connected, or was last. */
  readonly gateway: string;
  readonly connected: boolean;
}

type Seat = { -readonly [K in keyof MirrorPlayer]: MirrorPlayer[K] };

const MAX_CHANGES = 4096;

/** Who is in the zone, and what became of players since it was asked last. */
export class MirrorPlayers {
  readonly byId = new Map<string, Seat>();
  readonly changes = new BoundedQueue<PlayerChange>(MAX_CHANGES);
  /** Grows when somebody came or went: who keeps an entry of `byId` looks it up anew. */
  revision = 0;
  readonly #byRow = new Map<number, Seat>();
  /** While a full message is applied: the seats that it has not named yet. */
  readonly #missing = new Set<string>();

  /** A full message follows: whoever it does not name is gone. */
  beginFull(): void {
    this.#missing.clear();
    for (const id of this.byId.keys()) this.#missing.add(id);
  }

  endFull(): void {
    for (const id of this.#missing) {
      const seat = this.byId.get(id);
      if (seat === undefined) continue;
      this.#forget(seat);
      this.changes.push({ kind: 'left', player: id, row: seat.row, reason: 'gone' });
    }
    this.#missing.clear();
  }

  apply(entry: PlayerEntryValue): void {
    const id = hex64(entry.idLo, entry.idHi);
    const seat = this.byId.get(id);
    switch (entry.kind) {
      case PlayerEntry.present:
        this.#present(id, entry);
        return;
      case PlayerEntry.avatar:
        if (seat !== undefined) seat.avatar = entry.avatar;
        return;
      case PlayerEntry.dropped:
        this.#dropped(seat);
        return;
      case PlayerEntry.refused:
        this.changes.push({ kind: 'refused', player: id, reason: entry.word });
        return;
      default:
        this.#gone(id, seat, entry);
    }
  }

  acknowledge(row: number, sequence: number): void {
    const seat = this.#byRow.get(row);
    if (seat !== undefined) seat.sequence = sequence;
  }

  #present(id: string, entry: PlayerEntryValue): void {
    const { row, avatar, name, gateway, connected } = entry;
    const known = this.byId.get(id);
    if (known !== undefined) this.#forget(known);
    const sequence = known?.row === row ? known.sequence : 0;
    const seat: Seat = { id, row, avatar, sequence, name, gateway, connected };
    this.revision++;
    this.byId.set(id, seat);
    this.#byRow.set(row, seat);
    this.#missing.delete(id);
    if (connected) this.changes.push({ kind: 'present', player: id, row, avatar, name, gateway });
    else if (known?.connected) this.changes.push({ kind: 'dropped', player: id, row });
  }

  #dropped(seat: Seat | undefined): void {
    if (seat === undefined) return;
    seat.connected = false;
    this.changes.push({ kind: 'dropped', player: seat.id, row: seat.row });
  }

  #gone(id: string, seat: Seat | undefined, entry: PlayerEntryValue): void {
    const row = seat?.row ?? -1;
    if (seat !== undefined) this.#forget(seat);
    this.#missing.delete(id);
    if (entry.kind === PlayerEntry.moved) {
      this.changes.push({ kind: 'moved', player: id, row, toZone: entry.word });
    } else {
      this.changes.push({ kind: 'left', player: id, row, reason: entry.word });
    }
  }

  #forget(seat: Seat): void {
    this.revision++;
    this.byId.delete(seat.id);
    if (this.#byRow.get(seat.row) === seat) this.#byRow.delete(seat.row);
  }
}
