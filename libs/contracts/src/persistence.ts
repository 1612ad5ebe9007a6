import { z } from 'zod';
import { defineCall, orRefusal } from './call.ts';
import { playerId, playerName, zoneId, zoneSpec } from './identifiers.ts';

const world = z.string().min(1).max(63);
const sessionId = z.string().min(8).max(64);
/** SHA-256 of a refresh token: the tokens themselves are never stored. */
const tokenHash = z.string().regex(/^[0-9a-f]{64}$/, 'is 64 lower-case hexadecimal digits');
const reason = z.string().min(1).max(64);

export const account = z.object({ player: playerId, name: playerName });
export type Account = z.output<typeof account>;

export const storedSession = z.object({
  sessionId,
  player: playerId,
  name: playerName,
  endsAtMs: z.number(),
  /** Why it was revoked; null while it was not. */
  revoked: reason.nullable(),
});
export type StoredSession = z.output<typeof storedSession>;

/** A zone as it was registered first. */
export const registeredZone = zoneSpec.extend({ closed: z.boolean() });
export type RegisteredZone = z.output<typeof registeredZone>;

/** What outlives a player's stay: the newest one that a zone has saved. */
export const storedCharacter = z.object({
  player: playerId,
  world,
  zone: zoneId,
  name: z.string(),
  /** Grows with every change of ownership; of two saves the one with the higher number counts. */
  entityEpoch: z.int(),
  /** True when the player had left the world with this save, false while he was believed to be in `zone`. */
  left: z.boolean(),
  /** The kept components by name, as the ruleset's `encodeCharacter` takes them. */
  kept: z.record(z.string(), z.json()),
  savedAtMs: z.number(),
});
export type StoredCharacter = z.output<typeof storedCharacter>;

/** The longest page of registered zones: it stays far below what one message of the bus may carry. */
export const MAX_REGISTERED_PAGE = 200;

/**
 * The largest snapshot that is archived, compressed: as base64 and with the words around it, it has to fit into one
 * message of the bus (1 MiB on NATS unless an operator raises it).
 */
export const MAX_ARCHIVED_BYTES = 720_000;

/** The state of a zone that sleeps, and where in its journal it belongs. */
export const storedSnapshot = z.object({
  zone: zoneId,
  tick: z.int(),
  epoch: z.int(),
  journalSequence: z.int(),
  codeHash: z.string().max(64),
  hash: z.string().max(64),
  /** Base64 of the zone's stored snapshot, compressed with zstd. */
  bytes: z.string().max((MAX_ARCHIVED_BYTES / 3) * 4),
});
export type StoredSnapshot = z.output<typeof storedSnapshot>;

const accountCalls = {
  /** The account of this name, made when there is none. Names that differ in case only are the same. */
  guest: defineCall('persistence.account.guest', z.object({ username: playerName }), orRefusal(account)),
  find: defineCall(
    'persistence.account.find',
    z.object({ player: playerId }),
    orRefusal(z.object({ account: account.nullable() })),
  ),
} as const;

const sessionStoreCalls = {
  /** The end is at most four hours away; a later one is cut to that. */
  create: defineCall(
    'persistence.session.create',
    z.object({ sessionId, player: playerId, refreshHash: tokenHash, endsAtMs: z.number() }),
    orRefusal(z.object({ created: z.literal(true), endsAtMs: z.number() })),
  ),
  find: defineCall(
    'persistence.session.find',
    z.object({ sessionId }),
    orRefusal(z.object({ session: storedSession.nullable() })),
  ),
  /**
   * Puts the next refresh token in the place of the newest one. A token works once: one that was replaced before is
   * answered `reused` and ends the session, for one of the two who hold it is a thief.
   */
  rotate: defineCall(
    'persistence.session.rotate',
    z.object({ sessionId, oldHash: tokenHash, newHash: tokenHash }),
    orRefusal(z.object({ outcome: z.enum(['rotated', 'reused', 'revoked', 'expired', 'unknown']) })),
  ),
  /** Answers `revoked: true` when this call ended the session, false when it had ended before or never was. */
  revoke: defineCall(
    'persistence.session.revoke',
    z.object({ sessionId, reason }),
    orRefusal(z.object({ revoked: z.boolean() })),
  ),
} as const;

const characterCalls = {
  find: defineCall(
    'persistence.character.find',
    z.object({ player: playerId, world }),
    orRefusal(z.object({ character: storedCharacter.nullable() })),
  ),
  /** All characters of a player, the last saved first. */
  list: defineCall(
    'persistence.character.list',
    z.object({ player: playerId }),
    orRefusal(z.object({ characters: z.array(storedCharacter) })),
  ),
} as const;

const zoneCalls = {
  /** The zone of this id, registered when it is new: its number is given once; the first seed and params stand. */
  register: defineCall(
    'persistence.zone.register',
    zoneSpec.omit({ zoneNumber: true }),
    orRefusal(z.object({ zone: registeredZone })),
  ),
  find: defineCall(
    'persistence.zone.find',
    z.object({ zone: zoneId }),
    orRefusal(z.object({ zone: registeredZone.nullable() })),
  ),
  /**
   * A page of the zones that are not closed and were registered at least so long ago, by zone number: `after` is the number
   * to go on behind, which the page before answered as `next`; the last page answers null.
   */
  list: defineCall(
    'persistence.zone.list',
    z.object({
      world: world.optional(),
      after: z.int().min(0).default(0),
      limit: z.int().min(1).max(MAX_REGISTERED_PAGE).default(MAX_REGISTERED_PAGE),
      minAgeMs: z.number().min(0).default(0),
    }),
    orRefusal(z.object({ zones: z.array(registeredZone), next: z.int().nullable().default(null) })),
  ),
  /** How many zones of the world are not closed and name this player as `owner` in their params. */
  countOwned: defineCall(
    'persistence.zone.owned',
    z.object({ world, owner: playerId }),
    orRefusal(z.object({ count: z.int() })),
  ),
  /** Closes it for good: the id is not used again. Answers true when this call closed it. */
  close: defineCall(
    'persistence.zone.close',
    z.object({ zone: zoneId }),
    orRefusal(z.object({ closed: z.boolean() })),
  ),
  /** Keeps the newest: one that belongs earlier in the journal than what is stored changes nothing. */
  putSnapshot: defineCall(
    'persistence.zone.snapshot.put',
    storedSnapshot,
    orRefusal(z.object({ stored: z.boolean() })),
    5_000,
  ),
  getSnapshot: defineCall(
    'persistence.zone.snapshot.get',
    z.object({ zone: zoneId }),
    orRefusal(z.object({ snapshot: storedSnapshot.nullable() })),
    5_000,
  ),
} as const;

/** What the persistence service answers; all of it besides `effects.apply`, which zones ask for in bytes. */
export const persistenceCalls = {
  account: accountCalls,
  session: sessionStoreCalls,
  character: characterCalls,
  zone: zoneCalls,
} as const;
