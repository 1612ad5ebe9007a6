import { z } from 'zod';
import { defineCall, orRefusal } from './call.ts';
import { playerId, zoneId, zoneSpec } from './identifiers.ts';

/** What a shard tells of itself, under the lease `shards/<id>`. */
export const shardMember = z.object({
  id: z.string(),
  zones: z.int(),
  players: z.int(),
  /** The share of a core that its zones take, 0 to 1 and above; one that is no such share is never chosen by it. */
  load: z.number().catch(-1),
  /** Grows with every measurement of the load. */
  measurement: z.int().default(0),
  /** New at every start: another process of the same id does not run what the one before it ran. */
  run: z.string().max(64).optional(),
  /** Grows with every renewal. */
  heartbeat: z.int(),
  draining: z.boolean(),
});
export type ShardMember = z.output<typeof shardMember>;

/** Who runs a zone, under the lease `zones/<id>`. */
export const zoneOwner = z.object({
  shard: z.string(),
  world: z.string(),
  /** The newest epoch that is known; the shard may still be on its way to the next one. */
  epoch: z.int(),
  /** When it was last moved, in milliseconds since the Unix epoch; 0 for never. */
  movedAtMs: z.number().default(0),
});
export type ZoneOwner = z.output<typeof zoneOwner>;

export const leaseKeys = {
  shard: (id: string): string => `shards/${id}`,
  shards: 'shards/',
  zone: (id: string): string => `zones/${id}`,
  zones: 'zones/',
  ticket: (id: string): string => `tickets/${id}`,
  tickets: 'tickets/',
  /** Where a player was let in last: a hint, which the zone confirms. */
  seat: (player: string): string => `seats/${player}`,
  seats: 'seats/',
  session: (id: string): string => `sessions/${id}`,
  leader: 'leaders/session',
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

/** A zone, as its shard sees it. */
export const runningZone = z.object({
  zone: zoneId,
  epoch: z.int(),
  tick: z.int(),
  players: z.int(),
  load: z.number(),
});
export type RunningZoneStatus = z.output<typeof runningZone>;

export const shardCalls = {
  /**
   * Runs the zone. Idempotent: one that runs here already answers its epoch. `owner` says what is known of who runs it
   * elsewhere: one that is `closing` is waited for, for a second at most; nobody waits for one that will not close (`gone`),
   * nor when nothing is known.
   */
  activate: defineCall(
    'shard.*.zone.activate',
    z.object({ spec: zoneSpec, owner: z.enum(['unknown', 'closing', 'gone']).default('unknown') }),
    orRefusal(z.object({ epoch: z.int() })),
    8000,
  ),
  /**
   * Has everything ready for a zone that another shard runs, and keeps it so for five seconds: its activation then is a matter
   * of one record. The owner does not notice. Idempotent: asked again, it is kept for longer. A shard that has enough to
   * keep, or that stops, refuses; the zone can be moved there all the same.
   */
  prepare: defineCall(
    'shard.*.zone.prepare',
    z.object({ spec: zoneSpec }),
    orRefusal(z.object({ sequence: z.int() })),
    3500,
  ),
  /**
   * Answers when a zone that was asked to run here, with an owner that is `closing`, has all of the journal and waits for the
   * closing record alone: now is the time to ask the owner for it. Idempotent.
   */
  watches: defineCall(
    'shard.*.zone.watches',
    z.object({ zone: zoneId }),
    orRefusal(z.object({ sequence: z.int() })),
    500,
  ),
  /** Nobody comes for what was prepared. Idempotent. */
  forget: defineCall('shard.*.zone.forget', z.object({ zone: zoneId }), orRefusal(z.object({})), 500),
  /** Stores a snapshot of a zone that runs here and goes on: what is prepared from it has little to replay. */
  snapshot: defineCall('shard.*.zone.snapshot', z.object({ zone: zoneId }), orRefusal(z.object({})), 600),
  /** Somebody is there. */
  ping: defineCall('shard.*.ping', z.object({}), orRefusal(z.object({ heartbeat: z.int() })), 1000),
  /** The zones that run here, the busiest first. */
  zones: defineCall('shard.*.zones', z.object({}), orRefusal(z.object({ zones: z.array(runningZone) }))),
  /** Stops in an orderly way, to sleep or to go on at another shard, at once when that one `isPrepared`. */
  hibernate: defineCall(
    'shard.*.zone.hibernate',
    z.object({ zone: zoneId, goesOn: z.boolean().default(false), isPrepared: z.boolean().default(false) }),
    orRefusal(z.object({ tick: z.int(), hash: z.string() })),
    8000,
  ),
  standing: defineCall(
    'shard.*.zone.standing',
    z.object({ zone: zoneId, player: playerId }),
    orRefusal(standing),
  ),
} as const;
