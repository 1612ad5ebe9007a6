/** Steps from different revisions that are remembered at a time: clients rest on different ticks, slow ones are behind. */
const MAX_STEPS = 16;
const ZONE_INDEX_AT = 2;

/**
 * What is new in a mirror, as one frame, for all clients who knew everything up to the same revision: the first
 * one's is assembled, the others are sent the same.
 */
export class SharedFrames {
  readonly #frames = new Map<number, Uint8Array>();
  #revision = -1;

  /**
   * The frame that leads from one revision to this one, empty when nothing is new; undefined when nobody has
   * assembled it. It is the same object for all who know the zone by the same number, and never changes.
   */
  find(revision: number, since: number, zoneIndex: number): Uint8Array | undefined {
    const frame = revision === this.#revision ? this.#frames.get(since) : undefined;
    if (frame === undefined || frame.length === 0 || frame[ZONE_INDEX_AT] === zoneIndex) return frame;
    const renumbered = frame.slice();
    renumbered[ZONE_INDEX_AT] = zoneIndex;
    this.#frames.set(since, renumbered);
    return renumbered;
  }

  keep(revision: number, since: number, frame: Uint8Array): void {
    if (revision !== this.#revision) this.#frames.clear();
    this.#revision = revision;
    if (this.#frames.size < MAX_STEPS) this.#frames.set(since, frame);
  }
}
