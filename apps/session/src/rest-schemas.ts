import { playerId, playerName, zoneId } from '@overworld/contracts';
import { REFUSALS, type RefusalReason } from '@overworld/protocol';
import { z } from 'zod';
import { lobbyCapacity } from './lobbies.ts';

/** The bodies of the REST interface: checked by these, typed by these, documented by these. */
const worldName = z.string().min(1).max(63).describe('A world of GET /worlds');

export const loginBody = z.object({
  username: z
    .string()
    .max(100)
    .transform((name) => name.normalize('NFKC').trim().replace(/\s+/g, ' '))
    .describe('1 to 24 characters; the same name is the same player'),
});
export const refreshBody = z.object({ refreshToken: z.string().min(1).max(200) });
export const joinBody = z
  .object({ world: worldName.optional(), zone: zoneId.optional() })
  .refine(({ world, zone }) => (world === undefined) !== (zone === undefined), 'give either world or zone');
export const lobbyBody = z.object({
  world: worldName.default('lobby'),
  capacity: lobbyCapacity.optional(),
});
export const lobbyCode = z.string().min(1).max(32);

export const tokensAnswer = z.object({
  player: playerId,
  name: playerName,
  accessToken: z.string(),
  refreshToken: z.string().describe('Works once: each answer brings the next one'),
  expiresInSeconds: z.int().describe('Of the access token'),
  sessionEndsInSeconds: z.int(),
});
export const okAnswer = z.object({ ok: z.literal(true) });
export const ticketAnswer = z.object({
  ticket: z.string().describe('Opens the zone once: socket.io event `join {ticket}`'),
  url: z.string().describe('Where to connect with socket.io'),
  zone: zoneId,
  world: z.string(),
  expiresInSeconds: z.int(),
});
export const worldsAnswer = z.object({
  worlds: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      ruleset: z.string(),
      lobbies: z.boolean().describe('Entered by a lobby code'),
    }),
  ),
});
export const lobbyAnswer = z.object({
  code: z.string(),
  zone: zoneId,
  world: z.string(),
  capacity: z.int(),
  players: z.int(),
  yours: z.boolean(),
});
export const refusalAnswer = z.object({
  reason: z.enum(Object.keys(REFUSALS) as [RefusalReason, ...RefusalReason[]]),
  detail: z.string(),
  next: z.string().describe('What to do about it'),
});

export type Tokens = z.output<typeof tokensAnswer>;
export type Ticket = z.output<typeof ticketAnswer>;
export type Worlds = z.output<typeof worldsAnswer>;
export type LobbyView = z.output<typeof lobbyAnswer>;
