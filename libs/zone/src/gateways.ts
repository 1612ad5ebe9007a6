/**
 * Which gateways are alive. One says so every second while it has players in the zone; one that is silent for too long
 * has lost them. After a takeover every gateway that the state names gets the whole time to speak up.
 */
export class Gateways {
  readonly #silenceMs: number;
  readonly #seenMs = new Map<string, number>();
  readonly #lost = new Set<string>();
  #openedMs: number;

  constructor(silenceMs: number, nowMs: number) {
    this.#silenceMs = silenceMs;
    this.#openedMs = nowMs;
  }

  get count(): number {
    return this.#seenMs.size;
  }

  /** True when it was not known before. */
  saw(gateway: string, nowMs: number): boolean {
    const isNew = !this.#seenMs.has(gateway);
    this.#seenMs.set(gateway, nowMs);
    this.#lost.delete(gateway);
    return isNew;
  }

  /** Time in which the zone could not listen does not count as silence. */
  forgive(nowMs: number): void {
    this.#openedMs = nowMs;
    for (const gateway of this.#seenMs.keys()) this.#seenMs.set(gateway, nowMs);
  }

  /** The gateways among `named` (those with connected players) that have just become lost; each is told once. */
  lost(named: Iterable<string>, nowMs: number): readonly string[] {
    const gone: string[] = [];
    for (const gateway of named) {
      const seenMs = this.#seenMs.get(gateway) ?? this.#openedMs;
      if (nowMs - seenMs < this.#silenceMs || this.#lost.has(gateway)) continue;
      this.#lost.add(gateway);
      gone.push(gateway);
    }
    this.#forgetSilent(nowMs);
    return gone;
  }

  #forgetSilent(nowMs: number): void {
    for (const [gateway, seenMs] of this.#seenMs) {
      if (nowMs - seenMs >= this.#silenceMs) this.#seenMs.delete(gateway);
    }
    if (this.#lost.size > 256) this.#lost.clear();
  }
}
