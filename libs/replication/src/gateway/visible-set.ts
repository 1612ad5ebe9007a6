const FIRST_SLOTS = 32;
const SLOT_BYTES = 3 * 4 + 2 * 2 + 4;

/** Bits of `VisibleSet.flags`. */
export const SlotFlag = {
  /** Not in sight any more; the client has to be told. */
  gone: 1,
  /** The client was told that this is its own entity. */
  own: 2,
  /** What the client was told last may not have arrived: it is to be told anew that the entity is there. */
  again: 4,
  /** What the client may be told of the entity can differ from what it knows: the slot is to be compared, whatever is owed. */
  unsettled: 8,
} as const;

/**
 * The entities that one client is shown of one zone, or is about to be: twenty bytes each. Slots are in no order;
 * removing one moves the last into its place. The arrays are replaced on growth.
 */
export class VisibleSet {
  count = 0;
  rows: Uint16Array = new Uint16Array(0);
  /**
   * What the client knows the slot's entity by. While nobody gives names, each number is there once: those of free
   * slots are behind the others, and the one that became free last is used next. So they are below the most that
   * were in sight at a time.
   */
  netIds: Uint16Array = new Uint16Array(0);
  /** Of the row, when it came into sight: another one now means that the row holds another entity. */
  generations: Uint32Array = new Uint32Array(0);
  /** The components that the client has; 0: it was not told of the entity. */
  known: Uint32Array = new Uint32Array(0);
  /** Components of `known` whose newest value the client does not have. */
  owed: Uint32Array = new Uint32Array(0);
  /** View ticks since something was owed and nothing sent. */
  waited: Uint8Array = new Uint8Array(0);
  /** 0 near, 1 middle, 2 far. */
  rings: Uint8Array = new Uint8Array(0);
  /** From 1 (at the rim) to 255 (here). */
  nearness: Uint8Array = new Uint8Array(0);
  flags: Uint8Array = new Uint8Array(0);

  /** @param netId when somebody else gives names */
  add(row: number, generation: number, netId?: number): number {
    if (this.count === this.rows.length) this.#grow();
    const slot = this.count++;
    this.rows[slot] = row;
    if (netId !== undefined) this.netIds[slot] = netId;
    this.generations[slot] = generation;
    this.known[slot] = 0;
    this.owed[slot] = 0;
    this.waited[slot] = 0;
    this.rings[slot] = 0;
    this.nearness[slot] = 255;
    this.flags[slot] = SlotFlag.unsettled;
    return slot;
  }

  removeAt(slot: number): void {
    const last = --this.count;
    if (slot === last) return;
    this.rows[slot] = this.rows[last] as number;
    const netId = this.netIds[slot] as number;
    this.netIds[slot] = this.netIds[last] as number;
    this.netIds[last] = netId;
    this.generations[slot] = this.generations[last] as number;
    this.known[slot] = this.known[last] as number;
    this.owed[slot] = this.owed[last] as number;
    this.waited[slot] = this.waited[last] as number;
    this.rings[slot] = this.rings[last] as number;
    this.nearness[slot] = this.nearness[last] as number;
    this.flags[slot] = this.flags[last] as number;
  }

  clear(): void {
    this.count = 0;
    this.#numberFrom(0);
  }

  isGone(slot: number): boolean {
    return ((this.flags[slot] as number) & SlotFlag.gone) !== 0;
  }

  /** Who looks, or what belongs to him, is another: any slot may be shown otherwise. */
  unsettle(): void {
    for (let slot = 0; slot < this.count; slot++) {
      this.flags[slot] = (this.flags[slot] as number) | SlotFlag.unsettled;
    }
  }

  /** Not in sight any more: forgotten at once when the client never heard of it. */
  dismiss(slot: number): void {
    if (this.known[slot] === 0) this.removeAt(slot);
    else this.flags[slot] = (this.flags[slot] as number) | SlotFlag.gone;
  }

  /** The slot of the entity that a row held in a generation, or -1. Time grows with the slots. */
  find(row: number, generation: number): number {
    for (let slot = 0; slot < this.count; slot++) {
      if (this.rows[slot] === row && this.generations[slot] === generation) return slot;
    }
    return -1;
  }

  /** The size of the arrays. */
  get sizeBytes(): number {
    return this.rows.length * SLOT_BYTES;
  }

  /** One buffer for all of them: what a client sees lies side by side, and is not far when it is looked over. */
  #grow(): void {
    // By half: doubling would leave a client who sees 300 entities with room for 512.
    const before = this.rows.length;
    const slots = before + Math.max(before >> 1, FIRST_SLOTS);
    const buffer = new ArrayBuffer(slots * SLOT_BYTES);
    let at = 0;
    const words = (from: Uint32Array): Uint32Array => into(from, new Uint32Array(buffer, take(4), slots));
    const halves = (from: Uint16Array): Uint16Array => into(from, new Uint16Array(buffer, take(2), slots));
    const bytes = (from: Uint8Array): Uint8Array => into(from, new Uint8Array(buffer, take(1), slots));
    const take = (slotBytes: number): number => {
      at += slots * slotBytes;
      return at - slots * slotBytes;
    };
    this.generations = words(this.generations);
    this.known = words(this.known);
    this.owed = words(this.owed);
    this.rows = halves(this.rows);
    this.netIds = halves(this.netIds);
    this.#numberFrom(before);
    this.waited = bytes(this.waited);
    this.rings = bytes(this.rings);
    this.nearness = bytes(this.nearness);
    this.flags = bytes(this.flags);
  }

  #numberFrom(first: number): void {
    for (let slot = first; slot < this.netIds.length; slot++) this.netIds[slot] = slot;
  }
}

function into<T extends Uint8Array | Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
