import type { AnyState } from './dynamic.ts';
import { ByteReader, ByteWriter } from '@overworld/kernel';
import { parseHex64 } from '@overworld/kernel';
import type { PlayerTable } from './player-table.ts';

const MAX_NAME_BYTES = 96;
const MAX_NOTE_BYTES = 256;
const MAX_AVATAR_BYTES = 65_536;

/** A player between two zones: the person, where the connection is, how far the inputs got, and the avatar's state. */
export interface Crossing {
  readonly player: string;
  readonly name: string;
  readonly gateway: string;
  readonly connected: boolean;
  readonly sequence: number;
  readonly note: string;
  readonly avatar: Uint8Array;
}

export function encodeCrossing(state: AnyState, table: PlayerTable, row: number, note: string): Uint8Array {
  const { columns } = table;
  const avatar = table.avatar(row);
  const writer = new ByteWriter();
  writer.text(table.id(row));
  writer.text(table.name(row));
  writer.text(table.gateway(row));
  writer.u8(columns.connected[row]);
  writer.u32(columns.sequence[row]);
  writer.text(note);
  writer.blob(avatar < 0 ? new Uint8Array(0) : state.exportEntity(avatar));
  return writer.finish();
}

/** Undefined when the bytes are none; they come from another zone, perhaps of another version. */
export function decodeCrossing(bytes: Uint8Array): Crossing | undefined {
  const reader = new ByteReader();
  reader.reset(bytes);
  const player = reader.text(16);
  const name = reader.text(MAX_NAME_BYTES);
  const gateway = reader.text(64);
  const connected = reader.u8() === 1;
  const sequence = reader.u32();
  const note = reader.text(MAX_NOTE_BYTES);
  const avatar = reader.blob(MAX_AVATAR_BYTES);
  if (reader.failed || reader.remaining > 0 || parseHex64(player) === undefined) return undefined;
  return { player, name, gateway, connected, sequence, note, avatar: avatar.slice() };
}
