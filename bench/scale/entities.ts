import { Child } from './child.ts';
import type { EntitiesFigures, EntitiesSetting } from './entities-worker.ts';

export interface EntitiesOptions extends Omit<EntitiesSetting, 'players' | 'npcs'> {
  /** Entities of a zone; a third of them are players. */
  readonly entities: readonly number[];
  readonly repetitions: number;
}

export interface EntitiesRow extends EntitiesFigures {
  readonly entities: number;
  readonly players: number;
  readonly repetition: number;
}

/** What a tick of one zone takes with more and more in it: each time in a new process, as a zone that has just grown so. */
export async function measureEntities(options: EntitiesOptions): Promise<EntitiesRow[]> {
  const rows: EntitiesRow[] = [];
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const entities of options.entities) {
      const players = Math.round(entities / 3);
      const { sizeM, tickHz, warmupTicks, ticks } = options;
      const setting: EntitiesSetting = {
        players,
        npcs: entities - players,
        sizeM,
        tickHz,
        warmupTicks,
        ticks,
      };
      const worker = await Child.start('entities-worker.ts', setting);
      try {
        rows.push({
          entities,
          players,
          repetition,
          ...(await worker.ask<EntitiesFigures>('measure')),
        });
      } finally {
        await worker.stop();
      }
    }
  }
  return rows;
}
