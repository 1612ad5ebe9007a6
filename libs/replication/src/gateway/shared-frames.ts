/** Steps from different revisions that are remembered at a time: clients rest on different ticks, and slow ones are behind. */
const MAX_STEPS = 16;
const ZONE_INDEXES = 256;

/**
 * What is new in a mirror, as frames, for all clients who knew everything up to the same revision: the first one's are assembled,
 * the others are sent the same bytes.
 */
export class SharedFrames {
  readonly #frames = new Map<number, readonly Uint8Array[]>();
  #revision = -1;

  /** The frames that lead from one revision to this one; undefined when nobody has assembled them. */
  find(revision: number, since: number, zoneIndex: number): readonly Uint8Array[] | undefined {
    return revision === this.#revision ? this.#frames.get(since * ZONE_INDEXES + zoneIndex) : undefined;
  }

  keep(revision: number, since: number, zoneIndex: number, frames: readonly Uint8Array[]): void {
    if (revision !== this.#revision) this.#frames.clear();
    this.#revision = revision;
    if (this.#frames.size < MAX_STEPS) this.#frames.set(since * ZONE_INDEXES + zoneIndex, frames);
  }
}
