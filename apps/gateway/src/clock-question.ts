import { isUtf8 } from 'node:buffer';
import { EVENTS } from '@overworld/protocol';

/** `clock` as a packet of socket.io's, with the number that the answer has to have. */
export interface ClockQuestion {
  readonly id: string;
  readonly request: unknown;
}

const EVENT = '42';
const ACK = '43';
const NAME = `["${EVENTS.clock}",`;

/**
 * Reads what a client sends for its question after the time (socket.io's protocol, version 5); undefined for anything else. All
 * clients ask again and again, and for so short an answer socket.io's own way costs many times what it takes to tell the time.
 */
export function readClockQuestion(bytes: Uint8Array): ClockQuestion | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const at = text.startsWith(EVENT) ? text.indexOf(NAME, EVENT.length) : -1;
  const id = text.slice(EVENT.length, at);
  if (at < 0 || !/^\d{1,15}$/.test(id)) return undefined;
  try {
    const packet: unknown = JSON.parse(text.slice(at));
    return Array.isArray(packet) && packet.length === 2 ? { id, request: packet[1] } : undefined;
  } catch {
    return undefined;
  }
}

export function clockAnswer({ id }: ClockQuestion, answer: unknown): string {
  return `${ACK}${id}[${JSON.stringify(answer)}]`;
}
