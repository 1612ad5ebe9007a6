import type { ByteReader, ByteWriter, Hash64 } from '@overworld/kernel';

/**
 * One field of one component, for all rows: what snapshot, hash and handoff need to know of it, whatever its type.
 * `masks` and `end` (one past the last row alive) say which rows hold the component.
 */
export interface Field {
  /** `component.field`: the name of its part of the hash. */
  readonly part: string;
  /** The mask bit of the component. */
  readonly bit: number;
  /** Sets a row to its starting value: 0, '' or the empty list. */
  clear(row: number): void;
  /** Takes in the values of the rows that hold the component; asserts that none is NaN. */
  hashInto(hash: Hash64, masks: Uint32Array, end: number): void;
  write(writer: ByteWriter, masks: Uint32Array, end: number): void;
  /** Fails the reader on anything that `write` does not write. */
  read(reader: ByteReader, masks: Uint32Array, end: number): void;
  writeRow(writer: ByteWriter, row: number): void;
  /** Reads one row's value into `row`, or only checks it when `row` is -1. Fails the reader on bad values. */
  readRow(reader: ByteReader, row: number): void;
}
