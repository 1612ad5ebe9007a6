import type { GameZone } from '@overworld/client';
import { forest } from '@overworld/ruleset-forest';
import { lobby } from '@overworld/ruleset-lobby';
import { ForestScenery } from './forest-scenery.ts';
import { LobbyScenery } from './lobby-scenery.ts';
import { PlainScenery } from './plain-scenery.ts';
import type { Scenery } from './scenery.ts';
import type { Stage } from './stage.ts';

export type { Scenery } from './scenery.ts';

/** The looks of the rulesets in the box; everything else is drawn plainly. */
export function sceneryOf(stage: Stage, zone: GameZone): Scenery {
  if (zone.ruleset === forest.name) return new ForestScenery(stage, zone.params);
  if (zone.ruleset === lobby.name) return new LobbyScenery(stage.scene);
  return new PlainScenery(stage.scene, zone);
}
