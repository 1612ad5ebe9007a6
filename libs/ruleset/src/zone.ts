// biome-ignore-all lint/suspicious/noExplicitAny: a game's own functions may leave out the types they do not use
import type { RandomStream } from '@overworld/kernel';
import type { ColumnsOf, EntityRef, NumberType } from '@overworld/state';
import type { z } from 'zod';
import type { Components, RecordFields, Schemas } from './declaration.ts';

declare const playerBrand: unique symbol;
/** A player's row in the zone: valid until the player has left. */
export type Player = number & { readonly [playerBrand]: true };

/** Who hears an event: everybody (absent), one player, or the players who have an entity in sight. */
export type EventAudience = { readonly player: Player } | { readonly near: number };

export type ZoneColumns<C extends Components> = { readonly [K in keyof C]: ColumnsOf<C[K]['fields']> };

type Initial<F> = {
  readonly [K in keyof F]?: F[K] extends NumberType
    ? number
    : F[K] extends { text: number }
      ? string
      : readonly number[];
};
/** Components and starting values of a new entity; fields that are not named start at zero. */
export type SpawnValues<C extends Components> = { readonly [K in keyof C]?: Initial<C[K]['fields']> };

export interface Players {
  readonly count: number;
  /** In row order. */
  each(visit: (player: Player) => void): void;
  /** The avatar's entity, or -1. */
  avatar(player: Player): number;
  name(player: Player): string;
  /** 16 hex digits, the same in every zone. */
  id(player: Player): string;
  isConnected(player: Player): boolean;
  /** The player with this id, or undefined. */
  find(id: string): Player | undefined;
  /** The player an entity belongs to, or undefined. */
  ownerOf(entity: number): Player | undefined;
}

export interface ZoneApi<
  C extends Components,
  R extends RecordFields,
  S extends readonly string[],
  E extends Schemas,
  X extends Schemas,
  T extends readonly string[],
  D,
> {
  readonly id: string;
  readonly tick: number;
  /** Seconds a tick. */
  readonly dt: number;
  readonly record: { -readonly [K in keyof R]: R[K] extends NumberType ? number : string };
  readonly random: { readonly [K in S[number]]: RandomStream };
  readonly derived: D;
  readonly players: Players;
  /** True while a client runs the ruleset ahead of the server: events, effects, spawns and handoffs do nothing then. */
  readonly predicting: boolean;
  /**
   * Thousands of effects wait because the database does not take them. Inputs wait then; what asks for effects in `tick`
   * should, too: at 65,536 the zone stops rather than lose one.
   */
  readonly congested: boolean;
  /** The new entity, or -1 when the zone is at its capacity. */
  spawn(values: SpawnValues<C>): number;
  destroy(entity: number): void;
  add<K extends keyof C & string>(entity: number, component: K, values?: Initial<C[K]['fields']>): void;
  drop(entity: number, component: keyof C & string): void;
  has(entity: number, component: keyof C & string): boolean;
  alive(entity: number): boolean;
  /** Calls for every entity that has all of the components, in row order; it may spawn and destroy meanwhile. */
  each(components: keyof C & string, visit: (entity: number) => void): void;
  each(components: readonly (keyof C & string)[], visit: (entity: number) => void): void;
  /** Entities within `radius` of a point, in a fixed order; needs `interest.position`. */
  near(x: number, y: number, radius: number, visit: (entity: number) => void): void;
  /** Gives an entity to a player: owner-only components are then shown to that player. */
  own(entity: number, player: Player): void;
  ref(entity: number): EntityRef;
  /** The entity's row, or -1 when it is gone. */
  resolve(ref: EntityRef): number;
  /** 64 bits as 16 hex digits, kept over handoffs and restarts. */
  stableId(entity: number): string;
  /** Calls `timer.<name>` after so many ticks, unless the entity is gone by then. Returns the timer's id. */
  after(ticks: number, name: T[number], entity?: number, argument?: number): number;
  cancel(timer: number): boolean;
  /** Tells clients something once. Lost for a client that is away. */
  emit<K extends keyof E & string>(name: K, value: z.infer<E[K]>, to?: EventAudience): void;
  /** Asks the outside for something, exactly once, after the tick is in the journal. */
  effect<K extends keyof X & string>(name: K, value: z.infer<X[K]>, player?: Player): void;
  /** Sends a player, with the avatar and all it carries, to another zone at the end of this tick. */
  handoff(player: Player, toZone: string, note?: string): void;
  /** Makes a player leave. */
  kick(player: Player, reason: string): void;
}

/** What the functions of a ruleset work on: the columns by component name, and the zone's own calls. */
export type Zone<
  C extends Components,
  R extends RecordFields = any,
  S extends readonly string[] = any,
  E extends Schemas = any,
  X extends Schemas = any,
  T extends readonly string[] = any,
  D = any,
> = ZoneColumns<C> & ZoneApi<C, R, S, E, X, T, D>;
