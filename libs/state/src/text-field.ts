import { assert, type ByteReader, type ByteWriter, fitUtf8, type Hash64 } from '@overworld/kernel';
import type { TextColumn } from './columns.ts';
import type { Field } from './field.ts';

/** A field of texts. They are the one thing that lies beside the buffers; rows without the component hold ''. */
export class TextField implements Field, TextColumn {
  readonly part: string;
  readonly bit: number;
  readonly maxBytes: number;
  readonly #texts: string[] = [];
  readonly #holds: (row: number) => boolean;

  constructor(part: string, bit: number, maxBytes: number, holds: (row: number) => boolean) {
    this.part = part;
    this.bit = bit;
    this.maxBytes = maxBytes;
    this.#holds = holds;
  }

  get(row: number): string {
    return this.#texts[row] ?? '';
  }

  set(row: number, text: string): void {
    assert(this.#holds(row), 'a text is set on a row that does not hold the component');
    while (this.#texts.length <= row) this.#texts.push('');
    this.#texts[row] = fitUtf8(text, this.maxBytes);
  }

  clear(row: number): void {
    if (row < this.#texts.length) this.#texts[row] = '';
  }

  hashInto(hash: Hash64, masks: Uint32Array, end: number): void {
    for (let row = 0; row < end; row++) {
      if (((masks[row] as number) & this.bit) !== 0) hash.text(this.get(row));
    }
  }

  write(writer: ByteWriter, masks: Uint32Array, end: number): void {
    for (let row = 0; row < end; row++) {
      if (((masks[row] as number) & this.bit) !== 0) writer.text(this.get(row));
    }
  }

  read(reader: ByteReader, masks: Uint32Array, end: number): void {
    for (let row = 0; row < end && !reader.failed; row++) {
      if (((masks[row] as number) & this.bit) !== 0) this.readRow(reader, row);
    }
  }

  writeRow(writer: ByteWriter, row: number): void {
    writer.text(this.get(row));
  }

  readRow(reader: ByteReader, row: number): void {
    const text = reader.text(this.maxBytes);
    if (row >= 0) this.set(row, text);
  }
}
