/** What was last said of each row: who it is and what it shows. A row that is not shown has mask 0. */
export class RowShadow {
  masks = new Uint32Array(0);
  births = new Uint32Array(0);
  idLo = new Uint32Array(0);
  idHi = new Uint32Array(0);
  /** The owning player's row + 1, or 0. */
  owners = new Uint16Array(0);
  /** One past the last row that was ever shown. */
  end = 0;

  grow(rows: number): void {
    if (rows <= this.masks.length) return;
    this.masks = grown(this.masks, new Uint32Array(rows));
    this.births = grown(this.births, new Uint32Array(rows));
    this.idLo = grown(this.idLo, new Uint32Array(rows));
    this.idHi = grown(this.idHi, new Uint32Array(rows));
    this.owners = grown(this.owners, new Uint16Array(rows));
  }
}

function grown<T extends Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Rows picked during one pass, in row order. The memory is kept. */
export class RowList {
  rows = new Uint16Array(0);
  length = 0;

  grow(rows: number): void {
    if (rows > this.rows.length) this.rows = grown(this.rows, new Uint16Array(rows));
  }

  push(row: number): void {
    this.rows[this.length++] = row;
  }
}
