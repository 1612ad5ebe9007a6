import { type ByteWriter, fitUtf8, hex64, parseHex64 } from '@overworld/kernel';
import type { PlayerChange } from '@overworld/ruleset';
import { MAX_WORD_BYTES, PlayerEntry } from '../wire/out-message.ts';

/** What the encoder reads of the ruleset's player table. */
export interface PlayerRows {
  /** The player rows' columns: `idLo`, `idHi`, `sequence` and `connected` as arrays. */
  readonly columns: {
    readonly idLo: ArrayLike<number>;
    readonly idHi: ArrayLike<number>;
    readonly sequence: ArrayLike<number>;
    readonly connected: ArrayLike<number>;
  };
  next(after: number): number;
  name(row: number): string;
  gateway(row: number): string;
  avatar(row: number): number;
  ownerOf(entity: number): number;
  isPlayer(row: number): boolean;
}

interface Seat {
  idLo: number;
  idHi: number;
  avatar: number;
  sequence: number;
  connected: boolean;
  name: string;
  gateway: string;
}

/** What was last said of the players: who is in, with which avatar, and how far their inputs were executed. */
export class PlayerShadow {
  readonly #rows: PlayerRows;
  readonly #seats = new Map<number, Seat>();
  /** Rows whose player has another avatar than was said before. */
  readonly #avatars: number[] = [];
  /** Rows whose executed sequence is another than was said before. */
  readonly #acks: number[] = [];
  readonly #changes: PlayerChange[] = [];

  constructor(rows: PlayerRows) {
    this.#rows = rows;
  }

  collect(changes: readonly PlayerChange[]): void {
    for (let index = 0; index < changes.length; index++) this.#changes.push(changes[index] as PlayerChange);
  }

  /** Compares the seats with what was said last, and remembers what differs for `writeChanges` and `writeAcks`. */
  update(): void {
    this.#avatars.length = 0;
    this.#acks.length = 0;
    const rows = this.#rows;
    for (const row of this.#seats.keys()) if (!rows.isPlayer(row)) this.#seats.delete(row);
    for (let row = rows.next(-1); row >= 0; row = rows.next(row)) this.#updateSeat(row);
  }

  #updateSeat(row: number): void {
    const rows = this.#rows;
    const { idLo, idHi, sequence, connected } = rows.columns;
    let seat = this.#seats.get(row);
    if (seat === undefined || seat.idLo !== idLo[row] || seat.idHi !== idHi[row]) {
      seat = {
        idLo: idLo[row] as number,
        idHi: idHi[row] as number,
        avatar: -1,
        sequence: 0,
        connected: false,
        name: rows.name(row),
        gateway: '',
      };
      this.#seats.set(row, seat);
    }
    seat.connected = connected[row] === 1;
    seat.gateway = rows.gateway(row);
    const avatar = rows.avatar(row);
    if (avatar !== seat.avatar) this.#avatars.push(row);
    if (sequence[row] !== seat.sequence) this.#acks.push(row);
    seat.avatar = avatar;
    seat.sequence = sequence[row] as number;
  }

  /** What happened since the last time, then who has another avatar. */
  writeChanges(writer: ByteWriter): void {
    writer.varint(this.#changes.length + this.#avatars.length);
    for (const change of this.#changes) this.#writeChange(change, writer);
    for (const row of this.#avatars) {
      const seat = this.#seats.get(row) as Seat;
      this.#writeStart(PlayerEntry.avatar, seat.idLo, seat.idHi, writer);
      writer.u16(seat.avatar + 1);
    }
    this.#changes.length = 0;
  }

  /** Every seat; with news, behind what happened since the last time and does not show in the seats. */
  writeAll(writer: ByteWriter, withNews: boolean): void {
    const news = withNews ? this.#changes.filter(isGone) : [];
    writer.varint(news.length + this.#seats.size);
    for (const change of news) this.#writeChange(change, writer);
    if (withNews) this.#changes.length = 0;
    for (const [row, seat] of this.#seats) this.#writeSeat(row, seat, writer);
  }

  writeAcks(writer: ByteWriter): void {
    writer.varint(this.#acks.length);
    for (const row of this.#acks) {
      writer.u16(row);
      writer.varint((this.#seats.get(row) as Seat).sequence);
    }
  }

  writeAllAcks(writer: ByteWriter): void {
    writer.varint(this.#seats.size);
    for (const [row, seat] of this.#seats) {
      writer.u16(row);
      writer.varint(seat.sequence);
    }
  }

  #writeChange(change: PlayerChange, writer: ByteWriter): void {
    const id = parseHex64(change.player) ?? { lo: 0, hi: 0 };
    this.#writeStart(PlayerEntry[change.kind], id.lo, id.hi, writer);
    if (change.kind === 'present') {
      writer.u16(change.row);
      writer.u16(change.avatar + 1);
      writer.u8(1);
      writer.text(change.name);
      writer.text(change.gateway);
    } else if (change.kind === 'moved') writer.text(change.toZone);
    else if (change.kind !== 'dropped') writer.text(fitUtf8(change.reason, MAX_WORD_BYTES));
  }

  #writeSeat(row: number, seat: Seat, writer: ByteWriter): void {
    this.#writeStart(PlayerEntry.present, seat.idLo, seat.idHi, writer);
    writer.u16(row);
    writer.u16(seat.avatar + 1);
    writer.u8(seat.connected ? 1 : 0);
    writer.text(seat.name);
    writer.text(seat.gateway);
  }

  #writeStart(kind: number, idLo: number, idHi: number, writer: ByteWriter): void {
    writer.u8(kind);
    writer.u32(idLo);
    writer.u32(idHi);
  }

  /** The id of the player on a row as 16 hex digits; also of one who went in the step just collected. '' if nobody. */
  idOf(row: number): string {
    const rows = this.#rows;
    if (rows.isPlayer(row)) return hex64(rows.columns.idLo[row] as number, rows.columns.idHi[row] as number);
    for (const change of this.#changes) {
      if ((change.kind === 'left' || change.kind === 'moved') && change.row === row) return change.player;
    }
    return '';
  }
}

function isGone(change: PlayerChange): boolean {
  return change.kind !== 'present' && change.kind !== 'dropped';
}
