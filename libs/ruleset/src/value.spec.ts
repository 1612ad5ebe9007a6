import { expect, it } from 'vitest';
import { z } from 'zod';
import { compileValue } from './value.ts';

const point = z.object({ x: z.number(), y: z.number() });
const tree = z.object({
  name: z.string(),
  get children() {
    return z.array(tree);
  },
});

it.each([
  ['numbers, words and parts', true, z.object({ at: point, kinds: z.array(z.enum(['a', 'b'])).max(4) })],
  ['bounds', true, z.object({ dir: z.number().min(0).max(7), note: z.string().max(9).optional() })],
  ['a trimmed text', false, z.object({ note: z.string().max(9).trim() })],
  ['an address in its one form', false, z.object({ page: z.url({ normalize: true }) })],
  ['a default', false, z.object({ count: z.int().default(1) })],
  ['a transformation', false, z.object({ count: z.int().transform((count) => count * 2) })],
  ['a check of its own', false, z.object({ count: z.int() }).refine(({ count }) => count > 1)],
  ['something else than an object', false, z.union([z.string().max(9), z.number()])],
  // They travel as JSON, in which there may be more than the schema names.
  ['a part with a name', false, z.object({ at: point.meta({ id: 'SpecPoint' }) })],
  ['a part that is itself', false, tree],
])('%s: gives back what it is given: %s', (_, isPlain, schema) => {
  expect(compileValue('spec', 0, schema).isPlain).toBe(isPlain);
});
