export interface Lease {
  readonly key: string;
  readonly value: Uint8Array;
  /** Grows with every change of this key; the witness of compare-and-set. */
  readonly revision: number;
}

export type LeaseOutcome =
  | { readonly kind: 'held'; readonly revision: number }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'unknown'; readonly detail: string };

/** At most `limit` leases, with keys behind `after`. */
export interface LeasePage {
  readonly after: string;
  readonly limit: number;
}

/**
 * A small key-value store with compare-and-set, read from its one truth (never from a replica that lags). It knows no
 * expiry: holders renew, observers count silence on their own monotonic clock.
 */
export interface Leases {
  get(key: string): Promise<Lease | undefined>;
  /** Creates the key; conflict when it exists. */
  create(key: string, value: Uint8Array): Promise<LeaseOutcome>;
  /** Writes when the key's revision is still `expectedRevision`. */
  update(key: string, value: Uint8Array, expectedRevision: number): Promise<LeaseOutcome>;
  delete(key: string, expectedRevision: number): Promise<LeaseOutcome>;
  /** In the order of the keys; with a page, only the next ones. Fewer than its limit are the last ones. */
  list(prefix: string, page?: LeasePage): Promise<readonly Lease[]>;
  /**
   * Present keys first, then changes in order; `undefined` as lease means deleted. Of changes to one key in quick succession the
   * last is told, and those before it may be left out. Returns the function that stops it.
   */
  watch(prefix: string, listener: (key: string, lease: Lease | undefined) => void): () => void;
}
