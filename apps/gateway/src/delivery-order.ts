/** What a viewer waits for, behind what it was shown last. */
export type Wait =
  /** For nothing: everything is answered. */
  | 'none'
  /** For an answer to the same input as before. */
  | 'still'
  /** That one is answered; inputs behind it are not. */
  | 'anew';

/** Who is shown a zone. */
export interface Viewer {
  /** Shows what is new. Without effect when that has been done since the zone's last news. */
  deliver(): void;
  /** Asked behind `deliver` of a viewer that awaits an answer. */
  wait(): Wait;
}

/**
 * In which order players are shown a tick: first those who wait for an answer, the longest wait first. The last of many gets his
 * frame when those of all others have been made; who waits longest is not to wait for that, too.
 */
export class DeliveryOrder {
  /** By the time since which they wait. */
  readonly #awaiting: Viewer[] = [];
  readonly #anew: Viewer[] = [];

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
      const wait = viewer.wait();
      if (wait === 'still') awaiting[kept++] = viewer;
      else if (wait === 'anew') this.#anew.push(viewer);
    }
    awaiting.length = kept;
    for (const viewer of this.#anew) awaiting.push(viewer);
    this.#anew.length = 0;
    for (const viewer of viewers) viewer.deliver();
  }
}
