import type { WireSchema } from '../src/schema.ts';
import type { ValueType } from '../src/value-type.ts';
import { decodeFrame, encodeFrame, type FrameText } from './frame-text.ts';

export interface MotionCheck {
  readonly netId: number;
  readonly component: string;
  readonly startTick: number;
  readonly at: number;
  readonly position: readonly number[];
}

export interface VectorCase {
  readonly name: string;
  readonly schema?: string;
  readonly state?: string;
  readonly stream?: readonly string[];
  readonly replica?: unknown;
  readonly input?: string;
  readonly type?: ValueType;
  readonly value?: unknown;
  readonly bytes?: string;
  readonly expect?: unknown;
  readonly refused?: string;
  readonly motion?: readonly MotionCheck[];
}

export interface VectorFile {
  readonly about: string;
  readonly schemas?: { readonly [name: string]: WireSchema };
  readonly cases: readonly VectorCase[];
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A frame that has to decode to what our own reader makes of it. */
export function stateCase(
  name: string,
  schema: WireSchema,
  frame: Partial<FrameText>,
  motion?: readonly MotionCheck[],
): VectorCase {
  const bytes = encodeFrame(schema, frame);
  const base = { name, schema: schema.ruleset, state: toHex(bytes), expect: decodeFrame(schema, bytes) };
  return motion === undefined ? base : { ...base, motion };
}
