import type {
  ComponentFields,
  FieldType,
  NumberType,
  StateSchema,
  TextType,
  TypedArrayOf,
} from './schema.ts';

/** The texts of one field, by row. Writing asserts that the row holds the component. */
export interface TextColumn {
  readonly maxBytes: number;
  /** The text of a row, '' until one was set. */
  get(row: number): string;
  /** A text of more than `maxBytes` in UTF-8 is cut at a code point border; lone surrogates become U+FFFD. */
  set(row: number, text: string): void;
}

/**
 * The lists of one field, by row. They lie in a buffer of the state and are empty until something is pushed. Writing
 * asserts that the row holds the component; an index outside of [0, length) is a programmer error and asserts.
 */
export interface ListColumn {
  readonly max: number;
  length(row: number): number;
  get(row: number, index: number): number;
  set(row: number, index: number, value: number): void;
  /** Appends, or returns false and changes nothing when the list holds `max` items. */
  push(row: number, value: number): boolean;
  /** Takes the last item away and returns it. */
  pop(row: number): number;
  /** Takes one item away; those behind it move up by one. */
  removeAt(row: number, index: number): void;
  /** The first index that holds exactly `value` as the list's type stores it, or -1. */
  indexOf(row: number, value: number): number;
  clear(row: number): void;
}

type ColumnOf<T extends FieldType> = T extends NumberType
  ? TypedArrayOf<T>
  : T extends TextType
    ? TextColumn
    : ListColumn;

/**
 * The columns of one component. Object and typed arrays are the same for as long as the state lives, whatever is spawned,
 * imported, pushed or set meanwhile: they may be kept, and `column[row] = f()` lands whatever `f` does.
 */
export type ColumnsOf<F extends ComponentFields> = { readonly [K in keyof F]: ColumnOf<F[K]> };

type IsAny<T> = 0 extends 1 & T ? true : false;

// biome-ignore lint/suspicious/noExplicitAny: a state whose schema is not known to the compiler has unchecked columns
type Unchecked = any;

export type StateColumns<S extends StateSchema> =
  IsAny<S> extends true
    ? { readonly [component: string]: Unchecked }
    : { readonly [C in keyof S['components']]: ColumnsOf<S['components'][C]> };

/** The zone-wide values, read and written like properties; numbers are stored as their declared type. */
export type StateRecord<S extends StateSchema> =
  IsAny<S> extends true
    ? { [field: string]: Unchecked }
    : { -readonly [K in keyof S['record']]: S['record'][K] extends NumberType ? number : string };

export type ComponentName<S extends StateSchema> =
  IsAny<S> extends true ? string : Extract<keyof S['components'], string>;
