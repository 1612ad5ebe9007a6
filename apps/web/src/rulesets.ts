import type { AnyRuleset } from '@overworld/ruleset';
import { forest } from '@overworld/ruleset-forest';
import { lobby } from '@overworld/ruleset-lobby';

const games = import.meta.glob<{ readonly default: AnyRuleset }>('../../../games/*/ruleset.ts', {
  eager: true,
});

/** What the page can predict with: the rulesets in the box and the ones in the `games` folder. */
export const rulesets: readonly AnyRuleset[] = [
  forest,
  lobby,
  ...Object.values(games).map((game) => game.default),
];
