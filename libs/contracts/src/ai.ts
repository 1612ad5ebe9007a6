import { z } from 'zod';
import { defineCall, orRefusal } from './call.ts';
import { playerId, zoneId } from './identifiers.ts';

/** What the ai may know of the player's surroundings: no more than the player sees. */
export const aiSight = z.object({
  x: z.number(),
  y: z.number(),
  /** Other players in sight. */
  others: z.array(z.object({ name: z.string(), x: z.number(), y: z.number() })).max(64),
  /** Named places, such as a gate. */
  places: z.array(z.object({ name: z.string(), x: z.number(), y: z.number() })).max(64),
});
export type AiSight = z.output<typeof aiSight>;

export const aiInput = z.object({
  name: z.string().max(63),
  value: z.json(),
  /** When to give it, in milliseconds after the answer. */
  afterMs: z.number().min(0).max(60_000),
});
export type AiInput = z.output<typeof aiInput>;

export const aiCalls = {
  /** Turns a sentence into inputs. The asker checks them by the ruleset's own schema before they go anywhere. */
  command: defineCall(
    'ai.command',
    z.object({
      player: playerId,
      zone: zoneId,
      ruleset: z.string().max(63),
      text: z.string().max(200),
      sight: aiSight,
    }),
    orRefusal(z.object({ said: z.string().max(200), inputs: z.array(aiInput).max(16) })),
    3000,
  ),
} as const;
