import type { ByteWriter } from '@overworld/kernel';
import { NUMBER_RANGE, type NumberType, type WireField } from '@overworld/protocol';

/** The columns of one component, as the state gives them: their arrays are the same for as long as the state lives. */
export interface Columns {
  readonly [field: string]: unknown;
}

/** What a shadow has to do for a field that is compared by value. */
export interface FieldShadow {
  /** Makes room for so many rows. */
  grow(rows: number): void;
  /** Takes over what the row holds now; true when that is another wire value than before. */
  update(row: number): boolean;
  /** Writes the value that `update` took over last. */
  write(row: number, writer: ByteWriter): void;
}

const ARRAYS = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;
export type WireArray = InstanceType<(typeof ARRAYS)[NumberType]>;

/** Wire numbers of one field, one per row. */
export class WireColumn {
  readonly type: NumberType;
  readonly scale: number;
  readonly offset: number;
  readonly #low: number;
  readonly #high: number;
  readonly #isFloat: boolean;
  values: WireArray;

  constructor(field: Pick<WireField, 'type' | 'scale' | 'offset'>) {
    this.type = field.type as NumberType;
    this.scale = field.scale;
    this.offset = field.offset;
    this.#isFloat = this.type === 'f32' || this.type === 'f64';
    this.#low = NUMBER_RANGE[this.type][0];
    this.#high = NUMBER_RANGE[this.type][1];
    this.values = new ARRAYS[this.type](0);
  }

  grow(rows: number): void {
    if (rows <= this.values.length) return;
    const grown = new ARRAYS[this.type](rows);
    grown.set(this.values);
    this.values = grown;
  }

  /** The wire number for a value: the nearest step in the type's range; what is no number becomes the lowest. */
  quantise(value: number): number {
    const exact = (value - this.offset) / this.scale;
    const wire = this.#isFloat ? exact : Math.floor(exact + 0.5);
    if (!(wire >= this.#low)) return this.#low;
    const bounded = wire > this.#high ? this.#high : wire;
    return this.type === 'f32' ? Math.fround(bounded) : bounded;
  }

  /** The value that a row's wire number stands for. */
  decode(row: number): number {
    return this.offset + (this.values[row] as number) * this.scale;
  }

  write(row: number, writer: ByteWriter): void {
    writer[this.type](this.values[row] as number);
  }
}

export class NumberShadow implements FieldShadow {
  readonly #source: ArrayLike<number>;
  readonly #wire: WireColumn;

  constructor(columns: Columns, field: WireField) {
    this.#source = columns[field.name] as ArrayLike<number>;
    this.#wire = new WireColumn(field);
  }

  grow(rows: number): void {
    this.#wire.grow(rows);
  }

  update(row: number): boolean {
    const wire = this.#wire.quantise(this.#source[row] as number);
    const { values } = this.#wire;
    if (values[row] === wire) return false;
    values[row] = wire;
    return true;
  }

  write(row: number, writer: ByteWriter): void {
    this.#wire.write(row, writer);
  }
}

/** The part of the state's text columns that is needed here. */
export interface TextSource {
  get(row: number): string;
}

export class TextShadow implements FieldShadow {
  readonly #source: TextSource;
  readonly #values: string[] = [];

  constructor(columns: Columns, field: WireField) {
    this.#source = columns[field.name] as TextSource;
  }

  grow(rows: number): void {
    while (this.#values.length < rows) this.#values.push('');
  }

  update(row: number): boolean {
    const text = this.#source.get(row);
    if (this.#values[row] === text) return false;
    this.#values[row] = text;
    return true;
  }

  write(row: number, writer: ByteWriter): void {
    writer.text(this.#values[row] as string);
  }
}

/** The part of the state's list columns that is needed here. */
export interface ListSource {
  length(row: number): number;
  get(row: number, index: number): number;
}

export class ListShadow implements FieldShadow {
  readonly #source: ListSource;
  readonly #wire: WireColumn;
  readonly #values: number[][] = [];

  constructor(columns: Columns, field: WireField) {
    this.#source = columns[field.name] as ListSource;
    this.#wire = new WireColumn({ type: field.of ?? 'f64', scale: field.scale, offset: field.offset });
  }

  grow(rows: number): void {
    while (this.#values.length < rows) this.#values.push([]);
  }

  update(row: number): boolean {
    const source = this.#source;
    const values = this.#values[row] as number[];
    const length = source.length(row);
    let changed = values.length !== length;
    values.length = Math.min(values.length, length);
    for (let index = 0; index < length; index++) {
      const wire = this.#wire.quantise(source.get(row, index));
      if (values[index] === wire) continue;
      values[index] = wire;
      changed = true;
    }
    return changed;
  }

  write(row: number, writer: ByteWriter): void {
    const values = this.#values[row] as number[];
    writer.varint(values.length);
    for (let index = 0; index < values.length; index++) writer[this.#wire.type](values[index] as number);
  }
}
