/** Steps from different revisions that are remembered at a time: clients rest on different ticks, slow ones are behind. */
const MAX_STEPS = 16;
/** Clients who came through a gate, or a second time, may know a zone by other numbers: so many of these are remembered besides. */
const MAX_RENUMBERED = 64;
const ZONE_INDICES = 256;
const ZONE_INDEX_AT = 2;

/**
 * What is new in a mirror, as one frame, for all clients who knew everything up to the same revision: the first
 * one's is assembled, the others are sent the same.
 */
export class SharedFrames {
  readonly #frames = new Map<number, Uint8Array>();
  /** The same under other numbers of the zone. */
  readonly #renumbered = new Map<number, Uint8Array>();
  #revision = -1;

  /**
   * The frame that leads from one revision to this one, empty when nothing is new; undefined when nobody has
   * assembled it. It never changes, and is the same object for all who know the zone by the same number.
   */
  find(revision: number, since: number, zoneIndex: number): Uint8Array | undefined {
    const frame = revision === this.#revision ? this.#frames.get(since) : undefined;
    if (frame === undefined || frame.length === 0 || frame[ZONE_INDEX_AT] === zoneIndex) return frame;
    return this.#renumber(frame, since, zoneIndex);
  }

  keep(revision: number, since: number, frame: Uint8Array): void {
    if (revision !== this.#revision) {
      this.#frames.clear();
      this.#renumbered.clear();
    }
    this.#revision = revision;
    if (this.#frames.size < MAX_STEPS) this.#frames.set(since, frame);
  }

  #renumber(frame: Uint8Array, since: number, zoneIndex: number): Uint8Array {
    const key = since * ZONE_INDICES + zoneIndex;
    const known = this.#renumbered.get(key);
    if (known !== undefined) return known;
    const renumbered = frame.slice();
    renumbered[ZONE_INDEX_AT] = zoneIndex;
    if (this.#renumbered.size < MAX_RENUMBERED) this.#renumbered.set(key, renumbered);
    return renumbered;
  }
}
