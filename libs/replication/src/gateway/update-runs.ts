import type { MaskParts, MirrorRows } from './mirror-rows.ts';

/** Masks that are told apart; what carries further ones waits for the next round. */
const RUNS = 16;
/** In place of the number of a run. */
export const OVERFLOW = RUNS;
const NO_SLOTS = new Uint16Array(0);
const NO_PARTS: MaskParts = { tables: [], fixedBytes: 0, solidAt: -1 };

/** Of slots: the mirror's rows, and what is to be sent of each. */
interface SlotParts {
  readonly rows: Uint16Array;
  readonly masks: Uint32Array;
}

/** The updates of one take by the components that they carry, so that a frame names those once. Reused scratch. */
export class UpdateRuns {
  /** Runs in use. */
  count = 0;
  /** The bytes of all records' components. */
  componentBytes = 0;
  readonly masks = new Uint32Array(RUNS);
  readonly parts: MaskParts[] = new Array<MaskParts>(RUNS).fill(NO_PARTS);
  readonly #lengths = new Uint32Array(RUNS + 1);
  readonly #slots: Uint16Array[] = new Array<Uint16Array>(RUNS + 1).fill(new Uint16Array(0));
  #room = 0;

  /** Forgets everything, and makes room for so many slots. */
  clear(room: number): void {
    this.count = this.componentBytes = 0;
    this.#lengths.fill(0);
    if (room <= this.#room) return;
    this.#room = Math.max(room, this.#room * 2);
    for (let run = 0; run <= RUNS; run++) this.#slots[run] = new Uint16Array(this.#room);
  }

  /** The updates that carry masks for which there was no run: `slots(OVERFLOW)`. */
  get overflowLength(): number {
    return this.#lengths[OVERFLOW] as number;
  }

  slots(run: number): Uint16Array {
    return this.#slots[run] as Uint16Array;
  }

  /** How many of a run's slots are in use. */
  length(run: number): number {
    return this.#lengths[run] as number;
  }

  /** Adds slots, of each its row and its mask; `masks` by slot. */
  group(slots: Uint16Array, count: number, { rows, masks }: SlotParts, mirror: MirrorRows): void {
    let run = -1;
    let runMask = 0;
    let runSlots: Uint16Array = NO_SLOTS;
    let length = 0;
    for (let index = 0; index < count; index++) {
      const slot = slots[index] as number;
      const mask = masks[slot] as number;
      // Often it is that of the one before.
      if (mask !== runMask) {
        if (run >= 0) this.#lengths[run] = length;
        run = this.#runOf(mask, mirror);
        runMask = mask;
        runSlots = this.#slots[run] as Uint16Array;
        length = this.#lengths[run] as number;
      }
      runSlots[length++] = slot;
      const parts = run < RUNS ? (this.parts[run] as MaskParts) : mirror.partsOf(mask);
      this.componentBytes +=
        parts.fixedBytes >= 0 ? parts.fixedBytes : mirror.partBytes(rows[slot] as number, parts);
    }
    if (run >= 0) this.#lengths[run] = length;
  }

  #runOf(mask: number, rows: MirrorRows): number {
    let run = 0;
    while (run < this.count && this.masks[run] !== mask) run++;
    if (run < this.count || run === RUNS) return run;
    this.masks[run] = mask;
    this.parts[run] = rows.partsOf(mask);
    this.count++;
    return run;
  }
}
