import type { Refusal } from '@overworld/contracts';

/** What the session service needs to remember. Expected refusals are returned; a store out of reach refuses `busy`. */
export interface SessionStores {
  /** The account of this name, made at its first use. Names that differ in case alone are one. */
  guest(name: string): Promise<{ readonly player: string; readonly name: string } | Refusal>;
  createSession(session: NewSession): Promise<{ readonly created: true } | Refusal>;
  findSession(sessionId: string): Promise<StoredSession | Refusal>;
  /** Puts `newHash` in the place of `oldHash`, once. An old hash that was replaced before is answered `reused`. */
  rotate(sessionId: string, oldHash: string, newHash: string): Promise<RotateOutcome | Refusal>;
  revoke(sessionId: string, reason: string): Promise<{ readonly revoked: boolean } | Refusal>;
  findCharacter(player: string, world: string): Promise<StoredCharacter | Refusal>;
  /** Gives a zone its number and seed at the first call, the same ones ever after. */
  registerZone(zone: NewZone): Promise<RegisteredZone | Refusal>;
  findZone(zone: string): Promise<RegisteredZone | Refusal>;
  /** A page of the world's zones that are not closed, by number. */
  listZones(world: string, page: RegisteredPage): Promise<ListedZones | Refusal>;
  /** How many zones of the world that are not closed name this player as their owner. */
  countOwned(world: string, owner: string): Promise<{ readonly count: number } | Refusal>;
  closeZone(zone: string): Promise<{ readonly closed: boolean } | Refusal>;
}

export interface NewSession {
  readonly sessionId: string;
  readonly player: string;
  readonly refreshHash: string;
  readonly endsAtMs: number;
}

export interface StoredSession {
  readonly sessionId: string;
  readonly player: string;
  readonly name: string;
  readonly endsAtMs: number;
  readonly revoked: boolean;
}

export type RotateOutcome = { readonly outcome: 'rotated' | 'reused' | 'revoked' | 'expired' | 'unknown' };

export interface NewZone {
  readonly id: string;
  readonly world: string;
  readonly ruleset: string;
  readonly seed: string;
  readonly params: unknown;
}

export interface RegisteredZone extends NewZone {
  readonly zoneNumber: number;
  /** Closed for good: its id is not used again. */
  readonly closed: boolean;
}

export interface RegisteredPage {
  /** The number behind which the page begins; 0 for the first. */
  readonly after: number;
  readonly limit: number;
  /** Those that were registered at least so long ago. */
  readonly minAgeMs: number;
}

export interface ListedZones {
  readonly zones: readonly RegisteredZone[];
  /** What to go on behind; null after the last page. */
  readonly next: number | null;
}

export interface StoredCharacter {
  /** The kept components, base64; empty for a player who is new in the world. */
  readonly character: string;
  /** The player is in no zone of the world, as far as the last save of the character knows. */
  readonly hasLeft: boolean;
}
