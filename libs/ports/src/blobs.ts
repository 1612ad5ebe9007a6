/** Named immutable byte strings (snapshots). A put is atomic: a reader sees the old bytes or the new ones, whole. */
export interface Blobs {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  delete(key: string): Promise<void>;
  list(prefix: string): Promise<readonly string[]>;
}
