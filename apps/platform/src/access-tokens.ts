import { playerId, playerName } from '@overworld/contracts';
import { z } from 'zod';
import { SignedTokens } from './signed-tokens.ts';

export const accessClaims = z.object({
  player: playerId,
  name: playerName,
  sessionId: z.string().max(64),
  sessionEndsAtMs: z.number(),
});
export type AccessClaims = z.output<typeof accessClaims>;

export type AccessTokens = SignedTokens<typeof accessClaims>;

/** What a player shows at every door: to the session service over HTTP, to a gateway in the handshake. */
export function accessTokens(secret: Uint8Array): AccessTokens {
  return new SignedTokens({ secret, purpose: 'overworld/access', claims: accessClaims });
}
