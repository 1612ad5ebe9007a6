import type { GameZone } from '@overworld/client';
import { forest } from '@overworld/ruleset-forest';
import { lobby } from '@overworld/ruleset-lobby';
import type { Scene } from 'three';
import { ForestScenery } from './forest-scenery.ts';
import { LobbyScenery } from './lobby-scenery.ts';
import { PlainScenery } from './plain-scenery.ts';
import type { Scenery } from './scenery.ts';

export type { Scenery } from './scenery.ts';

/** The looks of the rulesets in the box; everything else is drawn plainly. */
export function sceneryOf(scene: Scene, zone: GameZone): Scenery {
  if (zone.ruleset === forest.name) return new ForestScenery(scene, zone.params);
  if (zone.ruleset === lobby.name) return new LobbyScenery(scene);
  return new PlainScenery(scene, zone);
}
