import { type ByteReader, type ByteWriter, fitUtf8, type Hash64 } from '@overworld/kernel';
import type { Arena } from './arena.ts';
import { readNumber, writeNumber } from './number-field.ts';
import type { AnyTypedArray, NumberType, RecordFieldType, StateSchema } from './schema.ts';

interface NumberSlot {
  readonly type: NumberType;
  array: AnyTypedArray;
}

interface TextSlot {
  readonly maxBytes: number;
  text: string;
}

type Slot = NumberSlot | TextSlot;

/** The zone-wide values. Numbers lie in the arena; `values` reads and writes them as properties. */
export class ZoneRecord {
  readonly values: { [field: string]: number | string } = {};
  readonly #slots: Slot[] = [];

  constructor(arena: Arena, fields: StateSchema['record']) {
    for (const [name, type] of Object.entries(fields)) {
      const slot = makeSlot(arena, type);
      this.#slots.push(slot);
      Object.defineProperty(this.values, name, {
        enumerable: true,
        get: () => ('text' in slot ? slot.text : (slot.array[0] as number)),
        set: (value: number | string) => assign(slot, value),
      });
    }
    Object.freeze(this.values);
  }

  hashInto(hash: Hash64): void {
    for (const slot of this.#slots) {
      if ('text' in slot) hash.text(slot.text);
      else hash.f64(slot.array[0] as number);
    }
  }

  write(writer: ByteWriter): void {
    for (const slot of this.#slots) {
      if ('text' in slot) writer.text(slot.text);
      else writeNumber(writer, slot.type, slot.array[0] as number);
    }
  }

  read(reader: ByteReader): void {
    for (const slot of this.#slots) {
      if ('text' in slot) slot.text = reader.text(slot.maxBytes);
      else slot.array[0] = readNumber(reader, slot.type);
    }
  }
}

function makeSlot(arena: Arena, type: RecordFieldType): Slot {
  if (typeof type !== 'string') return { maxBytes: type.text, text: '' };
  const slot: NumberSlot = { type, array: new Uint8Array(0) };
  arena.register('fixed', type, 1, (array: AnyTypedArray) => {
    slot.array = array;
  });
  return slot;
}

function assign(slot: Slot, value: number | string): void {
  if ('text' in slot) slot.text = fitUtf8(String(value), slot.maxBytes);
  else slot.array[0] = value as number;
}
