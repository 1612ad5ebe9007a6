/*
 * What a client has to know to read a ruleset's frames and to write its inputs. It is sent with the zone, as JSON.
 */

import type { NumberType } from './number-type.ts';
import type { ValueType } from './value-type.ts';

export const PROTOCOL_VERSION = 2;

/**
 * One field of a component: value = offset + wire * scale.
 *
 * `text` is a varint length of at most `max` bytes and then UTF-8; `list` is a varint count of at most `max` and then
 * that many numbers of type `of`.
 */
export interface WireField {
  readonly name: string;
  readonly type: NumberType | 'text' | 'list';
  readonly of?: NumberType;
  readonly max?: number;
  readonly scale: number;
  readonly offset: number;
  /** Position in the component's bytes; -1 behind a field of variable length. */
  readonly byte: number;
}

/** Who is shown a component: everybody who sees the entity, its owner, or its owner's team. */
export type Audience = 'all' | 'owner' | 'team';

/** Fields that move by themselves: see `motion.ts`. */
export interface WireMotion {
  readonly position: readonly string[];
  readonly velocity: readonly string[];
  /** The last field of the component: the low 16 bits of the tick at which position and velocity held. */
  readonly start: 'start';
}

export interface WireComponent {
  readonly name: string;
  /** Its bit in a mask, and its index in `WireSchema.components`. */
  readonly bit: number;
  readonly audience: Audience;
  /** Shown at most every `rate`-th view tick. */
  readonly rate: number;
  /** 0 when a field has no fixed length, or when there is no field. */
  readonly sizeBytes: number;
  readonly fields: readonly WireField[];
  readonly motion?: WireMotion;
}

export type WireInputPolicy = 'latest' | 'perTick' | 'all';

export interface WireInput {
  readonly name: string;
  /** Its number in an input frame. */
  readonly kind: number;
  readonly policy: WireInputPolicy;
  readonly value: ValueType;
}

export interface WireEvent {
  readonly name: string;
  readonly kind: number;
  readonly value: ValueType;
}

export interface WireSchema {
  readonly protocol: typeof PROTOCOL_VERSION;
  readonly ruleset: string;
  readonly version: number;
  /** 16 hex digits over everything else: equal hashes mean equal schemas. */
  readonly hash: string;
  readonly tickHz: number;
  /** A view is made every so many ticks. */
  readonly viewEvery: number;
  /** The width of a mask. */
  readonly maskBytes: 1 | 2 | 4;
  readonly components: readonly WireComponent[];
  readonly inputs: readonly WireInput[];
  readonly events: readonly WireEvent[];
  /** Movement parameters for clients that predict without the ruleset's code; its shape is the ruleset's own. */
  readonly movement?: unknown;
}
