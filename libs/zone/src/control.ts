import { ByteReader, ByteWriter, utf8Length } from '@overworld/kernel';
import type { BusMessage } from '@overworld/ports';

const MAX_BYTES = 4_096;

/** Plain UTF-8 JSON, without a length in front. */
export function jsonBytes(value: unknown): Uint8Array {
  const text = JSON.stringify(value);
  const writer = new ByteWriter(text.length + 16);
  writer.text(text);
  return writer.finish().slice(writer.length - utf8Length(text));
}

/** Undefined for anything that is not JSON of a modest size. */
export function readJson(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_BYTES) return undefined;
  const writer = new ByteWriter(bytes.length + 16);
  writer.blob(bytes);
  const reader = new ByteReader(writer.view());
  const text = reader.text(MAX_BYTES);
  if (reader.failed) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Controlled {
  status(): unknown;
  hibernate(): Promise<unknown>;
}

/** Answers a request on `zone.<id>.ctl`: `{ command: 'status' | 'hibernate' }`. Others are answered with a refusal. */
export async function answerControl(zone: Controlled, message: BusMessage): Promise<void> {
  const request = readJson(message.payload) as { readonly command?: unknown } | null | undefined;
  if (request?.command === 'status') message.reply?.(jsonBytes(zone.status()));
  else if (request?.command === 'hibernate') message.reply?.(jsonBytes(await zone.hibernate()));
  else message.reply?.(jsonBytes({ refused: 'bad-request', detail: 'commands are status and hibernate' }));
}
