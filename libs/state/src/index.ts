export type {
  ColumnsOf,
  ComponentName,
  ListColumn,
  StateColumns,
  StateRecord,
  TextColumn,
} from './columns.ts';
export type { EntityRef } from './entities.ts';
export {
  type ComponentFields,
  defineSchema,
  type FieldType,
  type ListType,
  type NumberType,
  type RecordFieldType,
  type StateSchema,
  schemaHash,
  type TextType,
  type TypedArrayOf,
} from './schema.ts';
export type { SideTable } from './side-table.ts';
export type { RestoreRefusal } from './snapshot.ts';
export { type RestoreOptions, State, type StateOptions } from './state.ts';
export type { DueTimer, Timers } from './timers.ts';
export type { ImportRefusal } from './transfer.ts';
