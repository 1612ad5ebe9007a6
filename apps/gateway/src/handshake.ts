import { LIMITS, PROTOCOL_VERSION } from '@overworld/protocol';
import { z } from 'zod';

export const handshake = z.object({
  token: z.string().max(2048),
  protocol: z.int(),
  frames: z.enum(['raw', 'event']).default('event'),
  maxMessageBytes: z.int().min(LIMITS.minMessageBytes).max(16_777_216).default(LIMITS.maxMessageBytes),
});
export type HandshakeRequest = z.output<typeof handshake>;

export function speaksOurProtocol(version: number): boolean {
  return version === PROTOCOL_VERSION;
}

export const joinRequest = z.union([
  z.object({ ticket: z.string().max(2048) }),
  z.object({ resume: z.string().max(2048) }),
]);
export const aiRequest = z.object({ text: z.string().trim().min(1).max(LIMITS.aiTextMaxChars) });
export const chatRequest = z.object({
  to: z.enum(['world', 'zone']),
  text: z.string().trim().min(1).max(LIMITS.chatMaxChars),
});
/** The value is checked by the ruleset's own schema afterwards. */
export const inputMessage = z.object({
  sequence: z.int().min(1).max(0xffffffff),
  name: z.string().max(63),
  value: z.unknown(),
  tick: z.int().min(0).max(0xffffffff).default(0),
});
