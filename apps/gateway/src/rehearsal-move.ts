import type { ValueType } from '@overworld/protocol';
import type { AnyRuleset } from '@overworld/ruleset';
import type { Move } from './rehearsal-player.ts';

/** What numbers of an input are tried with, the most lively first. */
const NUMBERS = [100, 1, 0] as const;
const TEXT = 'a';

/** An input of this ruleset with values that it accepts, movement before others; undefined when none can be found. */
export function moveOf(ruleset: AnyRuleset): Move | undefined {
  const inputs = [...ruleset.inputs].sort((a, b) => rank(a.policy) - rank(b.policy));
  for (const input of inputs) {
    for (const number of NUMBERS) {
      const [forth, ...others] = [number, -number, 0].map((each) => input.parse(filled(input.type, each)));
      if (!forth?.ok) continue;
      const values = [forth, ...others].flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
      return { input, values };
    }
  }
  return undefined;
}

function rank(policy: string): number {
  return policy === 'latest' ? 0 : 1;
}

/** A value of the type, in which every number is the one given. Types do not nest deeper than they are written. */
function filled(type: ValueType, number: number): unknown {
  switch (type.t) {
    case 'bool':
      return number > 0;
    case 'enum':
      return type.values[0];
    case 'string':
      return TEXT;
    case 'array':
      return [];
    case 'json':
      return null;
    case 'object':
      return Object.fromEntries(type.fields.map(({ name, value }) => [name, filled(value, number)]));
    default:
      return number;
  }
}
