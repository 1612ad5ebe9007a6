import { parseHex64 } from '@overworld/kernel';
import type { PlayerTable } from '@overworld/ruleset';

const MOST_HINTS = 1_024;

interface Hint {
  readonly lo: number;
  readonly hi: number;
  row: number;
}

/** Where players were found last: an input then costs one look at the table, not a search. Wrong hints are noticed. */
export class RowHints {
  readonly #hints = new Map<string, Hint>();

  /** The player's row, or -1. */
  find(table: PlayerTable, player: string): number {
    const hint = this.#hints.get(player);
    if (hint !== undefined && table.isPlayer(hint.row)) {
      const { idLo, idHi } = table.columns;
      if (idLo[hint.row] === hint.lo && idHi[hint.row] === hint.hi) return hint.row;
    }
    return this.#search(table, player, hint);
  }

  #search(table: PlayerTable, player: string, hint: Hint | undefined): number {
    const row = table.find(player);
    const id = hint ?? parseHex64(player);
    if (row < 0 || id === undefined) return row;
    if (this.#hints.size >= MOST_HINTS) this.#hints.clear();
    this.#hints.set(player, { lo: id.lo, hi: id.hi, row });
    return row;
  }
}
