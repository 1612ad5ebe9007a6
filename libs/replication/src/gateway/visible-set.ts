const FIRST_SLOTS = 32;

/** Bits of `VisibleSet.flags`. */
export const SlotFlag = {
  /** Not in sight any more; the client has to be told. */
  gone: 1,
  /** The client was told that this is its own entity. */
  own: 2,
  /** What the client was told last may not have arrived: it is to be told anew that the entity is there. */
  again: 4,
} as const;

/**
 * The entities that one client is shown of one zone, or is about to be: twenty bytes each. Slots are in no order;
 * removing one moves the last into its place. The arrays are replaced on growth.
 */
export class VisibleSet {
  count = 0;
  rows = new Uint16Array(0);
  netIds = new Uint16Array(0);
  /** Of the row, when it came into sight: another one now means that the row holds another entity. */
  generations = new Uint32Array(0);
  /** The components that the client has; 0: it was not told of the entity. */
  known = new Uint32Array(0);
  /** Components of `known` whose newest value the client does not have. */
  owed = new Uint32Array(0);
  /** View ticks since something was owed and nothing sent. */
  waited = new Uint8Array(0);
  /** 0 near, 1 middle, 2 far. */
  rings = new Uint8Array(0);
  /** From 1 (at the rim) to 255 (here). */
  nearness = new Uint8Array(0);
  flags = new Uint8Array(0);

  add(row: number, netId: number, generation: number): number {
    if (this.count === this.rows.length) this.#grow();
    const slot = this.count++;
    this.rows[slot] = row;
    this.netIds[slot] = netId;
    this.generations[slot] = generation;
    this.known[slot] = 0;
    this.owed[slot] = 0;
    this.waited[slot] = 0;
    this.rings[slot] = 0;
    this.nearness[slot] = 255;
    this.flags[slot] = 0;
    return slot;
  }

  removeAt(slot: number): void {
    const last = --this.count;
    if (slot === last) return;
    this.rows[slot] = this.rows[last] as number;
    this.netIds[slot] = this.netIds[last] as number;
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
  }

  isGone(slot: number): boolean {
    return ((this.flags[slot] as number) & SlotFlag.gone) !== 0;
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
    return this.rows.length * (2 + 2 + 4 + 4 + 4 + 1 + 1 + 1 + 1);
  }

  #grow(): void {
    // By half: doubling would leave a client who sees 300 entities with room for 512.
    const slots = this.rows.length + Math.max(this.rows.length >> 1, FIRST_SLOTS);
    this.rows = into(this.rows, new Uint16Array(slots));
    this.netIds = into(this.netIds, new Uint16Array(slots));
    this.generations = into(this.generations, new Uint32Array(slots));
    this.known = into(this.known, new Uint32Array(slots));
    this.owed = into(this.owed, new Uint32Array(slots));
    this.waited = into(this.waited, new Uint8Array(slots));
    this.rings = into(this.rings, new Uint8Array(slots));
    this.nearness = into(this.nearness, new Uint8Array(slots));
    this.flags = into(this.flags, new Uint8Array(slots));
  }
}

function into<T extends Uint8Array | Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
