import type { ClientStateRow } from './client-state.ts';
import type { CostModel } from './cost-model.ts';
import type { CrowdRow } from './crowd.ts';
import type { EntitiesRow } from './entities.ts';
import type { FramesRow } from './frames.ts';
import type { IdleResult } from './idle.ts';
import type { MessagesRow } from './messages.ts';
import type { SpectatorRow } from './spectators.ts';

/** What `bench/results/scale.json` holds, as far as it was measured. */
export interface ScaleResults {
  crowd?: readonly CrowdRow[];
  model?: CostModel;
  messages?: readonly MessagesRow[];
  idle?: IdleResult;
  spectators?: readonly SpectatorRow[];
  entities?: readonly EntitiesRow[];
  frames?: readonly FramesRow[];
  clients?: readonly ClientStateRow[];
}
