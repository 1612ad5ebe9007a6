import type { EffectBatch, ZoneEffect } from '@overworld/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { isDataError } from './database-errors.ts';

export const SAVE_CHARACTER = 'character.save';

const savedCharacter = z.object({
  name: z.string().max(96),
  zone: z.string().max(63),
  entityEpoch: z.int().min(0),
  left: z.boolean(),
  kept: z.record(z.string(), z.json()),
});

type Outcome = 'applied' | 'superseded' | 'refused';

interface Applied {
  readonly effect: ZoneEffect;
  readonly outcome: Outcome;
  readonly detail: string;
}

export interface EffectsResult {
  /** Every effect of the batch up to this sequence stands in the database. */
  readonly upTo: number;
  readonly counts: { readonly [outcome in Outcome | 'repeated']: number };
}

/** A ledger payload: zero characters, which the database has no place for, become U+FFFD. */
function ledgerPayload(payload: string): string {
  return payload.replaceAll('\\u0000', '\\ufffd');
}

/**
 * Applies what zones ask for, exactly once. A batch is one transaction: the changes and the proof of each effect, whose
 * key is the zone and the sequence, so whatever is sent again, delivered twice or raced by another process changes
 * nothing. Batches of one zone go one after the other, in every process.
 *
 * An effect that cannot be stored (its payload is not what its kind asks for) is written down as refused and does not
 * stop those behind it. When the database is away nothing is applied and the promise rejects: the zone sends again.
 */
export class Effects {
  readonly #database: DataSource;

  constructor(database: DataSource) {
    this.#database = database;
  }

  async apply(batch: EffectBatch): Promise<EffectsResult> {
    try {
      return await this.#database.transaction((manager) => this.#applyAll(manager, batch, applyOne));
    } catch (error) {
      if (!isDataError(error)) throw error;
      // One of them is poison. Once more, each behind a savepoint of its own, which is slower.
      return await this.#database.transaction((manager) => this.#applyAll(manager, batch, applyAlone));
    }
  }

  async #applyAll(manager: EntityManager, batch: EffectBatch, apply: ApplyOne): Promise<EffectsResult> {
    await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [batch.zone]);
    const known = await knownSequences(manager, batch);
    const applied: Applied[] = [];
    for (const effect of batch.effects) {
      if (!known.has(effect.sequence)) applied.push(await apply(manager, batch, effect));
    }
    const count = (outcome: Outcome) => applied.filter((one) => one.outcome === outcome).length;
    return {
      upTo: batch.effects.at(-1)?.sequence ?? 0,
      counts: {
        applied: count('applied'),
        superseded: count('superseded'),
        refused: count('refused'),
        repeated: known.size,
      },
    };
  }
}

type ApplyOne = (manager: EntityManager, batch: EffectBatch, effect: ZoneEffect) => Promise<Applied>;

async function applyOne(manager: EntityManager, batch: EffectBatch, effect: ZoneEffect): Promise<Applied> {
  const applied =
    effect.kind === SAVE_CHARACTER
      ? await saveCharacter(manager, batch, effect)
      : { effect, outcome: 'applied' as const, detail: '' };
  await prove(manager, batch.zone, applied);
  if (effect.kind !== SAVE_CHARACTER) await writeLedger(manager, batch, effect);
  return applied;
}

async function applyAlone(manager: EntityManager, batch: EffectBatch, effect: ZoneEffect): Promise<Applied> {
  try {
    return await manager.transaction((nested) => applyOne(nested, batch, effect));
  } catch (error) {
    if (!isDataError(error)) throw error;
    const refused = { effect, outcome: 'refused', detail: String(error) } as const;
    await prove(manager, batch.zone, refused);
    return refused;
  }
}

async function knownSequences(manager: EntityManager, batch: EffectBatch): Promise<Set<number>> {
  const rows: { sequence: string }[] = await manager.query(
    'SELECT sequence FROM applied_effects WHERE zone = $1 AND sequence = ANY($2::bigint[])',
    [batch.zone, batch.effects.map(({ sequence }) => sequence)],
  );
  return new Set(rows.map(({ sequence }) => Number(sequence)));
}

async function saveCharacter(
  manager: EntityManager,
  batch: EffectBatch,
  effect: ZoneEffect,
): Promise<Applied> {
  const parsed = savedCharacter.safeParse(parseJson(effect.payload));
  if (!parsed.success || effect.player === '') {
    const detail = parsed.success
      ? 'it names no player'
      : (parsed.error.issues[0]?.message ?? 'no character');
    return { effect, outcome: 'refused', detail };
  }
  const { zone, name, entityEpoch, left, kept } = parsed.data;
  const rows: unknown[] = await manager.query(
    `INSERT INTO characters (player, world, zone, name, entity_epoch, has_left, kept, saved_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now())
     ON CONFLICT (player, world) DO UPDATE SET zone = excluded.zone, name = excluded.name,
       entity_epoch = excluded.entity_epoch, has_left = excluded.has_left, kept = excluded.kept,
       saved_at = excluded.saved_at
     WHERE characters.entity_epoch <= excluded.entity_epoch
     RETURNING player`,
    [effect.player, batch.world, zone, name, entityEpoch, left, Buffer.from(JSON.stringify(kept), 'utf8')],
  );
  return { effect, outcome: rows.length > 0 ? 'applied' : 'superseded', detail: '' };
}

async function prove(manager: EntityManager, zone: string, applied: Applied): Promise<void> {
  const { effect, outcome } = applied;
  // A kind with zero characters is what made it fail: told without them, the refusal can be stored.
  const kind = outcome === 'refused' ? effect.kind.replaceAll('\0', '') : effect.kind;
  const detail = applied.detail.replaceAll('\0', '').slice(0, 200);
  await manager.query(
    'INSERT INTO applied_effects (zone, sequence, kind, outcome, detail) VALUES ($1, $2, $3, $4, $5)',
    [zone, effect.sequence, kind, outcome, detail],
  );
}

async function writeLedger(manager: EntityManager, batch: EffectBatch, effect: ZoneEffect): Promise<void> {
  await manager.query(
    `INSERT INTO ledger (zone, sequence, world, kind, player, tick, payload)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      batch.zone,
      effect.sequence,
      batch.world,
      effect.kind,
      effect.player === '' ? null : effect.player,
      effect.tick,
      ledgerPayload(effect.payload),
    ],
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
