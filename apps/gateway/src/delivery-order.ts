/** Who is shown a zone. */
export interface Viewer {
  /** Shows what is new. Without effect when that has been done since the zone's last news. */
  deliver(): void;
  /** An input of the player was handed to the zone, and the zone has not answered it yet. */
  readonly isAwaiting: boolean;
}

/**
 * In which order players are shown a tick: first those who wait for an answer, the longest wait first. The last of many gets his
 * frame when those of all others have been made; who waits longest is not to wait for that, too.
 */
export class DeliveryOrder {
  /** By the time of the first input that is not answered. */
  readonly #awaiting: Viewer[] = [];

  /** A viewer who awaited nothing has begun to. */
  await(viewer: Viewer): void {
    this.#awaiting.push(viewer);
  }

  /** All of them; the order of those who await nothing stays. */
  deliver(viewers: Iterable<Viewer>): void {
    const awaiting = this.#awaiting;
    let kept = 0;
    for (let index = 0; index < awaiting.length; index++) {
      const viewer = awaiting[index] as Viewer;
      viewer.deliver();
      if (viewer.isAwaiting) awaiting[kept++] = viewer;
    }
    awaiting.length = kept;
    for (const viewer of viewers) viewer.deliver();
  }
}
