import { z } from 'zod';
import { defineCall, defineNotice, orRefusal } from './call.ts';
import { base64, playerId, playerName, zoneId } from './identifiers.ts';
import { shardMember, zoneOwner } from './shard.ts';

/** What a gateway needs to know of a zone before it can show it. */
export const zonePlace = z.object({
  zone: zoneId,
  world: z.string(),
  ruleset: z.string(),
  params: z.json(),
});
export type ZonePlace = z.output<typeof zonePlace>;

/** A player's right to one seat, redeemed. */
export const seat = zonePlace.extend({
  player: playerId,
  name: playerName,
  sessionId: z.string(),
  /** The kept components, base64; empty for a new character, `HELD_SEAT` when the player has a seat in the zone. */
  character: base64,
  /** Brings the player back to this seat after a drop. */
  resume: z.string(),
  sessionEndsAtMs: z.number(),
});
export type Seat = z.output<typeof seat>;

const gateway = z.string().max(64);

/** The longest page of zones that are placed: it stays far below what one message of the bus may carry. */
export const MAX_PLACED_PAGE = 500;

/** Which part of a listing by id is asked for. */
export const zonePage = z.object({
  /** The id behind which the page begins; the page before answered it as `next`. */
  after: z.string().max(63).default(''),
  limit: z.int().min(1).max(MAX_PLACED_PAGE).default(MAX_PLACED_PAGE),
});
export type ZonePage = z.output<typeof zonePage>;

/** What to ask for the page behind this one with; null when it was the last. */
export const zonePageEnd = z.string().nullable().default(null);

/** A player stands between two zones meanwhile: one that does not answer at once is asked again, or another one is. */
const MOVED_TIMEOUT_MS = 500;

export const sessionCalls = {
  /** Single use: the second redemption is refused with `ticket-used`. */
  redeemTicket: defineCall(
    'session.ticket.redeem',
    z.object({ ticket: z.string().max(2048), gateway }),
    orRefusal(seat),
    8000,
  ),
  resume: defineCall(
    'session.seat.resume',
    z.object({ resume: z.string().max(2048), gateway }),
    orRefusal(seat),
    8000,
  ),
  /** A handoff took the player to another zone: where that is, and the way back to it after a drop. */
  moved: defineCall(
    'session.player.moved',
    z.object({
      player: playerId,
      name: playerName,
      sessionId: z.string(),
      sessionEndsAtMs: z.number(),
      zone: zoneId,
    }),
    orRefusal(zonePlace.extend({ resume: z.string() })),
    MOVED_TIMEOUT_MS,
  ),
  /** Makes sure that a shard runs the zone. */
  ensureZone: defineCall(
    'session.zone.ensure',
    z.object({ zone: zoneId }),
    orRefusal(zonePlace.extend({ epoch: z.int() })),
    8000,
  ),
  /**
   * Moves a zone that runs to another shard, the one named or the one with the least to do. Asking again for the same shard
   * changes nothing.
   */
  moveZone: defineCall(
    'session.zone.move',
    z.object({ zone: zoneId, to: z.string().max(63).optional() }),
    orRefusal(z.object({ zone: zoneId, from: z.string(), to: z.string(), epoch: z.int() })),
    12_000,
  ),
  /** Where everything runs: all shards, and a page of the zones. */
  listZones: defineCall(
    'session.zone.list',
    zonePage,
    orRefusal(
      z.object({
        shards: z.array(shardMember.extend({ alive: z.boolean() })),
        zones: z.array(zoneOwner.extend({ zone: zoneId })),
        next: zonePageEnd,
      }),
    ),
  ),
} as const;

export const sessionNotices = {
  /** The player has left the zone for good: there is no seat to come back to. */
  playerLeft: defineNotice('session.player.left', z.object({ player: playerId, zone: zoneId })),
} as const;

export const gatewayNotices = {
  /** The session ended before its time: its sockets are closed and its access tokens count no longer. */
  sessionRevoked: defineNotice(
    'gateway.session.revoked',
    z.object({ sessionId: z.string(), player: playerId, reason: z.string().max(64) }),
  ),
  /** The zone is closed for good: whoever is in it has to go. */
  zoneClosed: defineNotice('gateway.zone.closed', z.object({ zone: zoneId })),
  /**
   * The player has connected to a gateway: older connections, at whatever gateway, are closed with `replaced`. A connection
   * is newer when its order is higher, or with the same order its gateway's name is; a gateway that is told of an older
   * one than its own tells of its own again.
   */
  playerArrived: defineNotice(
    'gateway.player.arrived',
    z.object({
      player: playerId,
      gateway,
      connection: z.string().max(64),
      order: z.int().min(0),
      /** Of one session: the same client, which goes over from one gateway to another. */
      sessionId: z.string(),
    }),
  ),
  /** The player is removed from the game, wherever connected; the reason is for the player's eyes. */
  kick: defineNotice('gateway.kick', z.object({ player: playerId, reason: z.string().max(200) })),
  /** A line to everybody. */
  notice: defineNotice('gateway.notice', z.object({ text: z.string().min(1).max(500) })),
} as const;
