const SLOTS = 65_536;
/** Beyond every urgency that waiting and nearness can give. */
const AT_ONCE = 2 ** 20;

/** Slots by how urgent they are, for when not all of them can be told. Reused scratch. */
export class Ranking {
  count = 0;
  #keys = new Float64Array(0);

  clear(room: number): void {
    this.count = 0;
    if (room > this.#keys.length) this.#keys = new Float64Array(Math.max(room, this.#keys.length * 2));
  }

  /** `atOnce`: 0 for what can wait, more for what stands above all that has less of it. */
  add(slot: number, urgency: number, atOnce: number): void {
    this.#keys[this.count++] = (atOnce * AT_ONCE + urgency) * SLOTS + slot;
  }

  /** The most urgent last. */
  sort(): void {
    this.#keys.subarray(0, this.count).sort();
  }

  slot(index: number): number {
    return (this.#keys[index] as number) % SLOTS;
  }

  canWait(index: number): boolean {
    return (this.#keys[index] as number) < AT_ONCE * SLOTS;
  }
}
