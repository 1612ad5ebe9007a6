import { z } from 'zod';

export const playerId = z.string().regex(/^[0-9a-f]{16}$/, 'is 16 lower-case hexadecimal digits');
export const zoneId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is 1 to 63 lower-case letters, digits and hyphens');
/** Letters that show nothing (Hangul fillers, for one) would make a name that nobody can see. */
export const playerName = z
  .string()
  .min(1)
  .max(24)
  .regex(
    /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}](?:[\p{L}\p{N} _'.-]*[\p{L}\p{N}])?$/u,
    'is letters, digits and single marks between them',
  );

/** Bytes in JSON. */
export const base64 = z.base64();

/** What makes a zone: written to its journal once, at its birth. */
export const zoneSpec = z.object({
  id: zoneId,
  zoneNumber: z.int().min(0).max(0xffffffff),
  world: z.string().max(63),
  ruleset: z.string().max(63),
  seed: z.string().max(64),
  params: z.json(),
});
export type ZoneSpecMessage = z.output<typeof zoneSpec>;
