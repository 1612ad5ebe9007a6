import type { ComponentFields, NumberType } from '@overworld/state';
import type { z } from 'zod';
import type { Player, Zone } from './zone.ts';

/** Who may be told of a component: everybody in sight, its owner alone, or nobody outside the zone. */
export type Audience = 'all' | 'owner' | 'server';

/** How one number crosses the wire: `offset + wire * step`, in the smallest unsigned type that spans min..max. */
export interface Quantisation {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/**
 * Movement that is sent only when extrapolating it would be wrong by more than `epsilon`. Position and velocity name the
 * component's fields axis by axis. Distances in the world's unit (metres in the rulesets in the box), velocities per second.
 */
export interface Motion {
  readonly position: readonly string[];
  readonly velocity: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly velocityMax: number;
  readonly velocityStep: number;
  readonly epsilon: number;
}

export interface Show {
  readonly audience?: Audience;
  /** Send at most each n-th view (default 1). */
  readonly rate?: number;
  /** Fields without an entry cross the wire in their own type. */
  readonly as?: { readonly [field: string]: Quantisation };
  /** Fields that stay in the zone. */
  readonly hide?: readonly string[];
  readonly motion?: Motion;
}

export interface ComponentDeclaration {
  readonly fields: ComponentFields;
  /** Absent: the component never leaves the zone. */
  readonly show?: Show;
  /** Saved with the character when its player leaves, given back when the player joins. */
  readonly keep?: boolean;
}

export type Components = { readonly [name: string]: ComponentDeclaration };
export type RecordFields = { readonly [field: string]: NumberType | { readonly text: number } };
export type Schemas = { readonly [name: string]: z.ZodType };

/**
 * What happens to several inputs of one kind by one player between two ticks. `latest`: the newest is executed, the
 * older count as executed. `perTick`: one a tick, in order. `all`: all of them, in order.
 */
export type InputPolicy = 'latest' | 'perTick' | 'all';
export interface InputDeclaration {
  readonly schema: z.ZodType;
  readonly policy: InputPolicy;
}
export type Inputs = { readonly [name: string]: InputDeclaration };

/** How a zone makes up for the time in which nobody ran it. */
export type Gap =
  /** Steps to where it would be (at most `maxTicks`, the rest of the time is jumped over). */
  | { readonly policy: 'catch-up'; readonly maxTicks: number }
  /** Goes on where it stopped. */
  | { readonly policy: 'hold' };

export type Interest =
  | {
      /** Component and its two coordinates. */
      readonly position: readonly [component: string, x: string, y: string];
      readonly radius: number;
      /** Shares of the radius up to which entities are updated each view, each second view; beyond: each fourth. */
      readonly rings?: readonly [near: number, middle: number];
      /**
       * View ticks, from the last frame on, in which news of others waits for a frame that goes out anyway: with a player's own
       * news, or after that time. Default 1: two frames in a row are for his own news alone. 0: everything goes at once.
       */
      readonly patience?: number;
    }
  | { readonly everything: true; readonly patience?: number };

export interface Capacity {
  readonly players: number;
  /** Entities beside the players' own bookkeeping rows; avatars count. */
  readonly entities: number;
}

export interface Ticket {
  readonly id: string;
  readonly name: string;
}

/** `ok`, or why not: a short word that the player's client is told. */
export type Admission = 'ok' | (string & {});

export interface RulesetDefinition<
  C extends Components,
  R extends RecordFields,
  S extends readonly string[],
  I extends Inputs,
  E extends Schemas,
  X extends Schemas,
  T extends readonly string[],
  D,
> {
  /** Lower case words joined by hyphens. */
  readonly name: string;
  /** Raise it when the meaning of state or inputs changes. */
  readonly version?: number;
  readonly tickHz: number;
  /** A view is sent each n-th tick (default 1). */
  readonly viewEvery?: number;
  readonly capacity: Capacity;
  readonly gap: Gap;
  readonly components: C;
  /** The zone-wide record. */
  readonly record?: R;
  /** Names of the seeded random streams. */
  readonly streams?: S;
  readonly interest: Interest;
  readonly inputs: I;
  readonly events?: E;
  readonly effects?: X;
  /** Names of the timers. */
  readonly timers?: T;
  /** What follows from the parameters alone (a map, a cache). It is rebuilt on restore, and neither saved nor hashed. */
  derive?(params: unknown): D;
  /** Fills a new zone. */
  create?(zone: Zone<C, R, S, E, X, T, D>, params: unknown): void;
  admit?(zone: Zone<C, R, S, E, X, T, D>, ticket: Ticket): Admission;
  /** Makes the avatar of a player who comes in. What the character kept is given back right after. */
  join(zone: Zone<C, R, S, E, X, T, D>, player: Player): number;
  leave?(zone: Zone<C, R, S, E, X, T, D>, player: Player): void;
  /** After a handoff: puts the avatar where it comes out. */
  arrive?(zone: Zone<C, R, S, E, X, T, D>, player: Player, from: string, note: string): void;
  readonly input: {
    [K in keyof I]: (zone: Zone<C, R, S, E, X, T, D>, player: Player, value: z.infer<I[K]['schema']>) => void;
  };
  readonly timer?: {
    [K in T[number]]: (zone: Zone<C, R, S, E, X, T, D>, entity: number, argument: number) => void;
  };
  tick?(zone: Zone<C, R, S, E, X, T, D>): void;
  /** What a client may run ahead of the server: these inputs, and the movement of one entity for one tick. */
  readonly predict?: {
    readonly inputs: readonly (keyof I & string)[];
    readonly components: readonly (keyof C & string)[];
    step(zone: Zone<C, R, S, E, X, T, D>, entity: number): void;
  };
}
