import type { MaskParts, MirrorRows } from './mirror-rows.ts';

/** Masks that are told apart; what carries further ones waits for the next round. */
const RUNS = 16;
/** In place of the number of a run. */
export const OVERFLOW = RUNS;
const NO_PARTS: MaskParts = { tables: [], fixedBytes: 0, solidAt: -1 };

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
  /** Where the last one went: often the next one does, too. */
  #last = 0;

  /** Forgets everything, and makes room for so many slots. */
  clear(room: number): void {
    this.count = this.componentBytes = this.#last = 0;
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

  add(slot: number, row: number, mask: number, rows: MirrorRows): void {
    let run = this.#last;
    if (run >= this.count || this.masks[run] !== mask) run = this.#runOf(mask, rows);
    this.#last = run;
    const at = this.#lengths[run] as number;
    (this.#slots[run] as Uint16Array)[at] = slot;
    this.#lengths[run] = at + 1;
    const parts = run < RUNS ? (this.parts[run] as MaskParts) : rows.partsOf(mask);
    this.componentBytes += parts.fixedBytes >= 0 ? parts.fixedBytes : rows.partBytes(row, parts);
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
