import { hex64 } from '@overworld/kernel';
import { EventTo, type OutEventValue, type OutSink, type PlayerEntryValue } from '../wire/out-message.ts';
import type { BoundedQueue } from './bounded-queue.ts';
import type { MirrorPlaces } from './mirror-places.ts';
import type { MirrorPlayers } from './mirror-players.ts';
import type { ComponentTable, MirrorRows } from './mirror-rows.ts';
import type { ZoneEvent } from './zone-event.ts';

const RECENT = 1024;

/** Rows that were shown anew lately, so that views need not search for them. Older ones are overwritten. */
export class RecentEnters {
  readonly #rows = new Uint16Array(RECENT);
  /** How many there were ever. */
  count = 0;

  push(row: number): void {
    this.#rows[this.count % RECENT] = row;
    this.count++;
  }

  /** The row of an enter that is among the last `RecentEnters.size`. */
  at(number: number): number {
    return this.#rows[number % RECENT] as number;
  }

  static readonly size = RECENT;
}

/** Applies a checked message to the tables. What contradicts them is left out and remembered as a fault. */
export class MirrorUpdate implements OutSink {
  readonly recent = new RecentEnters();
  /** A message contradicted what the mirror held: the two have come apart. */
  faulty = false;
  /** Counts the messages applied: what views compare with. */
  revision = 0;
  readonly #rows: MirrorRows;
  readonly #places: MirrorPlaces;
  readonly #players: MirrorPlayers;
  readonly #events: BoundedQueue<ZoneEvent>;
  #tick = 0;
  #full = false;
  #row = -1;
  /** Which rows the present full message has named. */
  #named = new Uint8Array(0);

  constructor(
    rows: MirrorRows,
    places: MirrorPlaces,
    players: MirrorPlayers,
    events: BoundedQueue<ZoneEvent>,
  ) {
    this.#rows = rows;
    this.#places = places;
    this.#players = players;
    this.#events = events;
  }

  begin(full: boolean, tick: number): void {
    this.revision++;
    this.faulty = false;
    this.#full = full;
    this.#tick = tick;
    if (!full) return;
    if (this.#named.length < this.#rows.capacity) this.#named = new Uint8Array(this.#rows.capacity);
    this.#named.fill(0);
    this.#players.beginFull();
  }

  end(): void {
    if (this.#full) {
      for (let row = 0; row < this.#rows.end; row++) {
        if (this.#rows.masks[row] !== 0 && this.#named[row] !== 1) this.#remove(row);
      }
      this.#players.endFull();
    }
    this.#places.refresh(this.revision, this.#tick);
  }

  leave(row: number): void {
    if (this.#rows.isShown(row)) this.#remove(row);
    else this.faulty = true;
  }

  enter(row: number, idLo: number, idHi: number, owner: number, mask: number): void {
    const rows = this.#rows;
    if (rows.reach(row)) this.#places.grow();
    const isShown = rows.isShown(row);
    if (this.#full) this.#name(row);
    else if (isShown) this.faulty = true;
    if (isShown && rows.idLo[row] === idLo && rows.idHi[row] === idHi) {
      this.#reshape(row, owner, mask);
      return;
    }
    if (isShown) this.#remove(row);
    rows.name(row);
    rows.generations[row] = (rows.generations[row] as number) + 1;
    rows.idLo[row] = idLo;
    rows.idHi[row] = idHi;
    rows.held[row] = 0;
    rows.end = Math.max(rows.end, row + 1);
    this.#reshape(row, owner, mask);
    this.recent.push(row);
  }

  reshape(row: number, owner: number, mask: number): void {
    if (this.#rows.isShown(row) && mask !== 0) this.#reshape(row, owner, mask);
    else this.faulty = true;
  }

  record(row: number, mask: number): void {
    const isKnown = this.#rows.isShown(row) && (mask & ~(this.#rows.masks[row] as number)) === 0;
    this.#row = isKnown ? row : -1;
    if (!isKnown) this.faulty = true;
  }

  component(index: number, bytes: Uint8Array, offset: number, lengthBytes: number): void {
    const row = this.#row;
    if (row < 0) return;
    const rows = this.#rows;
    const table = rows.components[index] as ComponentTable;
    const bit = 1 << index;
    const isNew = ((rows.held[row] as number) & bit) === 0;
    // A full message repeats what most rows hold already: views are not to send that again.
    if (this.#full && !isNew && table.equals(row, bytes, offset, lengthBytes)) return;
    table.set(row, bytes, offset, lengthBytes, this.revision);
    rows.held[row] = (rows.held[row] as number) | bit;
    rows.touch(row, this.revision);
    rows.news[row] = (rows.news[row] as number) | bit;
    if (index !== this.#places.componentIndex || !this.#places.update(row, this.#tick)) return;
    this.#unsettle(row);
    // Who jumps may have come into sight, as one who enters.
    if (!isNew) this.recent.push(row);
  }

  player(entry: PlayerEntryValue): void {
    this.#players.apply(entry);
  }

  ack(row: number, sequence: number): void {
    this.#players.acknowledge(row, sequence);
  }

  event(event: OutEventValue): void {
    const { kind, bytes } = event;
    this.#events.push({ tick: this.#tick, kind, bytes: bytes.slice(), to: hearersOf(event) });
  }

  #name(row: number): void {
    if (row >= this.#named.length) {
      const named = new Uint8Array(this.#rows.capacity);
      named.set(this.#named);
      this.#named = named;
    }
    this.#named[row] = 1;
  }

  #reshape(row: number, owner: number, mask: number): void {
    const rows = this.#rows;
    const isSame = rows.masks[row] === mask && rows.owners[row] === owner;
    if (isSame) return;
    rows.masks[row] = mask;
    rows.owners[row] = owner;
    rows.held[row] = (rows.held[row] as number) & mask;
    this.#unsettle(row);
    this.#places.update(row, this.#tick);
  }

  #remove(row: number): void {
    this.#rows.unname(row);
    this.#rows.masks[row] = 0;
    this.#rows.held[row] = 0;
    this.#rows.owners[row] = -1;
    this.#unsettle(row);
    this.#places.remove(row);
  }

  #unsettle(row: number): void {
    this.#rows.touch(row, this.revision);
    this.#rows.unsettled[row] = this.revision;
    this.#rows.unsettledAt = this.revision;
  }
}

function hearersOf(event: OutEventValue): ZoneEvent['to'] {
  if (event.to === EventTo.player) return { kind: 'player', player: hex64(event.idLo, event.idHi) };
  if (event.to === EventTo.near) return { kind: 'near', x: event.x, y: event.y };
  return { kind: 'everybody' };
}
