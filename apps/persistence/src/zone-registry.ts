import type {
  AnswerOf,
  persistenceCalls,
  Refusal,
  RegisteredZone,
  RequestOf,
  StoredSnapshot,
} from '@overworld/contracts';
import { type DataSource, IsNull, MoreThan, Raw } from 'typeorm';
import { ZoneEntity } from './entities/zone.entity.ts';
import { ZoneSnapshotEntity } from './entities/zone-snapshot.entity.ts';

export type NewZone = Pick<RegisteredZone, 'id' | 'world' | 'ruleset' | 'seed' | 'params'>;

export type RegisteredPage = Omit<RequestOf<typeof persistenceCalls.zone.list>, 'world'> & {
  readonly world?: string | undefined;
};
type ListedZones = Exclude<AnswerOf<typeof persistenceCalls.zone.list>, Refusal>;

/** Which zones there are, and the states of those that sleep. */
export class ZoneRegistry {
  readonly #database: DataSource;

  constructor(database: DataSource) {
    this.#database = database;
  }

  /** Of two who register the same id at once, both get what the first wrote. */
  async register(zone: NewZone): Promise<RegisteredZone> {
    const known = await this.find(zone.id);
    if (known !== null) return known;
    await this.#database.query(
      `INSERT INTO zones (id, world, ruleset, seed, params) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO NOTHING`,
      [zone.id, zone.world, zone.ruleset, zone.seed, JSON.stringify(zone.params)],
    );
    return toRegistered(await this.#database.getRepository(ZoneEntity).findOneByOrFail({ id: zone.id }));
  }

  async find(id: string): Promise<RegisteredZone | null> {
    const found = await this.#database.getRepository(ZoneEntity).findOneBy({ id });
    return found === null ? null : toRegistered(found);
  }

  /** A page of those that are not closed, by number. */
  async list({ world, after, limit, minAgeMs }: RegisteredPage): Promise<ListedZones> {
    const youngest = Raw((column) => `${column} <= now() - :minAgeMs * interval '1 millisecond'`, {
      minAgeMs,
    });
    const found = await this.#database.getRepository(ZoneEntity).find({
      where: {
        closedAt: IsNull(),
        zoneNumber: MoreThan(after),
        createdAt: youngest,
        ...(world === undefined ? {} : { world }),
      },
      order: { zoneNumber: 'ASC' },
      take: limit + 1,
    });
    const zones = found.slice(0, limit).map(toRegistered);
    return { zones, next: found.length > limit ? (zones.at(-1)?.zoneNumber ?? null) : null };
  }

  async countOwned(world: string, owner: string): Promise<number> {
    const rows: { count: number }[] = await this.#database.query(
      `SELECT count(*)::int AS count FROM zones
       WHERE world = $1 AND params->>'owner' = $2 AND closed_at IS NULL`,
      [world, owner],
    );
    return rows[0]?.count ?? 0;
  }

  /** True when this call closed it. */
  async close(id: string): Promise<boolean> {
    const [, count]: [unknown, number] = await this.#database.query(
      'UPDATE zones SET closed_at = now() WHERE id = $1 AND closed_at IS NULL',
      [id],
    );
    return count > 0;
  }

  /** True when it was stored: one that belongs earlier in the journal than what is there changes nothing. */
  async putSnapshot(snapshot: StoredSnapshot): Promise<boolean> {
    const { zone, tick, epoch, journalSequence, codeHash, hash } = snapshot;
    const rows: unknown[] = await this.#database.query(
      `INSERT INTO zone_snapshots (zone, tick, epoch, journal_sequence, code_hash, hash, bytes, stored_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now())
       ON CONFLICT (zone) DO UPDATE SET tick = excluded.tick, epoch = excluded.epoch,
         journal_sequence = excluded.journal_sequence, code_hash = excluded.code_hash, hash = excluded.hash,
         bytes = excluded.bytes, stored_at = excluded.stored_at
       WHERE zone_snapshots.journal_sequence <= excluded.journal_sequence
       RETURNING zone`,
      [zone, tick, epoch, journalSequence, codeHash, hash, Buffer.from(snapshot.bytes, 'base64')],
    );
    return rows.length > 0;
  }

  async getSnapshot(zone: string): Promise<StoredSnapshot | null> {
    const found = await this.#database.getRepository(ZoneSnapshotEntity).findOneBy({ zone });
    if (found === null) return null;
    return {
      zone,
      tick: Number(found.tick),
      epoch: Number(found.epoch),
      journalSequence: Number(found.journalSequence),
      codeHash: found.codeHash,
      hash: found.hash,
      bytes: found.bytes.toString('base64'),
    };
  }
}

function toRegistered(entity: ZoneEntity): RegisteredZone {
  const { id, zoneNumber, world, ruleset, seed, params, closedAt } = entity;
  const closed = closedAt !== null;
  return { id, zoneNumber, world, ruleset, seed, params: params as RegisteredZone['params'], closed };
}
