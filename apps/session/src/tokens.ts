import { playerId, playerName } from '@overworld/contracts';
import { SignedTokens } from '@overworld/platform';
import { z } from 'zod';

/** Who comes, by which session, and where to. Without a zone: wherever the player has a seat, else the world's entry. */
const claims = z.object({
  player: playerId,
  name: playerName,
  sessionId: z.string(),
  sessionEndsAtMs: z.number(),
  world: z.string(),
  zone: z.string().optional(),
});
export type SeatClaims = z.output<typeof claims>;
export type SeatTokens = SignedTokens<typeof claims>;

/** Opens one door once, within seconds. */
export function ticketTokens(secret: Uint8Array): SeatTokens {
  return new SignedTokens({ secret, purpose: 'overworld/ticket', claims });
}

/** Opens the door to a seat that is still kept; any number of times while the session lasts. */
export function resumeTokens(secret: Uint8Array): SeatTokens {
  return new SignedTokens({ secret, purpose: 'overworld/resume', claims });
}
