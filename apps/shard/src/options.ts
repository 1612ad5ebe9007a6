export interface ShardOptions {
  /** Unique among the shards. */
  readonly id: string;
  /** A zone without players for so long is put to sleep. */
  readonly zoneIdleSeconds: number;
  readonly snapshotSeconds: number;
  /** Before it says that it is there, takes zones over for practice, so that its first real one pauses no longer. */
  readonly rehearses?: boolean;
}

export const SHARD_OPTIONS = Symbol('ShardOptions');
export const SHARD_LEASE = Symbol('ShardLease');
export const ZONE_HOST = Symbol('ZoneHost');
export const ZONE_METRICS = Symbol('ZoneMetrics');
