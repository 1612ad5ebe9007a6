/** More than a zone tells one player while two connections overlap. */
const KEPT = 256;

/**
 * What was heard lately, so that nothing is heard twice: another gateway, to which the client goes over or comes back, may be
 * a few ticks behind the one before, and then tells the last events again.
 */
export class HeardEvents {
  readonly #heard: string[] = [];
  /** How often an event of the connections before may still come again. */
  #before = new Map<string, number>();

  /** From now on another connection tells. */
  restart(): void {
    this.#before = new Map();
    for (const key of this.#heard) this.#before.set(key, (this.#before.get(key) ?? 0) + 1);
  }

  /** False when this is an event that was heard before. Two equal ones of one tick are two. */
  take(event: unknown): boolean {
    const key = JSON.stringify(event);
    const times = this.#before.get(key) ?? 0;
    if (times > 0) {
      this.#before.set(key, times - 1);
      return false;
    }
    this.#heard.push(key);
    if (this.#heard.length > KEPT) this.#heard.shift();
    return true;
  }
}
