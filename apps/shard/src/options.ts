export interface ShardOptions {
  /** Unique among the shards. */
  readonly id: string;
  /** A zone without players for so long is put to sleep. */
  readonly zoneIdleSeconds: number;
  readonly snapshotSeconds: number;
}

export const SHARD_OPTIONS = Symbol('ShardOptions');
export const SHARD_LEASE = Symbol('ShardLease');
export const ZONE_HOST = Symbol('ZoneHost');
export const ZONE_METRICS = Symbol('ZoneMetrics');
