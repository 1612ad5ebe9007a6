import { type DynamicColumn, columnsOf, type AnyState } from './dynamic.ts';
import { hex64, parseHex64 } from '@overworld/kernel';
import type { EntityRef } from '@overworld/state';

export const PLAYER = '$player';
export const OWNED = '$owned';

export const PLAYER_FIELDS = {
  idLo: 'u32',
  idHi: 'u32',
  sequence: 'u32',
  avatar: 'f64',
  connected: 'u8',
  seatTimer: 'f64',
  name: { text: 96 },
  gateway: { text: 64 },
} as const;
export const OWNED_FIELDS = { player: 'f64' } as const;

interface Id {
  readonly lo: number;
  readonly hi: number;
}
type Found = Id & { readonly row: number };

/** More than the players of any zone; those who went are forgotten with all others, now and then. */
const MOST_FOUND = 16_384;

/**
 * The players of a zone, one row each, in the same columns as everything else: so they are in the snapshot, in the hash
 * and in a handoff without any code of their own.
 */
export class PlayerTable {
  readonly #state: AnyState;
  readonly #bit: number;
  /**
   * Where players were found last. Derived, and never believed unseen: a restored or rolled back state has them elsewhere.
   */
  readonly #found = new Map<string, Found>();

  constructor(state: AnyState) {
    this.#state = state;
    this.#bit = state.bit(PLAYER);
  }

  get columns(): DynamicColumn {
    return columnsOf(this.#state)[PLAYER];
  }

  /** The first player's row above `after`, or -1. */
  next(after: number): number {
    return this.#state.next(this.#bit, after);
  }

  get count(): number {
    let count = 0;
    for (let row = this.next(-1); row >= 0; row = this.next(row)) count++;
    return count;
  }

  find(id: string): number {
    const found = this.#found.get(id);
    if (found !== undefined && this.#isAt(found.row, found)) return found.row;
    const parsed = parseHex64(id);
    if (parsed === undefined) return -1;
    for (let row = this.next(-1); row >= 0; row = this.next(row)) {
      if (!this.#isAt(row, parsed)) continue;
      if (this.#found.size >= MOST_FOUND) this.#found.clear();
      this.#found.set(id, { ...parsed, row });
      return row;
    }
    return -1;
  }

  #isAt(row: number, { lo, hi }: Id): boolean {
    const { idLo, idHi } = this.columns;
    return idLo[row] === lo && idHi[row] === hi && this.isPlayer(row);
  }

  /** A new row, or -1 when the zone is at its capacity. */
  add(id: string, name: string, gateway: string): number {
    const parsed = parseHex64(id);
    if (parsed === undefined) return -1;
    const row = this.#state.spawn();
    if (row < 0) return -1;
    this.#state.add(row, PLAYER);
    const { columns } = this;
    columns.idLo[row] = parsed.lo;
    columns.idHi[row] = parsed.hi;
    columns.connected[row] = 1;
    columns.name.set(row, name);
    columns.gateway.set(row, gateway);
    return row;
  }

  remove(row: number): void {
    this.#state.destroy(row);
  }

  id(row: number): string {
    return hex64(this.columns.idLo[row], this.columns.idHi[row]);
  }

  name(row: number): string {
    return this.columns.name.get(row);
  }

  gateway(row: number): string {
    return this.columns.gateway.get(row);
  }

  avatar(row: number): number {
    const ref = this.columns.avatar[row] as EntityRef;
    return ref === 0 ? -1 : this.#state.resolve(ref);
  }

  setAvatar(row: number, entity: number): void {
    this.columns.avatar[row] = entity < 0 ? 0 : this.#state.ref(entity);
    if (entity >= 0) this.own(entity, row);
  }

  own(entity: number, row: number): void {
    if (!this.#state.has(entity, OWNED)) this.#state.add(entity, OWNED);
    columnsOf(this.#state)[OWNED].player[entity] = this.#state.ref(row);
  }

  /** The row of the player whom an entity belongs to, or -1. */
  ownerOf(entity: number): number {
    if (!this.#state.has(entity, OWNED)) return -1;
    return this.#state.resolve(columnsOf(this.#state)[OWNED].player[entity]);
  }

  isPlayer(row: number): boolean {
    return this.#state.has(row, PLAYER);
  }
}
