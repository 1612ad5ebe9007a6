import { z } from 'zod';
import { defineCall, orRefusal } from './call.ts';
import { playerId, zoneId, zoneSpec } from './identifiers.ts';

/** What a shard tells of itself, under the lease `shards/<id>`. */
export const shardMember = z.object({
  id: z.string(),
  zones: z.int(),
  players: z.int(),
  /** The share of a core that its zones take, 0 to 1 and above. */
  load: z.number(),
  /** Grows with every renewal. */
  heartbeat: z.int(),
  draining: z.boolean(),
});
export type ShardMember = z.output<typeof shardMember>;

/** Who runs a zone, under the lease `zones/<id>`. */
export const zoneOwner = z.object({ shard: z.string(), world: z.string(), epoch: z.int() });
export type ZoneOwner = z.output<typeof zoneOwner>;

export const leaseKeys = {
  shard: (id: string): string => `shards/${id}`,
  shards: 'shards/',
  zone: (id: string): string => `zones/${id}`,
  zones: 'zones/',
  ticket: (id: string): string => `tickets/${id}`,
} as const;

/** Where a player stands in a zone, as its newest state has it. */
export const standing = z.object({
  seat: z.enum(['none', 'connected', 'dropped', 'leaving']),
  /** The zone that a handoff takes the player to, while it is under way. */
  toZone: z.string(),
  /** Effects of this player (a saved character, above all) that the database does not have yet. */
  pendingEffects: z.int(),
  players: z.int(),
});
export type Standing = z.output<typeof standing>;

export const shardCalls = {
  /** Idempotent: a zone that runs here already answers its epoch. */
  activate: defineCall(
    'shard.*.zone.activate',
    z.object({ spec: zoneSpec }),
    orRefusal(z.object({ epoch: z.int() })),
    8000,
  ),
  hibernate: defineCall(
    'shard.*.zone.hibernate',
    z.object({ zone: zoneId }),
    orRefusal(z.object({ tick: z.int(), hash: z.string() })),
    8000,
  ),
  standing: defineCall(
    'shard.*.zone.standing',
    z.object({ zone: zoneId, player: playerId }),
    orRefusal(standing),
  ),
} as const;
