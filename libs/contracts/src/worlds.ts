/**
 * A world of up to so many zones is awake as a whole as long as somebody is in it. In a larger one those are woken that are
 * declared next to where a player comes in, and each sleeps by itself.
 */
export const ZONES_AWAKE_TOGETHER = 16;

/** A world that players can enter. */
export interface World {
  readonly name: string;
  readonly title: string;
  readonly ruleset: string;
  /** The zones that are always part of it. A world of lobbies has none: its zones are made by players. */
  readonly zones: readonly WorldZone[];
  /** Where one comes in; absent in a world of lobbies, which one enters by a code. */
  readonly entry?: string;
}

export interface WorldZone {
  readonly id: string;
  /** What the ruleset's `create` is given. Clients are told. */
  readonly params: unknown;
}
