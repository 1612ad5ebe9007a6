import { type AnyRuleset, defineRuleset } from '@overworld/ruleset';
import { forest } from '@overworld/ruleset-forest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { moveOf } from './rehearsal-move.ts';

function rulesetWith(inputs: Record<string, { schema: z.ZodType; policy: 'latest' | 'all' }>): AnyRuleset {
  return defineRuleset({
    name: 'yard',
    tickHz: 20,
    capacity: { players: 1, entities: 1 },
    gap: { policy: 'hold' },
    components: {},
    interest: { everything: true },
    inputs,
    input: Object.fromEntries(Object.keys(inputs).map((name) => [name, () => {}])),
    join: (zone: { spawn(value: object): number }) => zone.spawn({}),
  } as never) as AnyRuleset;
}

describe('what a rehearsal asks a zone for', () => {
  it('[RM1] is movement, to and fro', () => {
    const move = moveOf(forest as unknown as AnyRuleset);
    expect(move?.input.name).toBe('move');
    expect(move?.values).toContainEqual({ dx: 100, dy: 100 });
    expect(move?.values).toContainEqual({ dx: -100, dy: -100 });
  });

  it('[RM2] is what the schema accepts', () => {
    const step = z.object({ dx: z.int().min(0).max(1), how: z.enum(['walk', 'run']) });
    const move = moveOf(rulesetWith({ step: { schema: step, policy: 'latest' } }));
    expect(move?.values).toEqual([
      { dx: 1, how: 'walk' },
      { dx: 0, how: 'walk' },
    ]);
  });

  it('[RM3] is nothing where nothing can be found', () => {
    const code = z.object({ code: z.string().regex(/^[0-9]{9}$/) });
    expect(moveOf(rulesetWith({ open: { schema: code, policy: 'all' } }))).toBeUndefined();
    expect(moveOf(rulesetWith({}))).toBeUndefined();
  });
});
