import type { ZoneObservation } from '@overworld/zone';

export interface ShardOptions {
  readonly id: string;
  /** A zone without players for so long is put to sleep. */
  readonly zoneIdleSeconds: number;
  readonly snapshotSeconds: number;
  /** Told of everything that happens in the zones; must be quick and must not throw. */
  readonly observe?: (observation: ZoneObservation) => void;
}

export const SHARD_OPTIONS = Symbol('ShardOptions');
export const ZONE_HOST = Symbol('ZoneHost');
