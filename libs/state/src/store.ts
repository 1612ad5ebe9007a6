import { assert, RANDOM_STREAM_WORDS, RandomStream } from '@overworld/kernel';
import { Arena } from './arena.ts';
import { Entities, type Identity } from './entities.ts';
import type { Field } from './field.ts';
import { ListField } from './list-field.ts';
import { ListHeap } from './list-heap.ts';
import { NumberField } from './number-field.ts';
import { ZoneRecord } from './record.ts';
import { type AnyTypedArray, checkSchema, type FieldType, type StateSchema, schemaHash } from './schema.ts';
import { SideTable } from './side-table.ts';
import { TextField } from './text-field.ts';
import { Timers } from './timers.ts';

export interface StoreSizes {
  /** The most rows there can ever be; all are reserved. */
  readonly rows: number;
  readonly maxTimers: number;
}

/** One component: its mask bit and its fields in order. */
export interface Component {
  readonly name: string;
  readonly bit: number;
  readonly fields: readonly Field[];
}

interface NamedStream {
  readonly part: string;
  readonly name: string;
  readonly stream: RandomStream;
}

type ColumnsByName = { [component: string]: { [field: string]: AnyTypedArray | Field } };

const FIRST_TIMERS = 16;
const FIRST_HEAP_BYTES = 1024;

/** Everything that a state consists of, put together after its schema, and empty. */
export class Store {
  readonly schemaHash: string;
  readonly arena: Arena;
  readonly entities: Entities;
  readonly components = new Map<string, Component>();
  /** Every field of every component, in the order of declaration. */
  readonly fields: Field[] = [];
  readonly columns: ColumnsByName = {};
  readonly record: ZoneRecord;
  readonly streams: NamedStream[] = [];
  readonly timers: Timers;
  readonly side = new SideTable();
  /** Every component's mask bit. */
  readonly knownBits: number;
  /** [0]: the tick. */
  clock: Float64Array = new Float64Array(1);
  /** The words of every stream, one behind the other. */
  words: Uint32Array = new Uint32Array(0);
  readonly #heap: ListHeap;

  constructor(schema: StateSchema, sizes: StoreSizes, identity: Identity) {
    checkSchema(schema);
    const { rows, maxTimers } = sizes;
    this.schemaHash = schemaHash(schema);
    this.arena = new Arena({ rows, timers: Math.min(FIRST_TIMERS, maxTimers), heap: FIRST_HEAP_BYTES });
    this.arena.register('fixed', 'f64', 1, (array) => {
      this.clock = array;
    });
    this.entities = new Entities(this.arena, identity);
    this.#heap = new ListHeap(this.arena);
    this.record = new ZoneRecord(this.arena, schema.record);
    this.timers = new Timers(this.arena, maxTimers);
    this.knownBits = this.#addComponents(schema.components);
    this.#addStreams(schema.streams);
    this.arena.allocate();
    for (const columns of Object.values(this.columns)) Object.freeze(columns);
  }

  component(name: string): Component {
    const component = this.components.get(name);
    assert(component !== undefined, `unknown component "${name}"`);
    return component;
  }

  #addComponents(components: StateSchema['components']): number {
    let known = 0;
    for (const [name, types] of Object.entries(components)) {
      const bit = 1 << this.components.size;
      const columns: ColumnsByName[string] = {};
      this.columns[name] = columns;
      const fields = Object.entries(types).map(([field, type]) =>
        this.#makeField(name, field, bit, type, columns),
      );
      this.components.set(name, { name, bit, fields });
      this.fields.push(...fields);
      known |= bit;
    }
    return known;
  }

  #makeField(
    component: string,
    name: string,
    bit: number,
    type: FieldType,
    columns: ColumnsByName[string],
  ): Field {
    const part = `${component}.${name}`;
    const holds = (row: number): boolean => ((this.entities.masks[row] as number) & bit) !== 0;
    if (typeof type !== 'string') {
      const field =
        'text' in type
          ? new TextField(part, bit, type.text, holds)
          : new ListField(part, bit, type, this.#heap, this.arena, holds);
      columns[name] = field;
      return field;
    }
    const field = new NumberField(part, bit, type);
    this.arena.register('rows', type, 1, (array: AnyTypedArray) => {
      columns[name] = array;
      field.bind(array);
    });
    return field;
  }

  #addStreams(names: readonly string[]): void {
    this.words = new Uint32Array(names.length * RANDOM_STREAM_WORDS);
    for (const [index, name] of names.entries()) {
      const stream = new RandomStream(this.words, index * RANDOM_STREAM_WORDS);
      this.streams.push({ part: `random.${name}`, name, stream });
    }
    this.arena.register('fixed', 'u32', this.words.length, (array) => {
      this.words = array;
      for (const [index, { stream }] of this.streams.entries()) {
        stream.rebind(array, index * RANDOM_STREAM_WORDS);
      }
    });
  }
}
