/** One connection of a player, as gateways compare them. */
export interface Arrival {
  readonly order: number;
  readonly gateway: string;
}

/**
 * Which of a player's connections is the newest, over all gateways: a Lamport clock that follows the wall clock. What a
 * gateway numbers after it has heard of another connection is higher, however far the clocks are apart; two connections
 * that are made at the same moment are ordered by their gateways' names. The order is total: exactly one stays.
 *
 * Source: Leslie Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System" (CACM 21/7, 1978).
 */
export class Arrivals {
  #newest = 0;

  /** The number of a connection that is made now. */
  next(wallMs: number): number {
    this.#newest = Math.max(this.#newest + 1, Math.floor(wallMs));
    return this.#newest;
  }

  heard(order: number): void {
    // A number that nothing could follow would be the newest for ever.
    if (order < Number.MAX_SAFE_INTEGER / 2) this.#newest = Math.max(this.#newest, order);
  }
}

export function isNewer(arrival: Arrival, than: Arrival): boolean {
  if (arrival.order !== than.order) return arrival.order > than.order;
  return arrival.gateway > than.gateway;
}
